"""The log lines in the documents are those that the exporter writes when what they stand for happens."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.documents.markdown import DOCS, ROOT, document
from tests.processes import EMULATOR, EXPORTER, PATIENCE, get, running, start_exporter

LOG_LINE = re.compile(r"level=\w+ |config\.yaml:")
DOCUMENTED = [
    line
    for name in ("operations.md", "configuration.md", "zh-CN/configuration.md")
    for block in document(DOCS / name).blocks("")
    for line in block.splitlines()
    if LOG_LINE.match(line)
]

CONFIG = """\
accounts:
  - name: main
    endpoint: ENDPOINT
    credentials: {secret_id: AKIDEMULATOR, secret_key: emulator-secret}
    applications:
      - sdk_app_id: 1400000000
        name: support-hotline
"""
WITHOUT_KEY = "".join(line for line in CONFIG.splitlines(keepends=True) if "credentials:" not in line)
PLACEHOLDER = """\
accounts:
  - name: main
    credentials: {secret_id: AKIDxxxxxxxx, secret_key: "${SECRET_KEY}"}
    applications: [{sdk_app_id: 1400000000}]
"""
SWITCHED_OFF = """\
accounts:
  - name: main
    applications:
      - {sdk_app_id: 1400000000, thresholds: [{signal: queued_calls, severity: critical, above: 5}]}
