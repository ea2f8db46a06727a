"""Readings in real time: every contender a process of its own, in front of an emulator in this one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from random import Random

from benchmarks.cells import APPLICATION, Cell, Contender
from benchmarks.processes import running_contender
from benchmarks.truth import Outcome, Reading, WatchedListing
from exporter.emulator.listing import Listing, Order, new_listing
from exporter.emulator.rate import RateWindow
from exporter.emulator.server import Emulator, EmulatorOptions

Outcomes = dict[tuple[Cell, Contender], list[Outcome]]
Readings = Mapping[Contender, int]
"""How many readings each contender gets, the first and cold one included."""
PAUSE = 1.15
"""Seconds that an emulator is left alone between two readings, so that the next one finds the whole rate free."""

_MODULES = {Contender.EXPORTER: "benchmarks.contenders.exporter", Contender.SDK: "benchmarks.contenders.sdk"}


class WatchedEmulator(Emulator):
    """Serves one application, and compares what was read with what was there.

    Its second is a sliding one, the stricter of the two: who keeps to that keeps to a fixed one.
    """

    def __init__(self, cell: Cell) -> None:
        """Open the contact center."""
        options = EmulatorOptions(
            applications=(APPLICATION,),
            sessions=cell.sessions,
            latency=cell.latency,
            jitter=cell.jitter,
            order=cell.order,
            rate_window=RateWindow.SLIDING,
        )
        self._lists: list[WatchedListing] = []
        super().__init__(options, listing=self._watched)

    def begin(self) -> None:
        """Let a reading begin; requests that come in before the next one belong to it."""
        self.requests.clear()
        self._lists[0].begin()

    @property
    def throttled(self) -> int:
        """How many requests were refused for their rate since the beginning."""
        return self.requests.outcomes["RequestLimitExceeded"]

    def judge(self, reading: Reading, *, cold: bool) -> Outcome:
        """Compare a reading with what was there since it began."""
        requests = len(self.requests.records)
        return self._lists[0].judge(reading, requests=requests, throttled=self.throttled, cold=cold)

    def _watched(self, order: Order, random: Random) -> Listing:
        self._lists.append(WatchedListing(new_listing(order, random)))
        return self._lists[-1]


async def read_all(
    cells: Iterable[Cell], readings: Readings, *, at_once: int, log: Callable[[str], None] = lambda _: None
) -> Outcomes:
    """Read lists, no more than so many at the same time."""
    found: Outcomes = defaultdict(list)
    free = asyncio.Semaphore(at_once)
    async with asyncio.TaskGroup() as group:
        for cell in cells:
            group.create_task(_read(cell, readings, free, found, log))
    return found


async def _read(
    cell: Cell, readings: Readings, free: asyncio.Semaphore, found: Outcomes, log: Callable[[str], None]
) -> None:
    """Let the contenders take turns, so that what disturbs the machine for a while disturbs all of them."""
    async with AsyncExitStack() as stack:
        # One after the other, so that they do not compete while they start.
        async with free:
            emulator = await stack.enter_async_context(WatchedEmulator(cell))
            read = {
                contender: await stack.enter_async_context(running_contender(module, emulator.url))
                for contender, module in _MODULES.items()
                if contender in readings
            }
        for turn in range(max(readings.values())):
            for contender, count in readings.items():
                if turn < count:
                    await asyncio.sleep(PAUSE)
                    async with free:
                        emulator.begin()
                        reading = await read[contender]()
                        found[cell, contender].append(emulator.judge(reading, cold=turn == 0))
    log(f"{cell} read")
