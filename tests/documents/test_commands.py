"""The commands of the README and of the deployment document run, in a fresh clone, as they are written."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.clone import Clone, shell
from tests.documents.markdown import DOCS, README, ROOT, document
from tests.processes import EMULATOR, PATIENCE, running

DOCUMENTS = (README, DOCS / "deployment.md")
COMMANDS = list(dict.fromkeys(command for path in DOCUMENTS for command in document(path).commands()))

LISTENS = r"msg=listening addresses=\S+"
TRIED = (
    "TENCENTCLOUD_SECRET_ID=AKIDxxxxxxxx TENCENTCLOUD_SECRET_KEY=xxxxxxxx tccc-exporter --sdk-app-id=1400000000 --once"
)
PROXY = "HTTPS_PROXY=http://proxy.example.com:3128 NO_PROXY=.example.com,10.0.0.0/8"
SED = "sed -i 's#http://$1/runbook#https://wiki.example.com/runbook#' grafana/dashboards/*.json"

GO_ON = {
    "make demo": "To stop: Ctrl-C",
    "make demo FLAGS=--web.listen-address=127.0.0.1:9999": "To stop: Ctrl-C",
    "env/bin/tccc-exporter --config.file=config.yaml": LISTENS,
    "/opt/tccc-exporter/bin/tccc-exporter --config.file=config.yaml": LISTENS,
    f"{PROXY} tccc-exporter --config.file=config.yaml": LISTENS,
    "tccc-emulator --list=answered": "A config.yaml for tccc-exporter",
    "tccc-emulator --fault=DescribeCallInMetrics/hang:0.5": "A config.yaml for tccc-exporter",
}
"""Commands that go on until they are stopped, and what they say once they are up."""

END = {
    "env/bin/tccc-exporter --config.file=config.yaml --config.check": "config.yaml: ok, accounts: 1, applications: 1",
    "/opt/tccc-exporter/bin/tccc-exporter --config.file=config.yaml --config.check": "config.yaml: ok",
    TRIED: 'tccc_up{application="1400000000"} 1.0',
    SED: "",
    "install -D -m 644 deploy/systemd/config.yaml /etc/tccc-exporter/config.yaml": "",
    "install -m 600 secret_key /etc/tccc-exporter/secret_key": "",
    "install -m 644 deploy/systemd/tccc-exporter.service deploy/systemd/tccc-exporter.socket /etc/systemd/system/": "",
}
"""Commands that come to an end, and what they say."""

INSTALL = (
    "python3 -m venv env",
    "env/bin/pip install .",
    "python3 -m venv /opt/tccc-exporter",
    "/opt/tccc-exporter/bin/pip install .",
    "pipx install .",
)
"""Commands that only install: tests/end_to_end/test_documented_installation.py runs them."""

_CONTAINERS = "needs a container engine; tests/deploy/test_image.py builds the image and runs it in the same ways"
_COMPOSE = "needs a container engine; tests/deploy/test_compose.py starts what the file starts, as it is mounted"
_KUBERNETES = "needs a cluster; tests/deploy/test_chart.py renders the chart and validates what comes of it"
_SYSTEMD = "needs systemd as the first process; tests/deploy/test_systemd_units.py has systemd check the units"
NOT_RUN = {
    "docker compose -f deploy/compose.yaml up --build": _COMPOSE,
    "docker build -t tccc-exporter .": _CONTAINERS,
    "docker run --rm -p 10820:10820 tccc-exporter --demo": _CONTAINERS,
    "docker run -d --name tccc-exporter --restart unless-stopped --read-only --cap-drop ALL -p 10820:10820 "
    "-v ./config.yaml:/etc/tccc-exporter/config.yaml:ro "
    "-v ./secret_key:/run/secrets/tencentcloud_secret_key:ro tccc-exporter": _CONTAINERS,
    "kubectl create secret generic tencentcloud-key --from-file=secret_id --from-file=secret_key": _KUBERNETES,
    "helm install tccc deploy/helm/tccc-exporter --values values.yaml": _KUBERNETES,
    "systemctl daemon-reload": _SYSTEMD,
    "systemctl enable --now tccc-exporter.socket tccc-exporter.service": _SYSTEMD,
}
"""Commands that cannot be run here, and why."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = Clone(tmp_path_factory.mktemp("documents"))
    clone.install()
    return clone


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The URL of an API that knows the key of the documents."""
    key = ("--secret-id=AKIDxxxxxxxx", "--secret-key=xxxxxxxx")
    with running(*EMULATOR, "--web.listen-address=127.0.0.1:0", *key) as process:
        yield process.wait_for(r"listens on (http://\S+)")[1]


def test_every_command_is_run_or_listed_with_a_reason() -> None:
    listed = [*GO_ON, *END, *INSTALL, *NOT_RUN]
    assert sorted(listed) == sorted(COMMANDS)
    for reason in NOT_RUN.values():
        named = [word.rstrip(";") for word in reason.split() if word.startswith("tests/")]
        assert all((DOCS.parent / path).is_file() for path in named)


@pytest.mark.parametrize("command", GO_ON)
def test_a_command_that_goes_on(command: str, clone: Clone) -> None:
    started = running(
        *shell(clone.here(command)), environment=clone.environment, directory=clone.path, with_children=True
    )
    with started as process:
        process.wait_for(GO_ON[command])
        process.signal(signal.SIGINT)
        code = process.wait()
    assert code == 0 or (command.startswith("make") and code in {2, -signal.SIGINT}), process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("command", END)
def test_a_command_that_comes_to_an_end(command: str, clone: Clone, api: str) -> None:
    result = subprocess.run(
        shell(clone.here(command)),
        cwd=clone.path,
        env={**os.environ, **clone.environment, **({"TCCC_ENDPOINT": api} if command == TRIED else {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (result.returncode, END[command] in result.stdout) == (0, True), result.stderr
    assert result.stderr == "" or "Traceback" not in result.stderr


def test_what_is_installed_for_systemd_is_where_the_units_look(clone: Clone) -> None:
    for command in END:
        if command.startswith("install "):
            subprocess.run(shell(clone.here(command)), cwd=clone.path, check=True)
    unit = (clone.root / "etc/systemd/system/tccc-exporter.service").read_text()
    for path in ("/etc/tccc-exporter/config.yaml", "/etc/tccc-exporter/secret_key"):
        assert path in unit
        assert (clone.root / Path(path).relative_to("/")).is_file()


def test_dashboards_lead_to_another_runbook_once_they_are_told_to(clone: Clone) -> None:
    subprocess.run(shell(SED), cwd=clone.path, check=True)
    for path in (clone.path / "grafana/dashboards").glob("*.json"):
        original = (ROOT / path.relative_to(clone.path)).read_text()
        assert path.read_text() == original.replace("http://$1/runbook", "https://wiki.example.com/runbook") != original