collectors: {inbound: false}
"""
UNSEEN = "        skill_groups: [{id: 99, thresholds: [{signal: queued_calls, severity: critical, above: 5}]}]\n"
IMPATIENT = "collection: {timeout: 1s, timeout_offset: 0s, max_staleness: 1s}\n"


class MetadataOfOneKey(BaseHTTPRequestHandler):
    """The metadata service of a machine: a role, one key of it that soon ends, then failures."""

    answers: ClassVar[list[bytes]] = []

    def do_GET(self) -> None:
        is_key = not self.path.endswith("/")
        key = {"TmpSecretId": "AKIDtmp", "TmpSecretKey": "hush", "Token": "hush", "ExpiredTime": time.time() + 5}
        answer = json.dumps(key).encode() if is_key else b"tccc-reader"
        self.send_response(500 if len(self.answers) >= 2 else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.answers.append(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Scenes:
    """Runs the exporter in front of emulators, and keeps what it says."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack

    def emulator(self, *faults: str) -> str:
        """Start an emulator and return its URL."""
        flags = [f"--fault={fault}" for fault in faults]
        process = self._stack.enter_context(running(*EMULATOR, "--web.listen-address=127.0.0.1:0", *flags))
        return process.wait_for(r"listens on (http://\S+)")[1]

    def place(self, config: str | None) -> Path:
        """Return a directory of its own, with a configuration in it."""
        directory = Path(tempfile.mkdtemp(dir=self._directory))
        if config is not None:
            (directory / "config.yaml").write_text(config)
        return directory

    def once(self, config: str | None, *flags: str) -> str:
        """Collect once, with a configuration as `config.yaml`, and return what the log has."""
        directory = self.place(config)
        command = [*EXPORTER, "--once", *(["--config.file=config.yaml"] if config else []), *flags]
        return run(command, directory)

    def served(self, endpoint: str) -> str:
        """Scrape in too short a time, and reload what is wrong."""
        directory = self.place(CONFIG.replace("ENDPOINT", endpoint))
        flags = ("--config.file=config.yaml", "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle")
        with running(*EXPORTER, *flags, directory=directory) as process:
            url = start_exporter(process)
            get(f"{url}/metrics", {"X-Prometheus-Scrape-Timeout-Seconds": "0.2"})
            (directory / "config.yaml").write_text("acounts: []\n")
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{url}/-/reload", data=b"", timeout=PATIENCE)  # noqa: S310
            refused.value.close()
            process.wait_for("not reloaded.*\n")
            process.wait_for("continuing in background.*\n")
            return process.output

    def not_renewed(self, endpoint: str) -> str:
        """Scrape with the key of a machine's role whose metadata service fails once it has given one."""
        directory = self.place(WITHOUT_KEY.replace("ENDPOINT", endpoint))
        server = ThreadingHTTPServer(("127.0.0.1", 0), MetadataOfOneKey)
        Thread(target=server.serve_forever, daemon=True).start()
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        environment = {name: "" for name in os.environ if name.startswith(("TENCENTCLOUD_", "TKE_"))}
        environment |= {"HOME": str(directory), "TCCC_METADATA_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
        command = (*EXPORTER, "--config.file=config.yaml", "--web.listen-address=127.0.0.1:0")
        with running(*command, directory=directory, environment=environment) as process:
            get(f"{start_exporter(process)}/metrics")
            process.wait_for("cannot renew.*\n")
            return process.output

    def port_taken(self, endpoint: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            directory = self.place(CONFIG.replace("ENDPOINT", endpoint))
            command = [*EXPORTER, "--config.file=config.yaml", f"--web.listen-address=127.0.0.1:{port}"]
            return run(command, directory).replace(f":{port}", ":10820")


def run(command: list[str], directory: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENCENTCLOUD_")}
    environment |= {"PYTHONPATH": str(ROOT), "HOME": str(directory)}
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return result.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every line that the exporter has said in all scenes, without the time."""
    with ExitStack() as stack:
        scenes = Scenes(tmp_path_factory.mktemp("scenes"), stack)
        good, refusing, odd, hanging = (
            scenes.emulator(*faults)
            for faults in (
                (),
                ("DescribeCallInMetrics/UnauthorizedOperation", "DescribeStaffInfoList/UnauthorizedOperation"),
                ("DescribeCallInMetrics/throttled", "clock-skew"),
                ("DescribePSTNActiveSessionList/hang",),
            )
        )
        config = CONFIG.replace("ENDPOINT", good)
        missing = config.replace("secret_key: emulator-secret", "secret_key_file: secret_key")
        with ThreadPoolExecutor(max_workers=2) as threads:
            futures = [
                threads.submit(scenes.once, *arguments)
                for arguments in (
                    (config,),
                    (config.replace("AKIDEMULATOR", "AKIDnobody"),),
                    (config.replace("emulator-secret", "another"),),
                    (config.replace("1400000000", "1400000009"),),
                    (config + UNSEEN,),
                    (missing,),
                    (CONFIG.replace("ENDPOINT", refusing),),
                    (CONFIG.replace("ENDPOINT", odd),),
                    (CONFIG.replace("ENDPOINT", "http://127.0.0.1:1") + IMPATIENT,),
                    (PLACEHOLDER,),
                    (SWITCHED_OFF,),
                    (None,),
                    (None, "--sdk-app-id=1400000000"),
                )
            ]
            futures += [threads.submit(scenes.served, hanging), threads.submit(scenes.port_taken, good)]
            futures += [threads.submit(scenes.not_renewed, good)]
            texts = [future.result() for future in futures]
    return [re.sub(r"^ts=\S+ ", "", line) for text in texts for line in text.splitlines()]


def test_there_are_lines_to_look_for() -> None:
    assert len(DOCUMENTED) > 20


@pytest.mark.parametrize("line", sorted(set(DOCUMENTED)), ids=lambda line: re.sub(r"\W+", "-", line)[:80])
def test_a_line_is_what_the_exporter_says(line: str, said: list[str]) -> None:
    pattern = ".*?".join(re.escape(part) for part in line.split("..."))
    alike = [one for one in said if one[:40] == line[:40]]
    assert any(re.fullmatch(pattern, one) for one in said), "\n".join(alike)


def test_a_documented_line_is_one_line_of_logfmt() -> None:
    for line in DOCUMENTED:
        if line.startswith("level="):
            assert re.fullmatch(r'level=\w+ msg=(\w+|"[^"]+")( \w+=("(\\.|[^"\\])*"|[^\s"]+))*', line), line


def test_the_answer_of_a_start_without_a_configuration_is_in_the_documents(said: list[str]) -> None:
    [line] = [line for line in said if line.startswith("config.yaml: does not exist")]
    assert line in (DOCS / "operations.md").read_text()
