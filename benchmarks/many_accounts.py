"""A hundred accounts in one exporter, scraped together.

They are served by an emulator that costs next to nothing, so that a machine of two cores can run it beside them. Its
contact centers, pages and rate limits are the emulator's; its HTTP is what the exporter sends and no more, and it
checks no signature.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing, suppress
from email.utils import formatdate
from itertools import count

import msgspec

from benchmarks.cells import APPLICATION, REQUESTS_PER_SECOND
from benchmarks.document import Check, Section, Table, mebibytes, milliseconds
from benchmarks.processes import account_at, running_exporter
from exporter.emulator import wire
from exporter.emulator.center import ContactCenter
from exporter.emulator.rate import SlidingWindow

ACCOUNTS = 100
SESSIONS = 500
LATENCY = 0.060
SCRAPES = 6
MOST_SECONDS = 2.5
MOST_MEMORY = 150 * 1024**2

_PAUSE = 5.0
"""Seconds between two scrapes, and before the first: by then what the exporter collects when it starts is stale."""
_TEXT = f"""
One exporter of {ACCOUNTS} accounts with about {SESSIONS} sessions each, {milliseconds(LATENCY)} ms away, every account
with 20 requests a second of its own; all of them in one scrape, compressed as Prometheus asks for it. The list is read
alone. The emulator shares the machine, but is a light one that checks no signatures.
"""
_request_ids = count()


async def measure() -> list[Section]:
    """Measure, and return the table."""
    rows, seconds = [], []
    applications = range(APPLICATION, APPLICATION + ACCOUNTS)
    async with light_emulator(applications, SESSIONS, LATENCY) as url:
        # Each has a key of its own, because accounts with one key share its rate.
        accounts = [
            account_at(url, name=f"account-{index:03}", application=application, secret_id=f"AKID{index}")
            for index, application in enumerate(applications)
        ]
        async with running_exporter({"accounts": accounts}) as exporter:
            for number in range(1, SCRAPES + 1):
                await asyncio.sleep(_PAUSE)
                cpu = exporter.cpu_seconds()
                scrape = await exporter.scrape()
                cpu = exporter.cpu_seconds() - cpu
                seconds.append(scrape.seconds)
                memory = exporter.memory("VmHWM")
                rows.append(
                    {
                        "scrape": number,
                        "up": f"{sum(scrape.values('tccc_up')):.0f}",
                        "proven": f"{sum(scrape.values('tccc_snapshot_complete')):.0f}",
                        "sessions": f"{sum(scrape.values('tccc_active_sessions')):,.0f}",
                        "API requests": f"{sum(scrape.values('tccc_snapshot_requests')):,.0f}",
                        "seconds": f"{scrape.seconds:.2f}",
                        "CPU s": f"{cpu:.2f}",
                        "MB": f"{len(scrape.exposition) / 1e6:.1f}",
                        "peak MiB": mebibytes(memory),
                    }
                )
    checks = (
        Check(f"{ACCOUNTS} accounts together: {MOST_SECONDS} s", f"{max(seconds):.2f} s", max(seconds) <= MOST_SECONDS),
        Check(f"and peak memory: {MOST_MEMORY // 1024**2} MiB", f"{mebibytes(memory)} MiB", memory <= MOST_MEMORY),
    )
    return [Section(f"{ACCOUNTS} accounts in one exporter", _TEXT, Table(rows), checks)]


class Application:
    """A contact center and its rate limit."""

    def __init__(self, number: int, sessions: int) -> None:
        self._center = ContactCenter(seed=number, start=int(time.time()), sessions=sessions)
        self._limit = SlidingWindow(REQUESTS_PER_SECOND)

    def answer(self, offset: int, limit: int) -> bytes:
        """Return the answer to a request that arrives now."""
        request_id = str(next(_request_ids))
        if not self._limit.admit(time.monotonic()):
            return wire.error("RequestLimitExceeded", "too many requests", request_id)
        self._center.advance(time.time())
        sessions = [wire.encoded_session(one, self._center.start) for one in self._center.page(offset, limit)]
        return wire.result(len(self._center), sessions, request_id)


@asynccontextmanager
async def light_emulator(applications: Iterable[int], sessions: int, latency: float) -> AsyncIterator[str]:
    """Serve applications of so many sessions at a latency in seconds; gives the URL."""
    open_ones = {number: Application(number, sessions) for number in applications}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                received = await reader.readuntil(b"\r\n\r\n")
                length = int(received.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                request = msgspec.json.decode(await reader.readexactly(length))
                await asyncio.sleep(latency / 2)
                body = open_ones[request["SdkAppId"]].answer(request["Offset"], request["Limit"])
                await asyncio.sleep(latency / 2)
                head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
