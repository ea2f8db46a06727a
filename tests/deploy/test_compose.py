from __future__ import annotations

import json
import re
import time
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from exporter.configuration_source import DEFAULT_CONFIG_FILE
from exporter.flags import parse_flags
from tests.deploy.chart import SOURCE
from tests.documents.markdown import README, document
from tests.end_to_end.prometheus import Prometheus
from tests.end_to_end.tools import free_port, tool
from tests.processes import EXPORTER, PATIENCE, get, running, start_exporter

pytestmark = pytest.mark.end_to_end

FILE = SOURCE / "deploy/compose.yaml"
SERVICES: dict[str, Any] = yaml.safe_load(FILE.read_text())["services"]


def mounts(service: str) -> dict[PurePosixPath, Path]:
    """Return what is mounted into a service: paths in it to paths here."""
    parts = [volume.split(":") for volume in SERVICES[service].get("volumes", [])]
    assert all(options == "ro" for _, _, options in parts)
    return {PurePosixPath(inside): (FILE.parent / outside).resolve() for outside, inside, _ in parts}


def here(service: str, inside: str) -> Path:
    """Return the path here of a path in a service."""
    for target, source in mounts(service).items():
        if PurePosixPath(inside).is_relative_to(target):
            return source / PurePosixPath(inside).relative_to(target)
    raise AssertionError(f"{inside} is not mounted into {service}")


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_is_there(service: str) -> None:
    for source in mounts(service).values():
        assert source.exists()
        assert source.is_relative_to(SOURCE)


def test_everything_is_open_on_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert f"127.0.0.1:{parse_flags([]).listen_addresses[0].port}:10820" in ports


def test_the_exporter_is_built_from_here_and_can_write_nothing() -> None:
    exporter = SERVICES["exporter"]
    assert (FILE.parent / exporter["build"] / "Dockerfile").resolve().is_file()
    assert exporter["read_only"] is True
    assert exporter["cap_drop"] == ["ALL"]


def test_grafana_finds_its_data_and_its_dashboards() -> None:
    [source] = yaml.safe_load(here("grafana", "/etc/grafana/provisioning/datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    [alias] = SERVICES["exporter"]["networks"]["default"]["aliases"]
    assert source["url"] == f"http://{alias}:9090"
    [provider] = yaml.safe_load(here("grafana", "/etc/grafana/provisioning/dashboards/tccc.yaml").read_text())[
        "providers"
    ]
    assert list(here("grafana", provider["options"]["path"]).glob("*.json"))
    home = here("grafana", SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert json.loads(home.read_text())["uid"]


def test_what_it_says_of_a_real_account_is_where_the_exporter_looks() -> None:
    text = re.sub("^( +)# (volumes:|  - )", r"\1\2", FILE.read_text(), flags=re.MULTILINE)
    volumes = yaml.safe_load(text)["services"]["exporter"]["volumes"]
    inside = [volume.split(":")[1] for volume in volumes]
    [directory] = re.findall("^WORKDIR (/etc.*)$", (SOURCE / "Dockerfile").read_text(), re.MULTILINE)
    assert f"{directory}/{DEFAULT_CONFIG_FILE}" in inside
    [config, *_] = document(README).blocks("yaml")
    assert yaml.safe_load(config)["accounts"][0]["credentials"]["secret_key_file"] in inside


async def test_prometheus_and_alertmanager_start_as_they_are_mounted(tmp_path: Path) -> None:
    # In the containers they find each other on localhost, at the ports of everybody: here those may be taken.
    assert {SERVICES[one]["network_mode"] for one in ("prometheus", "alertmanager")} == {"service:exporter"}
    alertmanager, prometheus = f"localhost:{free_port()}", f"localhost:{free_port()}"
    with running(*EXPORTER, *SERVICES["exporter"]["command"], "--web.listen-address=127.0.0.1:0") as exporter:
        target = start_exporter(exporter).removeprefix("http://")
        config = here("prometheus", "/etc/prometheus/prometheus.yml")
        text = config.read_text()
        assert "localhost:10820" in text
        assert "localhost:9093" in text
        text = text.replace("localhost:10820", target).replace("localhost:9093", alertmanager)
        text = text.replace("rule_files:\n  - ", f"rule_files:\n  - {config.parent}/").replace(": 15s", ": 1s")
        text = text.replace("scrape_timeout: 10s", "scrape_timeout: 1s")
        (tmp_path / "prometheus.yml").write_text(text)
        with (
            running(
                tool("prometheus-alertmanager"),
                f"--config.file={here('alertmanager', '/etc/alertmanager/alertmanager.yml')}",
                f"--storage.path={tmp_path / 'alertmanager'}",
                f"--web.listen-address={alertmanager}",
                "--cluster.listen-address=",
            ) as first,
            running(
                tool("prometheus"),
                f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address={prometheus}",
            ) as second,
        ):
            first.wait_for("Listening on")
            second.wait_for("Server is ready to receive web requests")
            api = Prometheus(f"http://{prometheus}")
            await api.wait_until('count(tccc_up{job="tccc"} == 1) == 2')
            await api.wait_until('instance_application:tccc_signal:fresh{signal="active_sessions"}')
            assert api.rule_health() <= {"ok", "unknown"}
            assert knows_alertmanager(f"http://{prometheus}", alertmanager)


def knows_alertmanager(prometheus: str, address: str) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        active = json.loads(get(f"{prometheus}/api/v1/alertmanagers")[1])["data"]["activeAlertmanagers"]
        if any(f"//{address}/" in one["url"] for one in active):
            return True
        time.sleep(0.2)
    return False
