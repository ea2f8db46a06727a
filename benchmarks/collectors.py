"""What it costs to read inbound calls and staff beside the list: CPU time of a scrape, and none of the list's time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from operator import sub, truediv
from statistics import median

from benchmarks.cells import APPLICATION, LATENCIES, REQUESTS_PER_SECOND
from benchmarks.document import Check, Section, Table, milliseconds
from benchmarks.processes import LIST_ALONE, Exporter, account_at, running_exporter
from benchmarks.real import PAUSE
from exporter.emulator.server import Emulator, EmulatorOptions

SESSIONS, STAFF, SKILL_GROUPS = 400, 100, 10
SCRAPES, WARM_UP = 40, 3
MOST_CPU = 0.002
MOST_TIME = 1.1
"""What waits for anything else takes a round trip more, or a second where both share a rate."""

_SETTLING = 0.05
"""Seconds after the answer in which what is left to be done counts as the scrape's too."""
_TEXT = f"""
Two exporters, one that reads the list alone and one that reads inbound calls and staff beside it, take turns at an
application of about {SESSIONS} sessions, {STAFF} staff members and {SKILL_GROUPS} skill groups, with
{REQUESTS_PER_SECOND} requests a second of each action. Milliseconds of {SCRAPES} scrapes each, without them and with
them: the CPU time of the process, HTTP and exposition included; how long reading the list took
(`tccc_snapshot_duration_seconds`); how long the scrape took. All are medians, the difference and the ratios of turns.
"""

Costs = tuple[float, float, float]
"""Seconds of CPU time, of reading the list, and of the whole scrape."""


async def measure() -> list[Section]:
    """Measure at every latency, one scrape at a time."""
    free = asyncio.Semaphore(1)
    found = await asyncio.gather(*(_measure(latency, free) for latency in LATENCIES))
    cpu, of_list, of_scrape = (max(figures) for figures in zip(*(costs for _, costs in found), strict=True))
    checks = [
        Check("CPU of inbound calls and staff: 2 ms a scrape", f"{cpu * 1000:.2f} ms", cpu <= MOST_CPU),
        Check(f"time of the list, with / without them: {MOST_TIME}", f"{of_list:.3f}", of_list <= MOST_TIME),
        Check(f"time of the scrape, with / without them: {MOST_TIME}", f"{of_scrape:.3f}", of_scrape <= MOST_TIME),
    ]
    return [Section("Inbound calls and staff", _TEXT, Table([row for row, _ in found]), checks)]


async def _measure(latency: float, free: asyncio.Semaphore) -> tuple[dict[str, str], Costs]:
    """Return the row, and of it the difference in CPU time and both ratios."""
    options = EmulatorOptions(
        applications=(APPLICATION,), sessions=SESSIONS, staff=STAFF, skill_groups=SKILL_GROUPS, latency=latency
    )
    async with Emulator(options) as emulator, AsyncExitStack() as stack:
        exporters = []
        for is_on in (False, True):
            config = {"accounts": [account_at(emulator.url)], "collectors": dict.fromkeys(LIST_ALONE, is_on)}
            exporters.append(await stack.enter_async_context(running_exporter(config)))
        turns = [[await _costs(exporter, free) for exporter in exporters] for _ in range(WARM_UP + SCRAPES)]
    without, beside = (tuple(zip(*costs, strict=True)) for costs in zip(*turns[WARM_UP:], strict=True))
    more = median(map(sub, beside[0], without[0]))
    of_list, of_scrape = (median(map(truediv, beside[one], without[one])) for one in (1, 2))
    cpu, lists, scrapes = map(_medians, without, beside)
    row = {
        "round trip": f"{milliseconds(latency)} ms",
        "CPU, without / with": cpu,
        "CPU, more": f"{more * 1000:.2f}",
        "list, without / with": lists,
        "list, ratio": f"{of_list:.3f}",
        "scrape, without / with": scrapes,
        "scrape, ratio": f"{of_scrape:.3f}",
    }
    return row, (more, of_list, of_scrape)


def _medians(without: Sequence[float], beside: Sequence[float]) -> str:
    return f"{median(without) * 1000:.1f} / {median(beside) * 1000:.1f}"


async def _costs(exporter: Exporter, free: asyncio.Semaphore) -> Costs:
    await asyncio.sleep(PAUSE)
    async with free:
        cpu = exporter.cpu_seconds()
        scrape = await exporter.scrape()
        await asyncio.sleep(_SETTLING)
        cpu = exporter.cpu_seconds() - cpu
    assert all(scrape.values("tccc_collector_success"))
    (of_list,) = scrape.values("tccc_snapshot_duration_seconds")
    return cpu, of_list, scrape.seconds
