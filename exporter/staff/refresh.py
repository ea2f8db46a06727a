"""When the staff list is read again: in the background, as the statuses do not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from exporter.staff.model import StaffList
from exporter.tencent.errors import ApiError, TencentError

INTERVAL = 600.0
"""Seconds after which a list is read again in any case."""
SHORTEST_INTERVAL = 60.0
"""Seconds after which it is read again at the earliest, where it is missing or not up to date."""
LONGEST_READING = 45.0
"""Seconds that a reading of the list may take."""


class StaffListRefresh:
    """Keeps a staff list up to date. `read` reads it until a time of the running loop's clock, or raises TencentError.

    A list stays in use where reading it again fails in passing; where the API refuses it, there is none.
    """

    def __init__(self, read: Callable[[float], Awaitable[StaffList]]) -> None:
        self.latest: StaffList | None = None
        self.error: TencentError | None = None
        """Why there is no list; None where there is one or was not yet time to read it."""
        self._read = read
        self._task: asyncio.Task[None] | None = None
        self._started, self._due = -inf, -inf
        """When the last reading began, and from when on the next one is due: in the event loop's time."""
        self._has_waited = False

    def start_if_due(self, *, is_outdated: bool) -> None:
        """Begin to read the list, where it is time to; `is_outdated` tells that it lacks somebody.

        Raises what the reading before has failed with, where that is a fault of the exporter.
        """
        if self._task is not None:
            if not self._task.done():
                return
            task, self._task = self._task, None
            if not task.cancelled():
                task.result()
        now = asyncio.get_running_loop().time()
        if now >= self._due or (is_outdated and now >= self._started + SHORTEST_INTERVAL):
            self._task = asyncio.create_task(self._refresh())

    async def wait_for_first(self, deadline: float) -> None:
        """Wait until the list has been read for the first time, or that has failed, until `deadline` at the latest.

        Only the first call waits.
        """
        is_first, self._has_waited = not self._has_waited, True
        if is_first and self._task is not None:
            await asyncio.wait([self._task], timeout=deadline - asyncio.get_running_loop().time())

    def cancel(self) -> None:
        """Give up a reading that is under way."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Give up a reading that is under way, and wait until it has ended."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _refresh(self) -> None:
        self._started = asyncio.get_running_loop().time()
        self._due = self._started + SHORTEST_INTERVAL
        try:
            self.latest = await self._read(self._started + LONGEST_READING)
            self.error = None
            self._due = self._started + INTERVAL
        except TencentError as error:
            if isinstance(error, ApiError) and not error.repetitions:
                self.latest = None
            self.error = error if self.latest is None else None
