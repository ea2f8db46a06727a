"""Two exporters with one key: they share its rate without knowing of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.cells import Cell
from benchmarks.children import Child
from benchmarks.document import Check, Section, Table, milliseconds
from benchmarks.emulation import Command, emulator_of
from benchmarks.outcomes import Witness
from benchmarks.processes import account_at, configured_exporter
from benchmarks.scenarios.scraping import TIMEOUT, Scrape, scrape
from exporter.emulator.listing import Order

OFFSETS = (0.0, 3.0, 7.5)
"""Seconds by which the second exporter is scraped later: Prometheus spreads its targets over the interval."""
INTERVAL = 15.0
SETTLING = 4
"""Scrapes of each that are not looked at, in which they find out that they are not alone."""

_CELL = Cell(2_000, 0.060, 0.0, Order.OLDEST_FIRST)
_TEXT = f"""
Two exporters as processes of their own read the same application of about {_CELL.sessions:,} sessions,
{milliseconds(_CELL.latency)} away, with the same key of 20 requests a second (sliding), each scraped every
{INTERVAL:.0f} s, the second one so much later than the first. Looked at from the fifth scrape on, those of both.
In time: answered within Prometheus's time-out of {TIMEOUT:.0f} s, with the application up. Fresh: with a snapshot
finished during the scrape. Throttled: the share of all requests.
"""


def section(scrapes: int) -> Section:
    """Measure so many scrapes of each exporter, and return the table."""
    with ExitStack() as stack:
        pairs = [stack.enter_context(_pair(offset)) for offset in OFFSETS]
        found = asyncio.run(_observe_all(pairs, scrapes))
    rows = [_row(pair.offset, *observed) for pair, observed in zip(pairs, found, strict=True)]
    columns = ("offset", "scrapes", "in time", "slowest", "proven", "fresh", "API requests", "throttled")
    all_scrapes = [one for seen, _ in found for one in seen]
    return Section("Two exporters on one key", _TEXT, Table(columns, rows), _checks(all_scrapes))


@dataclass(frozen=True, slots=True)
class _Pair:
    offset: float
    emulator: Child
    urls: tuple[str, str]


@contextmanager
def _pair(offset: float) -> Iterator[_Pair]:
    with emulator_of(_CELL) as emulator:
        config = {"accounts": [account_at(emulator.ask(Command.BEGIN, str))]}
        with configured_exporter(config) as first, configured_exporter(config) as second:
            yield _Pair(offset, emulator, (first.url, second.url))


async def _observe_all(pairs: list[_Pair], scrapes: int) -> list[tuple[list[Scrape], Witness]]:
    # Past the first collection, which the exporters begin on their own when they start.
    await asyncio.sleep(INTERVAL)
    return await asyncio.gather(*(_observe(pair, scrapes) for pair in pairs))


async def _observe(pair: _Pair, scrapes: int) -> tuple[list[Scrape], Witness]:
    """Return the scrapes of both from the fifth on, and what the emulator saw in that time."""
    async with aiohttp.ClientSession() as session:
        seen = await asyncio.gather(
            _scrape_regularly(session, pair.urls[0], 0.0, scrapes),
            _scrape_regularly(session, pair.urls[1], pair.offset, scrapes),
            _forget_after(pair.emulator, SETTLING * INTERVAL - 0.5),
        )
    witness = await asyncio.to_thread(pair.emulator.ask, Command.WITNESS, Witness)
    return [one for scrapes_of_one in seen[:2] for one in scrapes_of_one[SETTLING:]], witness


async def _scrape_regularly(session: aiohttp.ClientSession, url: str, offset: float, scrapes: int) -> list[Scrape]:
    loop = asyncio.get_running_loop()
    started = loop.time() + offset
    found = []
    for number in range(scrapes):
        await asyncio.sleep(started + number * INTERVAL - loop.time())
        found.append(await scrape(session, url))
    return found


async def _forget_after(emulator: Child, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await asyncio.to_thread(emulator.ask, Command.WITNESS, Witness)


def _in_time(one: Scrape) -> bool:
    return one.is_up and one.seconds < TIMEOUT


def _row(offset: float, seen: list[Scrape], witness: Witness) -> tuple[object, ...]:
    return (
        f"{offset:g} s",
        len(seen),
        sum(_in_time(one) for one in seen),
        f"{max(one.seconds for one in seen):.1f} s",
        sum(one.is_proven for one in seen),
        sum(one.is_fresh for one in seen),
        witness.requests,
        f"{witness.throttled / max(witness.requests, 1):.1%}",
    )


def _checks(seen: list[Scrape]) -> list[Check]:
    in_time, proven = sum(map(_in_time, seen)), sum(one.is_proven for one in seen)
    return [
        Check("two exporters on one key: all in time", f"{in_time} of {len(seen)}", in_time == len(seen)),
        Check("and proven", f"{proven} of {len(seen)}", proven == len(seen)),
    ]
