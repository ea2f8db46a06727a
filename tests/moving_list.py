"""A list of sessions that come and go while it is read, behind a network and a rate limit, all on a virtual clock."""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any

from exporter.emulator.rate import RateWindow, new_rate_limit
from exporter.sessions.forecast import Forecast
from exporter.sessions.model import Page, Session, Snapshot
from exporter.sessions.planner import Planner
from exporter.sessions.reader import fetch_pages, merge_pages
from exporter.tencent.permit_waiter import PermitWaiter
from exporter.tencent.rate_limiter import Permit, RateLimiter

STRICT_ORDERS = ("oldest-first", "newest-first", "by-id")
LOOSE_ORDERS = ("by-start-second", "unstable")


@dataclass(frozen=True, kw_only=True)
class World:
    """How a list and the way to it behave; times in seconds. `moves` is how many sessions a second are put elsewhere in
    the list, `largest_page` what the server cuts pages down to, and `lag` by how much its total is late.
    """

    sessions: int
    order: str = "oldest-first"
    stay: float = 180.0
    moves: float = 0.0
    latency: float = 0.06
    jitter: float = 0.0
    largest_page: int = 25
    lag: float = 0.0
    rate: int = 20
    rate_window: RateWindow = RateWindow.SLIDING
    seed: int = 0


class MovingList:
    """Sessions that begin at random and stay for exponentially long, in one of the orders."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._random = Random(world.seed)
        self._now = 0.0
        self._number = 0
        self._keys: list[tuple[float, int]] = []
        self._ends = [(math.inf, (0.0, 0))]
        self._rate = world.sessions / world.stay
        ages = sorted((self._random.expovariate(1 / world.stay) for _ in range(world.sessions)), reverse=True)
        for age in ages:
            self._begin(-age)
        self._totals = [(-math.inf, len(self._keys))]
        self._next = self._pause(self._rate)
        self._next_move = self._pause(world.moves)
        self._moved: dict[int, tuple[float, int]] = {}

    def view(self, now: float, offset: int, limit: int) -> tuple[int, list[str]]:
        """Return the total and the ids of a page, as they are at `now`."""
        self._advance(now)
        limit = min(limit, self.world.largest_page)
        total = self._totals[bisect_right(self._totals, (now - self.world.lag, math.inf)) - 1][1]
        return total, [str(number) for _, number in self._page(offset, limit)]

    def viewed(self) -> set[tuple[float, int]]:
        """Return where every session stood at the last view. Who goes from there does not come back to it."""
        return set(self._keys)

    def _page(self, offset: int, limit: int) -> list[tuple[float, int]]:
        page = self._keys[offset : offset + limit]
        if self.world.order == "unstable":
            return self._random.sample(self._keys, len(page))
        if self.world.order == "by-start-second" and page:
            first = bisect_left(self._keys, (page[0][0], -1))
            last = bisect_left(self._keys, (page[-1][0] + 1, -1))
            ties = sorted(self._keys[first:last], key=lambda key: (key[0], self._random.random()))
            return ties[offset - first : offset - first + limit]
        return page

    def _pause(self, rate: float) -> float:
        return self._now + self._random.expovariate(rate) if rate else math.inf

    def _begin(self, started: float) -> None:
        self._number += 1
        key = (self._position(started), self._number)
        insort(self._keys, key)
        heappush(self._ends, (self._now + self._random.expovariate(1 / self.world.stay), key))

    def _move(self) -> None:
        if len(self._keys) > 1:
            _, number = self._keys.pop(self._random.randrange(len(self._keys)))
            self._moved[number] = (self._random.choice(self._keys)[0], number)
            insort(self._keys, self._moved[number])

    def _position(self, started: float) -> float:
        match self.world.order:
            case "newest-first":
                return -self._number
            case "by-id":
                return self._random.random()
            case "by-start-second":
                return math.floor(started)
            case _:
                return self._number

    def _advance(self, now: float) -> None:
        while (event := min(self._next, self._ends[0][0], self._next_move)) <= now:
            self._now = event
            if event == self._next:
                self._begin(event)
                self._next = self._pause(self._rate)
            elif event == self._next_move:
                self._move()
                self._next_move = self._pause(self.world.moves)
            else:
                _, key = heappop(self._ends)
                key = self._moved.pop(key[1], key)
                del self._keys[bisect_left(self._keys, key)]
            self._totals.append((event, len(self._keys)))
        self._now = now


@dataclass
class Reading:
    """A snapshot, what it took, and the sessions that were up throughout but are not in it."""

    snapshot: Snapshot
    throttled: int
    missed: set[str]


async def read_again_and_again(world: World, times: int, pause: float = 5.0) -> list[Reading]:
    """Read a moving list so many times, each snapshot with the forecast of the one before."""
    reader = _Reader(world)
    readings = []
    for _ in range(times):
        readings.append(await reader.read())
        await asyncio.sleep(pause)
    return readings


class _Reader:
    def __init__(self, world: World) -> None:
        self._world = world
        self._list = MovingList(world)
        self._limit = new_rate_limit(world.rate_window, world.rate)
        self._limiter = RateLimiter(world.rate)
        self._forecast = Forecast()
        self._random = Random(f"{world.seed} network")
        self._up: set[tuple[float, int]] = set()
        self._views = 0
        self._throttled = 0

    async def read(self) -> Reading:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._views = self._throttled = 0
        planner = Planner(self._forecast, self._world.rate)
        wakeup = asyncio.Event()
        await fetch_pages(planner, PermitWaiter(self._limiter, self, math.inf, wakeup), wakeup, self._fetch)
        self._forecast = planner.forecast
        duration = loop.time() - started
        snapshot = merge_pages(planner.proof, len(planner.proof.pages), 0.0, duration)
        counted = {session.id for session in snapshot.sessions}
        up_throughout = {str(number) for _, number in self._up & self._list.viewed()}
        return Reading(snapshot, self._throttled, up_throughout - counted)

    async def _fetch(self, offset: int, permit: Permit) -> Page:
        loop = asyncio.get_running_loop()
        while True:
            world, sent = self._world, loop.time()
            permit.sent()
            round_trip = max(0.0, world.latency + self._random.uniform(-world.jitter, world.jitter))
            await asyncio.sleep(round_trip / 2)
            answer: Any = None
            if self._limit.admit(loop.time()):
                answer = self._list.view(loop.time(), offset, 25)
                if not self._views:
                    self._up = self._list.viewed()
                self._views += 1
            await asyncio.sleep(round_trip / 2)
            permit.answered()
            permit.release()
            if answer is not None:
                total, ids = answer
                sessions = tuple(Session(name, "inProgress", "inbound") for name in ids)
                return Page(offset, total, sessions, 0.0, sent, loop.time())
            self._throttled += 1
            permit = await self._limiter.acquire(self, math.inf)
