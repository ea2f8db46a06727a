"""Reading the whole list of sessions of an application: what the planner asks for, at the pace of the rate budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from exporter.sessions.decode import Texts, decode_page
from exporter.sessions.model import Page, Session, Snapshot
from exporter.sessions.planner import Planner
from exporter.sessions.prediction import PAGE_SIZE, Forecast
from exporter.sessions.proof import is_proven
from exporter.sessions.request import Request
from exporter.tencent.budget import Lane
from exporter.tencent.client import Client, Service
from exporter.tencent.errors import BudgetTimeoutError, RequestTimeoutError, TencentError
from exporter.tencent.places import Places

SERVICE = Service("ccc", "2020-02-10")
ACTION = "DescribePSTNActiveSessionList"

LARGEST_BURST = 40
"""The most pages that are under way at once, so that an absurd total cannot start an absurd number of requests."""


class SessionList(Protocol):
    """A list of sessions that can be read as a whole."""

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        """Read the list until `deadline`, a time of the running loop's clock.

        `first_page` is told the first page as soon as it is there. Raises TencentError.
        """


class ApplicationSessions:
    """The active sessions of one application. Remembers from one snapshot to the next how the list moves."""

    def __init__(self, client: Client, sdk_app_id: int, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._lane = Lane()
        self._sdk_app_id = sdk_app_id
        self._now = now
        self._forecast = Forecast()
        self._texts = Texts()

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        """Read the list as a whole, see SessionList.

        Where the deadline comes when the end has been reached already, the snapshot is returned with its gaps.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        planner = Planner(self._forecast, min(self._client.budget.configured, LARGEST_BURST))
        requests = 0

        def count_request() -> None:
            nonlocal requests
            requests += 1

        async def fetch(offset: int) -> Page:
            parameters = {"SdkAppId": self._sdk_app_id, "Offset": offset, "Limit": PAGE_SIZE}
            decode = partial(decode_page, offset=offset, texts=self._texts)
            page = await self._client.call(
                ACTION, parameters, decode, deadline, self._lane, has_place=True, on_send=count_request
            )
            if offset == 0:
                first_page(page)
            return page

        news = asyncio.Event()
        try:
            await follow(planner, self._client.places(self._lane, deadline, news), news, fetch)
        except (BudgetTimeoutError, RequestTimeoutError):
            if not planner.has_reached_end:
                raise
        longest, self._forecast = self._forecast.longest, planner.forecast
        return assemble(planner.pages, longest, requests, self._now(), loop.time() - started)


async def follow(
    planner: Planner, places: Places, news: asyncio.Event, fetch: Callable[[int], Awaitable[Page]]
) -> None:
    """Fetch what the planner asks for until it asks for nothing more; `news` is what the places tell as well.

    What to ask for is decided when there is a place in the rate budget, with all that has been learned by then. The
    first failure ends it and is raised.
    """
    loop = asyncio.get_running_loop()

    async def answer(request: Request) -> None:
        planner.answered(request, await fetch(request.offset))
        news.set()

    try:
        async with asyncio.TaskGroup() as group:
            while (wants := planner.wants_request()) or planner.requests_under_way:
                if not wants:
                    places.leave()
                elif places.take():
                    group.create_task(answer(planner.next_request(loop.time())))
                    continue
                news.clear()
                await news.wait()
    except* TencentError as failures:
        raise failures.exceptions[0] from None
    finally:
        places.close()


def assemble(pages: Sequence[Page], longest: int, requests: int, finished: float, duration: float) -> Snapshot:
    """Put pages together to a snapshot; where a session is on several, the one that came last wins.

    `longest` is the length of the longest page seen before, `requests` how many it took, retries included, `finished`
    the time by this machine's clock in Unix seconds, and `duration` is in seconds. A session without an id cannot be
    told from others, so it counts by its place in the list.
    """
    sessions: dict[object, Session] = {}
    for page in pages:
        for index, session in enumerate(page.sessions):
            sessions[session.id or page.offset + index] = session
    return Snapshot(
        sessions=tuple(sessions.values()),
        total=pages[-1].total,
        complete=is_proven(pages, longest),
        requests=requests,
        server_time=max(page.server_time for page in pages),
        finished=finished,
        at=max(page.received for page in pages),
        duration=duration,
    )
