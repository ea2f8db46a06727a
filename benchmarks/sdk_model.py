"""How the vendor's SDK asks for pages, on a virtual clock: it blocks its threads, so itself it cannot run there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from benchmarks.cells import PAGE_SIZE
from benchmarks.contenders.reader import Read
from benchmarks.simulated_api import THROTTLED, SimulatedApi, ThrottledError

THREADS = 20


async def serial(api: SimulatedApi) -> Read:
    """Read page after page up to the total."""
    ids: list[str] = []
    offset, total = 0, 1
    try:
        while offset < total:
            total, sessions = await api.view(offset, PAGE_SIZE)
            ids += (session.session_id for session in sessions)
            offset += PAGE_SIZE
    except ThrottledError:
        return Read(ids=[], failure=THROTTLED)
    return Read(ids=ids)


async def threaded(api: SimulatedApi) -> Read:
    """Read the first page, and then all that its total calls for, by a pool that stops at the first error."""
    try:
        total, sessions = await api.view(0, PAGE_SIZE)
    except ThrottledError:
        return Read(ids=[], failure=THROTTLED)
    pages = {0: [session.session_id for session in sessions]}
    offsets = iter(range(PAGE_SIZE, total, PAGE_SIZE))
    failed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(THREADS):
            group.create_task(_work(api, offsets, pages, failed))
    if failed.is_set():
        return Read(ids=[], failure=THROTTLED)
    return Read(ids=[session for offset in sorted(pages) for session in pages[offset]])


async def _work(api: SimulatedApi, offsets: Iterator[int], pages: dict[int, list[str]], failed: asyncio.Event) -> None:
    for offset in offsets:
        if failed.is_set():
            return
        try:
            _, sessions = await api.view(offset, PAGE_SIZE)
        except ThrottledError:
            failed.set()
            return
        pages[offset] = [session.session_id for session in sessions]
