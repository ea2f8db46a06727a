"""A contact center behind a rate limit and a latency, on the clock of the running event loop."""

from __future__ import annotations

import asyncio
from random import Random

from benchmarks.cells import REQUESTS_PER_SECOND, Cell
from benchmarks.outcomes import Witness
from benchmarks.truth import WatchedListing
from exporter.emulator.call import Call
from exporter.emulator.center import ContactCenter
from exporter.emulator.listing import new_listing
from exporter.emulator.rate import RateWindow, new_rate_limit

THROTTLED = "RequestLimitExceeded"
START = 1_700_000_000
"""The Unix time that every simulated contact center opens at."""


class ThrottledError(Exception):
    """The request came in a second that was full."""


class SimulatedApi:
    """A contact center behind a rate limit and a latency. Make it inside a running event loop."""

    def __init__(self, cell: Cell, window: RateWindow, seed: str) -> None:
        self._cell = cell
        self._listing = WatchedListing(new_listing(cell.order, Random(f"{seed} order")))
        self._center = ContactCenter(seed=seed, start=START, sessions=cell.sessions, listing=self._listing)
        self._limit = new_rate_limit(window, REQUESTS_PER_SECOND)
        self._random = Random(f"{seed} latency")
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._requests = 0
        self._throttled = 0

    @property
    def now(self) -> float:
        """The Unix time in the contact center."""
        return START + self._loop.time() - self._origin

    def begin(self) -> None:
        """Let a reading begin."""
        self._listing.begin()
        self._requests = self._throttled = 0

    def witness(self) -> Witness:
        """Return what was seen of the reading."""
        return Witness(
            listed=self._listing.listed,
            up=self._listing.up_throughout,
            requests=self._requests,
            throttled=self._throttled,
        )

    async def view(self, offset: int, limit: int) -> tuple[int, list[Call]]:
        """Return the total and a page, a round trip later. Raises ThrottledError."""
        jitter = self._cell.jitter
        one_way = (self._cell.latency + self._random.uniform(-jitter, jitter)) / 2
        await asyncio.sleep(one_way)
        self._requests += 1
        page = None
        if self._limit.admit(self._loop.time()):
            self._center.advance(self.now)
            page = len(self._center), self._center.page(offset, limit)
        else:
            self._throttled += 1
        await asyncio.sleep(one_way)
        if page is None:
            raise ThrottledError
        return page
