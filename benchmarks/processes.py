"""The emulator and the exporter as processes of their own, so that each one's costs are its own."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SECRET_ID, SECRET_KEY, APPLICATION = "AKIDEMULATOR", "emulator-secret", 1400000000
ANY_PORT = "--web.listen-address=127.0.0.1:0"

_CONFIG = """\
accounts:
  - name: main
    credentials: {{secret_id: {secret_id}, secret_key: {secret_key}}}
    endpoint: {endpoint}
    requests_per_second: 1000000
    applications: [{{sdk_app_id: {application}, name: bench}}]
collection: {{min_interval: 0s}}
staff: {{labels: {labels}}}
"""


class Exporter:
    """A running exporter, scraped over one kept-alive connection as Prometheus does it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self._process = process
        self._connection = http.client.HTTPConnection(address, timeout=60)

    def scrape(self) -> str:
        """Return the exposition."""
        self._connection.request("GET", "/metrics", headers={"Accept": "text/plain;version=0.0.4"})
        return self._connection.getresponse().read().decode()

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Return the resident memory of the process."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def running_emulator(sessions: int, *, speed: float = 0.0) -> Iterator[str]:
    """Run an emulator that limits no rate; gives its URL."""
    flags = [f"--sessions={sessions}", f"--speed={speed}", "--requests-per-second=1000000", ANY_PORT]
    with _running("exporter.emulator", flags, r"(http://127\.0\.0\.1:\d+)", subprocess.DEVNULL) as (_, url):
        yield url


@contextmanager
def running_exporter(endpoint: str, labels: Sequence[str]) -> Iterator[Exporter]:
    """Run an exporter with these staff labels in front of an emulator."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(
            _CONFIG.format(
                secret_id=SECRET_ID,
                secret_key=SECRET_KEY,
                endpoint=endpoint,
                application=APPLICATION,
                labels=f"[{', '.join(labels)}]",
            )
        )
        config.flush()
        flags = [f"--config.file={config.name}", ANY_PORT]
        pattern = r"msg=listening .*(127\.0\.0\.1:\d+)"
        with _running("exporter", flags, pattern, subprocess.STDOUT) as (process, address):
            yield Exporter(process, address)


@contextmanager
def _running(
    module: str, flags: Sequence[str], pattern: str, stderr: int
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-u", "-m", module, *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, _wait_for(process.stdout, pattern)
        finally:
            process.kill()


def _wait_for(output: IO[str], pattern: str) -> str:
    for line in output:
        if match := re.search(pattern, line):
            return match[1]
    raise RuntimeError(f"the process ended before it printed {pattern}")
