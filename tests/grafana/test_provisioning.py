from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import yaml

from tests.grafana.models import DASHBOARDS, DIRECTORY

PROVISIONING = DIRECTORY / "provisioning"


def _read(name: str) -> dict[str, Any]:
    document = yaml.safe_load((PROVISIONING / name).read_text(encoding="utf-8"))
    assert document.pop("apiVersion") == 1
    return dict(document)


def test_grafana_finds_every_file_where_it_looks() -> None:
    # It reads the files of these two directories, and no others.
    found = {path.relative_to(PROVISIONING).as_posix() for path in PROVISIONING.rglob("*") if path.is_file()}
    assert found == {"datasources/prometheus.yaml", "dashboards/tccc.yaml"}


def test_the_data_source_is_one_that_the_dashboards_can_choose() -> None:
    [source] = _read("datasources/prometheus.yaml")["datasources"]
    assert source["type"] == "prometheus"
    assert source["isDefault"] is True
    assert source["jsonData"]["timeInterval"] == "15s"
    assert source["url"].startswith("http://")


def test_the_provider_reads_the_directory_of_the_dashboards() -> None:
    [provider] = _read("dashboards/tccc.yaml")["providers"]
    assert provider["type"] == "file"
    assert provider["allowUiUpdates"] is False
    path = PurePosixPath(provider["options"]["path"])
    assert path.is_absolute()
    assert {file.stem for file in (DIRECTORY / path.name).glob("*.json")} == set(DASHBOARDS)
    assert len(DASHBOARDS) == 4
