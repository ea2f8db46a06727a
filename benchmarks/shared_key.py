"""Two exporters with one key: they share its rate without knowing of each other."""

from __future__ import annotations

import asyncio

from benchmarks.cells import Cell
from benchmarks.document import Check, Section, Table, milliseconds
from benchmarks.processes import SCRAPE_TIMEOUT, Exporter, Scrape, account_at, running_exporter
from benchmarks.real import WatchedEmulator

OFFSETS = (0.0, 3.0, 7.5)
"""Seconds by which the second exporter is scraped later: Prometheus spreads its targets over the interval."""
INTERVAL = 15.0
SETTLING = 4
"""Scrapes of each that are not looked at, in which they find out that they are not alone."""

_CELL = Cell(2_000, 0.060)
_TEXT = f"""
Two exporters as processes of their own read the same application of about {_CELL.sessions:,} sessions,
{milliseconds(_CELL.latency)} ms away, with the same key of 20 requests a second (sliding), each scraped every
{INTERVAL:.0f} s, the second one so much later than the first. Looked at from the fifth scrape on, those of both.
In time: answered within Prometheus's time-out of {SCRAPE_TIMEOUT:.0f} s, with the application up. Fresh: with a
snapshot finished during the scrape. Throttled: the share of all requests.
"""


async def measure(scrapes: int) -> list[Section]:
    """Measure so many scrapes of each exporter, and return the table."""
    found = await asyncio.gather(*(_measure(offset, scrapes) for offset in OFFSETS))
    seen = [one for scrapes_of_pair, _ in found for one in scrapes_of_pair]
    in_time, proven = sum(map(_in_time, seen)), sum(one.is_proven for one in seen)
    checks = [
        Check("two exporters on one key: all in time", f"{in_time} of {len(seen)}", in_time == len(seen)),
        Check("and proven", f"{proven} of {len(seen)}", proven == len(seen)),
    ]
    return [Section("Two exporters on one key", _TEXT, Table([row for _, row in found]), checks)]


async def _measure(offset: float, scrapes: int) -> tuple[list[Scrape], dict[str, object]]:
    async with WatchedEmulator(_CELL) as emulator:
        config = {"accounts": [account_at(emulator.url)]}
        async with running_exporter(config) as first, running_exporter(config) as second:
            # Past the first collection, which the exporters begin on their own when they start.
            await asyncio.sleep(INTERVAL)
            asyncio.get_running_loop().call_later(SETTLING * INTERVAL - 0.5, emulator.begin)
            both = await asyncio.gather(_scrape(first, 0.0, scrapes), _scrape(second, offset, scrapes))
            requests, throttled = len(emulator.requests.records), emulator.throttled
    seen = [one for scrapes_of_one in both for one in scrapes_of_one[SETTLING:]]
    return seen, {
        "offset": f"{offset:g} s",
        "scrapes": len(seen),
        "in time": sum(map(_in_time, seen)),
        "slowest": f"{max(one.seconds for one in seen):.1f} s",
        "proven": sum(one.is_proven for one in seen),
        "fresh": sum(min(one.values("tccc_snapshot_timestamp_seconds")) >= one.began for one in seen if one.is_up),
        "API requests": requests,
        "throttled": f"{throttled / max(requests, 1):.1%}",
    }


async def _scrape(exporter: Exporter, offset: float, scrapes: int) -> list[Scrape]:
    loop = asyncio.get_running_loop()
    started = loop.time() + offset
    found = []
    for number in range(scrapes):
        await asyncio.sleep(started + number * INTERVAL - loop.time())
        found.append(await exporter.scrape())
    return found


def _in_time(one: Scrape) -> bool:
    return one.is_up and one.seconds < SCRAPE_TIMEOUT
