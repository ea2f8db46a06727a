from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.flags import parse_flags
from tests.deploy.chart import SOURCE
from tests.documents.markdown import DOCS, document
from tests.end_to_end.tools import free_port, tool
from tests.processes import get, running

pytestmark = pytest.mark.end_to_end

UNITS = SOURCE / "deploy/systemd"
PROGRAM = "/opt/tccc-exporter/bin/tccc-exporter"
MOST_EXPOSED = 12
"""In tenths, out of 100; systemd calls what is below 20 safe."""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The units, with a program that is on this machine; the path of the service."""
    for path in UNITS.glob("tccc-exporter.*"):
        text = path.read_text().replace(PROGRAM, f"{Path(sys.executable).parent}/tccc-exporter")
        (tmp_path / path.name).write_text(text)
    return tmp_path / "tccc-exporter.service"


def test_systemd_understands_every_line(service: Path) -> None:
    result = subprocess.run(
        [tool("systemd-analyze"), "verify", service, service.with_suffix(".socket")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (0, "")


def test_the_service_may_do_little(service: Path) -> None:
    result = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", service],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout


def command_of(service: Path) -> list[str]:
    match = re.search("^ExecStart=(.*)$", service.read_text(), re.MULTILINE)
    assert match is not None
    return shlex.split(match[1])


def test_the_service_runs_on_its_socket_and_its_configuration(service: Path, tmp_path: Path) -> None:
    program, *arguments = command_of(service)
    flags = parse_flags(arguments)
    assert flags.systemd_socket
    assert flags.config_file == "/etc/tccc-exporter/config.yaml"
    (tmp_path / "config.yaml").write_text((UNITS / "config.yaml").read_text())
    arguments = [argument.replace("/etc/tccc-exporter", str(tmp_path)) for argument in arguments]
    subprocess.run([program, *arguments, "--config.check"], check=True, timeout=60, capture_output=True)
    address = f"127.0.0.1:{free_port()}"
    with running(tool("systemd-socket-activate"), f"--listen={address}", program, *arguments) as process:
        process.wait_for("Listening on")
        assert get(f"http://{address}/-/healthy")[0] == 200


def test_the_key_is_where_systemd_puts_it() -> None:
    unit = (UNITS / "tccc-exporter.service").read_text()
    [credential] = re.findall("^LoadCredential=([^:]+):", unit, re.MULTILINE)
    assert f"/run/credentials/tccc-exporter.service/{credential}\n" in (UNITS / "config.yaml").read_text()


def test_the_socket_is_at_the_port_of_the_exporter() -> None:
    assert (
        f"\nListenStream={parse_flags([]).listen_addresses[0].port}\n" in (UNITS / "tccc-exporter.socket").read_text()
    )


def test_the_unit_says_how_to_install_it_as_the_documents_do() -> None:
    commands = re.findall("^#   (.*)$", (UNITS / "tccc-exporter.service").read_text(), re.MULTILINE)
    assert len(commands) > 5
    documented = document(DOCS / "deployment.md").commands()
    assert commands == [one for one in documented if one in commands]
