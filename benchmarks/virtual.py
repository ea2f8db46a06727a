"""Readings on a virtual clock: the counts of hours of reading within minutes, whatever else the machine does."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import partial
from itertools import count
from random import Random
from unittest.mock import patch

import msgspec

from benchmarks.cells import PAGE_SIZE, REQUESTS_PER_SECOND, Cell, Contender
from benchmarks.contenders.exporter import SnapshotReader, config_for, silence
from benchmarks.truth import Outcome, Reading, WatchedListing
from exporter.emulator import wire
from exporter.emulator.call import Call
from exporter.emulator.center import ContactCenter
from exporter.emulator.listing import new_listing
from exporter.emulator.rate import RateWindow, new_rate_limit
from exporter.service import Exporter
from exporter.tencent.http import HttpClient, Response
from tests.virtual_time import run

THROTTLED = "RequestLimitExceeded"
START = 1_700_000_000
"""The Unix time that every simulated contact center opens at."""

_request_ids = count()
PAUSE = (1.1, 2.1)
"""Seconds between two readings: enough for the rate to be free again, and never in step with the server's seconds."""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one contender one after another, in a contact center of their own."""

    cell: Cell
    contender: Contender
    window: RateWindow
    seed: str
    readings: int


def run_all(series: Iterable[Series]) -> Iterator[tuple[Series, list[Outcome]]]:
    """Run every series, several at a time; gives them as they end, with their outcomes."""
    # The longest first, so that no processor is idle at the end.
    ordered = sorted(series, key=lambda one: one.cell.sessions * one.readings, reverse=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=silence) as pool:
        futures = {pool.submit(outcomes, one): one for one in ordered}
        for future in as_completed(futures):
            yield futures[future], future.result()


def outcomes(series: Series) -> list[Outcome]:
    """Run one series."""
    return run(_outcomes(series))


async def _outcomes(series: Series) -> list[Outcome]:
    loop = asyncio.get_running_loop()
    random = Random(f"{series.seed} pauses")
    api = SimulatedApi(series.cell, series.window, series.seed)
    found: list[Outcome] = []
    async with _reader(series.contender, api) as read:
        for number in range(series.readings):
            await asyncio.sleep(random.uniform(*PAUSE))
            api.begin()
            started = loop.time()
            reading = await read()
            found.append(api.judge(replace(reading, wall=loop.time() - started), cold=number == 0))
    return found


@asynccontextmanager
async def _reader(contender: Contender, api: SimulatedApi) -> AsyncIterator[Callable[[], Awaitable[Reading]]]:
    if contender is Contender.SDK:
        yield partial(_read_as_the_sdk, api)
        return
    config = config_for("http://simulated.invalid")
    with api.serving_exporters():
        async with Exporter(config, environment={}, now=lambda: api.now) as exporter:
            yield SnapshotReader(exporter).read


async def _read_as_the_sdk(api: SimulatedApi) -> Reading:
    """Read page after page up to the total. The SDK itself blocks its thread, so it cannot run on a virtual clock."""
    ids: list[str] = []
    offset, total = 0, 1
    while offset < total:
        page = await api.view(offset, PAGE_SIZE)
        if page is None:
            return Reading(ids=[], failure=THROTTLED)
        total, sessions = page
        ids += (session.session_id for session in sessions)
        offset += PAGE_SIZE
    return Reading(ids=ids)


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

    def judge(self, reading: Reading, *, cold: bool) -> Outcome:
        """Compare a reading with what was there since it began."""
        return self._listing.judge(reading, requests=self._requests, throttled=self._throttled, cold=cold)

    async def view(self, offset: int, limit: int) -> tuple[int, list[Call]] | None:
        """Return the total and a page a round trip later, None where the request came in a second that was full."""
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
        return page

    @contextmanager
    def serving_exporters(self) -> Iterator[None]:
        """Let everything that exporters post meanwhile come here.

        All above `HttpClient.post` runs as it is: rate limit, retries, signing, decoding, planning.
        """

        async def post(_client: HttpClient, _headers: Mapping[str, str], body: bytes, **_limits: object) -> Response:
            return Response(200, formatdate(self.now, usegmt=True), await self._answer(body))

        with patch.object(HttpClient, "post", post):
            yield

    async def _answer(self, body: bytes) -> bytes:
        request, request_id = msgspec.json.decode(body), str(next(_request_ids))
        page = await self.view(request["Offset"], request["Limit"])
        if page is None:
            return wire.error(THROTTLED, "too many requests", request_id)
        total, sessions = page
        return wire.result(total, [wire.encoded_session(session, START) for session in sessions], request_id)
