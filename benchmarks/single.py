"""One exporter by itself: its start, the CPU time of its scrapes, and its memory over many of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median

from benchmarks.cells import APPLICATION, fewest_requests
from benchmarks.document import Section, Table, mebibytes
from benchmarks.processes import Exporter, account_at, running_contender, running_exporter
from exporter.emulator.server import Emulator, EmulatorOptions

STARTS = 7
SCRAPES, WARM_UP, REPETITIONS = 40, 5, 5
UNLIMITED = 1_000_000
"""A rate that nobody reaches."""
MARKS = (1, 100, 250, 500, 1000)
"""Scrapes after which the memory is looked at."""

_CPU_TEXT = """
CPU milliseconds of a scrape over HTTP, its exposition included, without latency or rate limit, beside those of the SDK
reading the same pages in a loop, and the share of the one in the other. Both take turns, and the
smallest of five measurements counts, because other work on a machine only adds to it.
"""


async def measure_start() -> list[Section]:
    """Measure how long it takes until a new process has answered its first scrape."""
    seconds = []
    async with _emulator(60) as emulator:
        for _ in range(STARTS):
            started = time.perf_counter()
            async with _exporter(emulator):
                seconds.append(time.perf_counter() - started)
    text = "Seconds from the start of the process to the first answered scrape, of 60 sessions, without network delay."
    return [Section("Start", text, Table([{"median": f"{median(seconds):.2f}", "best": f"{min(seconds):.2f}"}]))]


async def measure_cpu() -> list[Section]:
    """Measure the CPU time of scrapes, beside that of the SDK."""
    rows = [await _cpu(500, ()), await _cpu(500, ("staff_number",)), await _cpu(590, ("staff_number",))]
    return [Section("CPU of a scrape", _CPU_TEXT, Table(rows))]


async def measure_memory() -> list[Section]:
    """Measure the resident memory over many scrapes."""
    rows = []
    async with _emulator(500, speed=100.0) as emulator, _exporter(emulator) as exporter:
        for scrape in range(1, MARKS[-1] + 1):
            await exporter.scrape()
            if scrape in MARKS:
                rows.append({"scrapes": f"{scrape:,}", "MiB": mebibytes(exporter.memory("VmRSS"))})
    text = "Resident memory after so many scrapes of about 500 sessions whose calls come and go 100 times as fast."
    return [Section("Memory over time", text, Table(rows))]


async def _cpu(sessions: int, labels: Sequence[str]) -> dict[str, object]:
    own, sdk = [], []
    async with _emulator(sessions) as emulator:
        for _ in range(REPETITIONS):
            async with running_contender("benchmarks.contenders.sdk", emulator.url) as read:
                costs = [(await read()).cpu or 0.0 for _ in range(WARM_UP + SCRAPES)]
                sdk.append(sum(costs[WARM_UP:]) / SCRAPES)
            async with _exporter(emulator, labels) as exporter:
                for _ in range(WARM_UP):
                    await exporter.scrape()
                before = exporter.cpu_seconds()
                for _ in range(SCRAPES):
                    scrape = await exporter.scrape()
                own.append((exporter.cpu_seconds() - before) / SCRAPES)
    count = int(sum(scrape.values("tccc_active_sessions")))
    return {
        "sessions": count,
        "staff series": len(scrape.values("tccc_staff_sessions")),
        "pages": fewest_requests(count),
        "SDK": f"{min(sdk) * 1000:.1f}",
        "exporter": f"{min(own) * 1000:.1f}",
        "share": f"{min(own) / min(sdk):.2f}",
    }


def _emulator(sessions: int, speed: float = 0.0) -> Emulator:
    """Return an emulator without latency, its time frozen or `speed` times as fast."""
    options = EmulatorOptions(
        applications=(APPLICATION,), sessions=sessions, speed=speed, requests_per_second=UNLIMITED
    )
    return Emulator(options)


@asynccontextmanager
async def _exporter(emulator: Emulator, labels: Sequence[str] = ("staff_number",)) -> AsyncIterator[Exporter]:
    account = account_at(emulator.url, requests_per_second=UNLIMITED)
    config = {"accounts": [account], "collection": {"min_interval": "0s"}, "staff": {"labels": list(labels)}}
    async with running_exporter(config) as exporter:
        assert (await exporter.scrape()).is_up
        yield exporter
