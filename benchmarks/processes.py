"""The exporter and the contenders as processes of their own, so that each one's costs are its own."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.cells import APPLICATION, REQUESTS_PER_SECOND
from benchmarks.contenders.reader import memory_of
from benchmarks.truth import Reading
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY

SCRAPE_TIMEOUT = 10.0
"""Prometheus's own default for `scrape_timeout`, in seconds."""
LIST_ALONE = {"inbound": False, "staff": False}
"""The `collectors` of an exporter that reads nothing beside the list, as everything here does by default."""
_HEADERS = {"Accept": "text/plain;version=0.0.4", "X-Prometheus-Scrape-Timeout-Seconds": str(SCRAPE_TIMEOUT)}
_LONGEST_LINE = 2**24


@dataclass(frozen=True, slots=True)
class Scrape:
    """An answered scrape: its HTTP status, its exposition, when it began (Unix seconds) and how long it took."""

    status: int
    exposition: str
    began: float
    seconds: float

    def values(self, name: str) -> list[float]:
        """Return the values of all series of a metric."""
        return [float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.exposition, re.MULTILINE)]

    @property
    def is_up(self) -> bool:
        """Whether it shows every application's sessions."""
        up = self.values("tccc_up")
        return self.status == 200 and bool(up) and all(up)

    @property
    def is_proven(self) -> bool:
        """Whether every snapshot shown is proven."""
        complete = self.values("tccc_snapshot_complete")
        return bool(complete) and all(complete)


class Exporter:
    """A running exporter, scraped over one kept-alive connection as Prometheus does it."""

    def __init__(self, pid: int, address: str, session: aiohttp.ClientSession) -> None:
        self._pid = pid
        self._url = f"http://{address}/metrics"
        self._session = session

    async def scrape(self) -> Scrape:
        """Scrape once."""
        began, started = time.time(), time.perf_counter()
        async with self._session.get(self._url, headers=_HEADERS) as response:
            body = await response.read()
            return Scrape(response.status, body.decode(), began, time.perf_counter() - started)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process has used; the kernel counts it in nanoseconds."""
        threads = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def memory(self, kind: str) -> int:
        """Return the resident memory of the process in bytes, see `memory_of`."""
        return memory_of(kind, self._pid)


@asynccontextmanager
async def running_contender(module: str, *arguments: str) -> AsyncIterator[Callable[[], Awaitable[Reading]]]:
    """Run a contender until the context ends; gives what has it read the list once."""
    async with _process(module, *arguments) as (process, stdout):
        assert process.stdin is not None
        # What still starts would be in the way of what is measured.
        await stdout.readline()
        yield partial(_read, process.stdin, stdout)


async def _read(stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> Reading:
    stdin.write(b"read\n")
    return msgspec.json.decode(await stdout.readline(), type=Reading)


@asynccontextmanager
async def running_exporter(config: Mapping[str, object]) -> AsyncIterator[Exporter]:
    """Run an exporter with a configuration until the context ends; it reads the list alone, unless told otherwise."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        # JSON is YAML.
        json.dump({"collectors": LIST_ALONE, **config}, file)
        file.flush()
        flags = (f"--config.file={file.name}", "--web.listen-address=127.0.0.1:0")
        async with (
            _process("exporter", *flags, stderr=asyncio.subprocess.STDOUT) as (process, stdout),
            aiohttp.ClientSession() as session,
        ):
            output = await stdout.readuntil(b"msg=listening")
            output += await stdout.readline()
            address = re.findall(rb"127\.0\.0\.1:\d+", output)[-1]
            yield Exporter(process.pid, address.decode(), session)


def account_at(
    endpoint: str,
    *,
    name: str = "bench",
    application: int = APPLICATION,
    secret_id: str = DEFAULT_SECRET_ID,
    requests_per_second: int = REQUESTS_PER_SECOND,
) -> dict[str, object]:
    """Return an account of one application of the same name, as the configuration has it."""
    return {
        "name": name,
        "credentials": {"secret_id": secret_id, "secret_key": DEFAULT_SECRET_KEY},
        "endpoint": endpoint,
        "requests_per_second": requests_per_second,
        "applications": [{"sdk_app_id": application, "name": name}],
    }


@asynccontextmanager
async def _process(
    module: str, *arguments: str, stderr: int | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=pipe, stdout=pipe, stderr=stderr, limit=_LONGEST_LINE
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.kill()
        await process.wait()
