"""The rate budget: how many requests a second an account may send.

Tencent Cloud counts requests as they arrive, and does not say whether its second is fixed or sliding. A request takes
one of N places when it is sent, and the place is free again one second after the request was answered. The request
arrived before its answer: whatever the latency, no N + 1 requests can arrive within one second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

WINDOW = 1.0
"""Seconds in which the server counts."""


class RateBudget:
    """The places of one account, shared by everything that sends requests with its key; first come, first served."""

    def __init__(self, requests_per_second: int) -> None:
        self._free = requests_per_second
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self, deadline: float) -> AsyncIterator[None]:
        """Wait for a place and hold it while the request is under way. Enter it for every attempt, retries too.

        `deadline` is a time of the running loop's clock; raises TimeoutError where no place is free before it.
        """
        if self._free > 0:
            self._free -= 1
        else:
            async with asyncio.timeout_at(deadline):
                await self._wait()
        try:
            yield
        finally:
            # Also for a request that was given up: it may have reached the server.
            asyncio.get_running_loop().call_later(WINDOW, self._give_back)

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
