from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter import __version__
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from tests.deploy.chart import SOURCE
from tests.deploy.image import TAG, Image, build, image_build, unpacked
from tests.end_to_end.tools import free_port
from tests.processes import EMULATOR, get, running, start_exporter

pytestmark = pytest.mark.end_to_end

DOCKERFILE = (SOURCE / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    return build()


@pytest.fixture(scope="module")
def image(configuration: dict[str, Any]) -> Iterator[Image]:
    with unpacked(configuration) as one:
        yield one


def test_its_bases_stay_the_same_and_the_last_stage_needs_no_shell() -> None:
    stages = re.split("^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    assert all(re.match(r"\S+@sha256:[0-9a-f]{64}\s", stage) for stage in stages)
    assert not re.search("^(RUN|SHELL)", stages[-1], re.MULTILINE)
    assert not re.search("^(CMD|ENTRYPOINT) [^[]", DOCKERFILE, re.MULTILINE)


def test_its_configuration(configuration: dict[str, Any]) -> None:
    assert re.fullmatch("[1-9][0-9]*:[1-9][0-9]*", configuration["User"])
    assert list(configuration["ExposedPorts"]) == ["10820/tcp"]
    assert configuration["Healthcheck"]["Test"] == ["CMD", *configuration["Entrypoint"], "--healthcheck"]
    labels = {name.removeprefix("org.opencontainers.image.") for name in configuration["Labels"]}
    assert labels >= {"title", "description", "licenses", "version", "revision", "base.name"}


def test_it_serves_the_demo_and_ends_within_a_second(image: Image) -> None:
    address = f"127.0.0.1:{free_port()}"
    with image.running("--demo", f"--web.listen-address={address}") as exporter:
        exporter.wait_for("msg=listening")
        status, exposition = get(f"http://{address}/metrics")
        assert status == 200
        assert 'tccc_up{application="support-hotline"} 1.0' in exposition
        assert f'version="{__version__}"' in exposition
        assert get(f"http://{address}/runbook")[0] == 200
        with image.running("--healthcheck", f"--web.listen-address={address}") as check:
            assert check.wait() == 0, check.output
        began = time.monotonic()
        exporter.signal(signal.SIGTERM)
        assert exporter.wait() == 0
        assert time.monotonic() - began < 1
    with image.running("--healthcheck", f"--web.listen-address={address}") as check:
        assert check.wait() == 1


def test_it_carries_dashboards_and_rules(image: Image, tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    mounts = [(tmp_path, "/mnt")]
    with image.running("--print-dashboards=/mnt", "--print-rules=/mnt", mounts=mounts) as printing:
        assert printing.wait() == 0, printing.output
    carried = [*SOURCE.glob("grafana/dashboards/*.json"), *SOURCE.glob("prometheus/rules/*.yml")]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in carried
    }


def test_it_reads_a_mounted_configuration_and_a_secret_of_its_user(image: Image, tmp_path: Path) -> None:
    endpoint = f"127.0.0.1:{free_port()}"
    config, secret = tmp_path / "config.yaml", tmp_path / "secret_key"
    config.write_text(
        f"""
        accounts:
          - name: main
            endpoint: http://{endpoint}
            credentials: {{secret_id: {DEFAULT_SECRET_ID}, secret_key_file: /run/secrets/tencentcloud_secret_key}}
            applications: [{{sdk_app_id: 1400000000, name: support-hotline}}]
        """
    )
    secret.write_text(DEFAULT_SECRET_KEY)
    secret.chmod(0o400)
    os.chown(secret, 65534, 65534)
    mounts = [(config, "/etc/tccc-exporter/config.yaml"), (secret, "/run/secrets/tencentcloud_secret_key")]
    with running(*EMULATOR, f"--web.listen-address={endpoint}") as emulator:
        emulator.wait_for(endpoint)
        # Found without a flag, because it is in the working directory.
        with image.running("--config.check", mounts=mounts) as check:
            assert check.wait() == 0, check.output
            assert "warning" not in check.output.lower()
        with image.running("--web.listen-address=127.0.0.1:0", mounts=mounts) as exporter:
            assert 'tccc_up{application="support-hotline"} 1.0' in get(f"{start_exporter(exporter)}/metrics")[1]


def test_it_runs_as_it_was_built(configuration: dict[str, Any]) -> None:
    address = f"127.0.0.1:{free_port()}"
    with running(image_build(), "run", TAG, "--demo", f"--web.listen-address={address}") as container:
        container.wait_for("msg=listening")
        assert 'tccc_up{application="sales"} 1.0' in get(f"http://{address}/metrics")[1]
        # What runs the container here ends the exporter without a signal.
        container.signal(signal.SIGTERM)
        container.wait()
