"""Reading the whole list of sessions of an application, page by page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol

from exporter.sessions.decode import decode_page
from exporter.sessions.model import Page, Session, Snapshot
from exporter.tencent.client import Client, Service
from exporter.tencent.errors import TencentError

SERVICE = Service("ccc", "2020-02-10")
ACTION = "DescribePSTNActiveSessionList"
PAGE_SIZE = 25
"""The most sessions that the API puts on a page."""

BURST = 40
"""How many pages are asked for at a time, so that an absurd total cannot start an absurd number of requests."""

FetchPage = Callable[[int], Coroutine[Any, Any, Page]]


class SessionList(Protocol):
    """A list of sessions that can be read as a whole."""

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        """Read the list until `deadline`, a time of the running loop's clock.

        `first_page` is told the first page as soon as it is there. Raises TencentError.
        """


class ApplicationSessions:
    """The active sessions of one application."""

    def __init__(self, client: Client, sdk_app_id: int, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._sdk_app_id = sdk_app_id
        self._now = now

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        """Read the list as a whole, see SessionList."""
        started = asyncio.get_running_loop().time()
        requests = 0

        def count_request() -> None:
            nonlocal requests
            requests += 1

        async def fetch(offset: int) -> Page:
            parameters = {"SdkAppId": self._sdk_app_id, "Offset": offset, "Limit": PAGE_SIZE}
            decode = partial(decode_page, offset=offset)
            page = await self._client.call(ACTION, parameters, decode, deadline, count_request)
            if offset == 0:
                first_page(page)
            return page

        pages = await read_pages(fetch)
        return assemble(pages, requests, self._now(), asyncio.get_running_loop().time() - started)


async def read_pages(fetch: FetchPage) -> list[Page]:
    """Fetch every page of a list, the first one first, then those that its total calls for at once.

    The end is reached where a page is shorter than asked for and nothing is left by the total's count. A list that grew
    is followed to its end; a page that brings nothing new ends it in any case.
    """
    first = await fetch(0)
    pages = [first]
    offsets = range(PAGE_SIZE, first.total, PAGE_SIZE) if len(first.sessions) == PAGE_SIZE else range(0)
    while offsets and pages[-1].sessions:
        pages += await _fetch_together(fetch, offsets[:BURST])
        offsets = offsets[BURST:]
    seen = {session.id for page in pages[:-1] for session in page.sessions if session.id}
    while any(session.id not in seen for session in pages[-1].sessions):
        last = pages[-1]
        end = last.offset + len(last.sessions)
        if len(last.sessions) < PAGE_SIZE and end >= last.total:
            break
        seen.update(session.id for session in last.sessions if session.id)
        pages.append(await fetch(end))
    return pages


def assemble(pages: Sequence[Page], requests: int, finished: float, duration: float) -> Snapshot:
    """Put pages together to a snapshot; where a session is on two pages, the later page wins.

    `requests` is how many it took, retries included, `finished` the time by this machine's clock in Unix seconds, and
    `duration` is in seconds. A session without an id cannot be told from others, so it counts by its place in the list
    and leaves nothing proven.
    """
    sessions: dict[object, Session] = {}
    for page in pages:
        for index, session in enumerate(page.sessions):
            sessions[session.id or page.offset + index] = session
    last = pages[-1]
    one_page = len(pages) == 1 and len(last.sessions) < PAGE_SIZE
    return Snapshot(
        sessions=tuple(sessions.values()),
        total=last.total,
        complete=one_page and all(session.id for session in sessions.values()) and last.total <= len(sessions),
        requests=requests,
        server_time=max(page.server_time for page in pages),
        finished=finished,
        duration=duration,
    )


async def _fetch_together(fetch: FetchPage, offsets: Sequence[int]) -> list[Page]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(offset)) for offset in offsets]
    except* TencentError as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
