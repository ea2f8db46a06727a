"""What an exporter under load and abuse still does for those who scrape it, and that it comes out of it as it was."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import statistics
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exporter.emulator.server import EmulatorOptions
from tests.emulated import SUPPORT, running_emulator
from tests.end_to_end.clients import connected, descriptors, memory
from tests.end_to_end.tools import tool
from tests.processes import EXPORTER, MOST_SECONDS_TO_END, PATIENCE, Process, running, start_exporter
from tests.web.raw import HEALTH, SCRAPE

pytestmark = pytest.mark.end_to_end

CONNECTIONS = 200
SECONDS = 5
SCRAPES = 50
WAITING = 20
"""Connections that wait at the end. All are answered in the last fifth of a second, on a slow machine too."""
SLOW_CLIENTS = 50
"""Of each kind."""
PAUSE = 0.2
"""Seconds between two bytes of a slow client, and between two requests of the others."""
OVERSIZED = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nX-Large: " + b"x" * 32_768 + b"\r\n\r\n"
SLOW_HEAD = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nX-Slow: "
SLOW_BODY = b"POST /metrics HTTP/1.1\r\nHost: exporter\r\nContent-Length: 100000\r\n\r\n"
MOST_SLOWER = 10
"""How many times as long scrapes may take. It is twice at most on a machine that does nothing else."""
MOST_MEMORY = 32 * 1024 * 1024
"""Bytes by which the process may grow, most of which is what so many connections have under way."""


@asynccontextmanager
async def exporter(directory: Path, *faults: str) -> AsyncIterator[tuple[Process, int]]:
    """Run an exporter of one application, and give its port too."""
    async with running_emulator() as emulator:
        emulator.set_faults(*faults)
        config = directory / "config.yaml"
        config.write_text(
            f"""\
accounts:
  - name: main
    credentials: {{secret_id: {EmulatorOptions().secret_id}, secret_key: {EmulatorOptions().secret_key}}}
    endpoint: {emulator.url}
    applications: [{{sdk_app_id: {SUPPORT.sdk_app_id}, name: support}}]
"""
        )
        # There has to be room for the good ones beside those that make the load.
        room = f"--web.max-requests={2 * CONNECTIONS}"
        with running(*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0", room) as process:
            url = await asyncio.to_thread(start_exporter, process)
            yield process, int(url.rpartition(":")[2])


async def scrape(port: int) -> float:
    """Return the seconds that a scrape takes on a connection of its own."""
    began = time.perf_counter()
    async with connected(port) as client:
        client.send(SCRAPE)
        answer = await client.answer()
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'tccc_up{application="support"} 1.0' in answer
    return time.perf_counter() - began


async def scrapes(port: int, until: asyncio.Task[tuple[bytes, bytes]] | None = None) -> float:
    """Return the median seconds of some scrapes, or of all that there is time for until something is done."""
    times: list[float] = []
    while len(times) < SCRAPES if until is None else not until.done():
        times.append(await scrape(port))
        await asyncio.sleep(0.05)
    return statistics.median(times)


@asynccontextmanager
async def wrk(
    port: int, seconds: int, connections: int = CONNECTIONS
) -> AsyncIterator[asyncio.Task[tuple[bytes, bytes]]]:
    """Scrape on many connections as fast as can be; the task has the report."""
    options = ("--threads=1", f"--connections={connections}", f"--duration={seconds}s", "--timeout=30s", "--latency")
    program = await asyncio.create_subprocess_exec(
        tool("wrk"), *options, f"http://127.0.0.1:{port}/metrics", stdout=PIPE, stderr=PIPE
    )
    report = asyncio.create_task(program.communicate())
    try:
        yield report
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        await report


@asynccontextmanager
async def abuse(port: int) -> AsyncIterator[set[bytes]]:
    """Have clients that send slowly or too much; the set gathers what the latter are answered."""
    statuses: set[bytes] = set()
    async with asyncio.TaskGroup() as group:
        clients = [
            group.create_task(client)
            for _ in range(SLOW_CLIENTS)
            for client in (drip(port, SLOW_HEAD), drip(port, SLOW_BODY), send_too_much(port, statuses))
        ]
        yield statuses
        for client in clients:
            client.cancel()


async def drip(port: int, begin: bytes) -> None:
    """Send a request byte by byte, and another one whenever the exporter has had enough of it."""
    while True:
        with contextlib.suppress(ConnectionError):
            async with connected(port) as client:
                client.send(begin)
                while not client.reader.at_eof():
                    client.send(b"x")
                    await client.writer.drain()
                    await asyncio.sleep(PAUSE)


async def send_too_much(port: int, statuses: set[bytes]) -> None:
    while True:
        with contextlib.suppress(ConnectionError):
            async with connected(port) as client:
                client.send(OVERSIZED)
                answer = await client.answer()
                if answer is not None:
                    statuses.add(answer.split()[1])
        await asyncio.sleep(PAUSE)


async def test_load_and_abuse_do_not_keep_scrapes_from_being_answered(tmp_path: Path) -> None:
    async with exporter(tmp_path) as (process, port):
        await scrape(port)
        undisturbed = await scrapes(port)
        memory_before, descriptors_before = memory(process.pid), descriptors(process.pid)

        async with abuse(port) as statuses:
            abused = await scrapes(port)
            async with wrk(port, SECONDS) as report:
                loaded = await scrapes(port, until=report)
                output = (await report)[0].decode()
            assert statuses == {b"400"}
            assert memory(process.pid) - memory_before < MOST_MEMORY
        assert abused < MOST_SLOWER * undisturbed
        # Whoever comes while so many are served waits for their turn, and no longer than they do.
        assert "Non-2xx" not in output
        assert "Socket errors" not in output
        latency = re.search(r"50% +([0-9.]+)(ms|s)\n", output)
        assert latency is not None, output
        assert loaded < 4 * float(latency[1]) * {"ms": 0.001, "s": 1.0}[latency[2]], output

        async with asyncio.timeout(PATIENCE):
            # A few connections to the API come and go.
            while descriptors(process.pid) > descriptors_before + 10:
                await scrape(port)
        assert await scrapes(port) < MOST_SLOWER * undisturbed
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0
        assert "level=error" not in process.output


@pytest.mark.parametrize("faults", [(), ("hang",)], ids=["answered at once", "all waiting"])
async def test_a_signal_under_load_ends_it_within_a_second_and_scrapes_under_way_are_answered(
    faults: tuple[str, ...], tmp_path: Path
) -> None:
    async with (
        exporter(tmp_path, *faults) as (process, port),
        wrk(port, 60, WAITING),
        contextlib.AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(connected(port)) for _ in range(20)]
        for client in clients:
            client.send(SCRAPE)
        async with connected(port) as late:
            # A client that comes later is answered, so the scrapes of the others have been read too.
            late.send(HEALTH)
            assert await late.answer() is not None
        signalled = time.monotonic()
        process.signal(signal.SIGTERM)
        ended = asyncio.create_task(asyncio.to_thread(process.wait))
        answers = await asyncio.gather(*(client.answer() for client in clients))
        assert await ended == 0
        assert time.monotonic() - signalled < MOST_SECONDS_TO_END
        assert "Traceback" not in process.output
    for answer in answers:
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'tccc_up{application="support"}' in answer
