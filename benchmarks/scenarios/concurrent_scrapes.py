"""Many scrapes at once: they share one collection."""

from __future__ import annotations

import asyncio
import time

from benchmarks.cells import Cell
from benchmarks.document import Check, Section, Table, milliseconds
from benchmarks.emulation import Command, emulator_of
from benchmarks.outcomes import Witness
from benchmarks.processes import account_at, configured_exporter
from benchmarks.scenarios.scraping import scrape_together
from exporter.emulator.listing import Order

SCRAPES = 200
ROUNDS = 5

_CELL = Cell(400, 0.060, 0.0, Order.OLDEST_FIRST)
_PAUSE = 2.0
"""Seconds between two rounds, and before the first: by then what the exporter collects when it starts is stale."""
_TEXT = f"""
{SCRAPES} scrapes at the same moment, each over a connection of its own, of an application of about {_CELL.sessions}
sessions, {milliseconds(_CELL.latency)} away. Collections: the different snapshots among the answers; API requests as
the emulator counts them.
"""


def section() -> Section:
    """Measure, and return the table."""
    rows, answered, collections = [], [], []
    with emulator_of(_CELL) as emulator:
        url = emulator.ask(Command.BEGIN, str)
        with configured_exporter({"accounts": [account_at(url)]}) as exporter:
            time.sleep(_PAUSE)
            for number in range(1, ROUNDS + 1):
                emulator.ask(Command.WITNESS, Witness)
                scrapes = asyncio.run(scrape_together(exporter.url, SCRAPES))
                requests = emulator.ask(Command.WITNESS, Witness).requests
                answered.append(sum(one.is_up for one in scrapes))
                collections.append(len({one.values("tccc_snapshot_timestamp_seconds")[0] for one in scrapes}))
                first, last = min(one.seconds for one in scrapes), max(one.seconds for one in scrapes)
                rows.append((number, answered[-1], collections[-1], requests, milliseconds(first), milliseconds(last)))
                time.sleep(_PAUSE)
    columns = ("round", "answered", "collections", "API requests", "first answer", "last answer")
    return Section(f"{SCRAPES} scrapes at once", _TEXT, Table(columns, rows), _checks(answered, collections))


def _checks(answered: list[int], collections: list[int]) -> list[Check]:
    return [
        Check(f"{SCRAPES} scrapes at once: all answered", f"{min(answered)}", min(answered) == SCRAPES),
        Check("and that from one collection", f"{max(collections)}", max(collections) == 1),
    ]
