"""Reading the whole list of sessions of an application: what the planner asks for, at the pace of the rate limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from exporter.fields.texts import Texts
from exporter.sessions.decode import decode_page
from exporter.sessions.forecast import Forecast, Request
from exporter.sessions.model import PAGE_SIZE, Page, Session, Snapshot
from exporter.sessions.planner import Planner
from exporter.sessions.proof import Proof
from exporter.tencent.action import ApiAction
from exporter.tencent.client import Client
from exporter.tencent.endpoint import Service
from exporter.tencent.errors import BadBodyError, RateLimitTimeoutError, RequestTimeoutError, TencentError
from exporter.tencent.permit_waiter import PermitWaiter
from exporter.tencent.rate_limiter import Permit

SERVICE = Service("ccc", "2020-02-10")
ACTION = "DescribePSTNActiveSessionList"
LARGEST_ANSWER = 1024 * 1024
"""Bytes of a page at most; one of 25 sessions has some ten thousand."""

LARGEST_BURST = 40
"""The most pages that are under way at once, so that an absurd total cannot start an absurd number of requests."""
LAST_ANSWERS = 0.25
"""Seconds that answers still under way are waited for once the snapshot is proven. To give them up would cost their
connections."""


class SessionList(Protocol):
    """A list of sessions that can be read as a whole."""

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        """Read the list until `deadline`, a time of the running loop's clock.

        `first_page` is told the first page as soon as it is there. Raises TencentError.
        """


class ApplicationSessions:
    """The active sessions of one application. Remembers from one snapshot to the next how the list moves."""

    def __init__(
        self, client: Client, action: ApiAction, sdk_app_id: int, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._action = action
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
        planner = Planner(self._forecast, min(self._action.requests_per_second, LARGEST_BURST))
        requests = 0

        def count_request() -> None:
            nonlocal requests
            requests += 1

        async def fetch(offset: int, permit: Permit) -> Page:
            parameters = {"SdkAppId": self._sdk_app_id, "Offset": offset, "Limit": PAGE_SIZE}
            decode = partial(decode_page, offset=offset, texts=self._texts)
            page = await self._client.call(
                self._action, parameters, decode, deadline, self, permit=permit, on_send=count_request
            )
            if offset == 0:
                first_page(page)
            return page

        wakeup = asyncio.Event()
        waiter = await self._client.permits(self._action, self, deadline, wakeup)
        try:
            await fetch_pages(planner, waiter, wakeup, fetch, lambda: not self._action.circuit_breaker.is_open(self))
        except (RateLimitTimeoutError, RequestTimeoutError):
            if loop.time() < deadline or not planner.has_reached_end:
                raise
        except BadBodyError as error:
            if not error.action:
                # Each answer by itself was right; together they make no sense.
                error.action = self._action.name
                self._action.observer.request_failed(error.label)
            raise
        self._forecast = planner.forecast
        return merge_pages(planner.proof, requests, self._now(), loop.time() - started, repairs=planner.repairs)


async def fetch_pages(
    planner: Planner,
    waiter: PermitWaiter,
    wakeup: asyncio.Event,
    fetch: Callable[[int, Permit], Awaitable[Page]],
    is_answered: Callable[[], bool] = lambda: True,
) -> None:
    """Fetch what the planner asks for until it asks for nothing more; `wakeup` is what `waiter` sets as well.

    What to ask for is decided when there is a permit, with all that has been learned by then. While `is_answered` says
    that the server is not, one page is asked for at a time. A page that failed for good is a gap like another, see
    Planner; raises the TencentError of one that no other page can stand for.
    """
    loop = asyncio.get_running_loop()
    failures: list[BaseException] = []
    tasks: set[asyncio.Task[None]] = set()

    async def answer(request: Request, permit: Permit) -> None:
        try:
            page = await fetch(request.offset, permit)
        except TencentError as error:
            planner.failed(request)
            is_late = isinstance(error, RateLimitTimeoutError)
            if request.offset == 0 or not error.repetitions or is_late or planner.has_lost_too_much:
                raise
        else:
            planner.answered(request, page)

    def ended(permit: Permit, task: asyncio.Task[None]) -> None:
        # A task that is cancelled before its first step has released nothing.
        permit.release()
        tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            failures.append(error)
        wakeup.set()

    try:
        while not failures and ((wants := planner.wants_request()) or tasks):
            if not wants or (tasks and not is_answered()):
                waiter.leave()
            elif permit := waiter.take():
                try:
                    task = asyncio.create_task(answer(planner.next_request(loop.time()), permit))
                except BaseException:
                    permit.release()
                    raise
                task.add_done_callback(partial(ended, permit))
                tasks.add(task)
                continue
            if planner.proof.complete:
                await asyncio.wait(tasks, timeout=LAST_ANSWERS)
                break
            wakeup.clear()
            await wakeup.wait()
    finally:
        waiter.close()
        if tasks:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    if failures and not planner.proof.complete:
        raise failures[0]


def merge_pages(proof: Proof, requests: int, finished: float, duration: float, *, repairs: int = 0) -> Snapshot:
    """Merge pages into a snapshot; where a session is on several, the one that came last wins.

    `requests` is how many it took, retries included, and `repairs` how many of them closed gaps; `finished` is the time
    by this machine's clock in Unix seconds, and `duration` is in seconds. A session without an id cannot be told from
    others, so it counts by its place in the list.
    """
    pages = proof.pages
    sessions: dict[object, Session] = {}
    for page in pages:
        for index, session in enumerate(page.sessions):
            sessions[session.id or page.offset + index] = session
    return Snapshot(
        sessions=tuple(sessions.values()),
        total=pages[-1].total,
        complete=proof.complete,
        requests=requests,
        repairs=repairs,
        server_time=max(page.server_time for page in pages),
        finished=finished,
        at=max(page.received for page in pages),
        duration=duration,
    )
