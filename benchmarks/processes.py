"""The emulator and the exporter as processes of their own, so that each one's costs are its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from benchmarks.contenders.reader import peak_memory

SECRET_ID, SECRET_KEY, APPLICATION = "AKIDEMULATOR", "emulator-secret", 1400000000
ANY_PORT = "--web.listen-address=127.0.0.1:0"


class Exporter:
    """A running exporter, scraped over one kept-alive connection as Prometheus does it."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.url = f"http://{address}/metrics"
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

    def peak_memory(self) -> int:
        """Return the most resident memory that the process ever had, in bytes."""
        return peak_memory(self._process.pid)

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
    """Run an exporter with these staff labels in front of an emulator that limits no rate."""
    account = account_at(endpoint, requests_per_second=1_000_000)
    config = {"accounts": [account], "collection": {"min_interval": "0s"}, "staff": {"labels": list(labels)}}
    with configured_exporter(config) as exporter:
        yield exporter


def account_at(
    endpoint: str, *, name: str = "main", application: int = APPLICATION, requests_per_second: int = 20
) -> dict[str, object]:
    """Return an account of one application, as the configuration has it; the application is named `bench`."""
    return {
        "name": name,
        "credentials": {"secret_id": SECRET_ID, "secret_key": SECRET_KEY},
        "endpoint": endpoint,
        "requests_per_second": requests_per_second,
        "applications": [{"sdk_app_id": application, "name": "bench" if name == "main" else name}],
    }


@contextmanager
def configured_exporter(config: Mapping[str, object]) -> Iterator[Exporter]:
    """Run an exporter with a configuration."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        # JSON is YAML.
        json.dump(config, file)
        file.flush()
        flags = [f"--config.file={file.name}", ANY_PORT]
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
