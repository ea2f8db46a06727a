"""The rate budget: how many requests a second an account may send.

Tencent Cloud counts requests as they arrive, and does not say whether its second is fixed or sliding. A request takes
one of N places when it is sent, and the place is free again one second after the request was answered. The request
arrived before its answer: whatever the latency, no N + 1 requests can arrive within one second.
"""

from __future__ import annotations

import asyncio
from collections import deque

WINDOW = 1.0
"""Seconds in which the server counts."""
CLOCK_RESOLUTION = 1e-6
"""Seconds by which a timer may fire early."""


class RateBudget:
    """The places of one account, shared by everything that sends requests with its key; first come, first served."""

    def __init__(self, requests_per_second: int) -> None:
        self._places = requests_per_second
        self._taken = 0
        self._cooling: deque[float] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def take(self, deadline: float) -> None:
        """Wait for a place; to be called before every attempt, retries too, and answered by `give_back`.

        `deadline` is a time of the running loop's clock; raises TimeoutError where no place is free before it.
        """
        self._hand_out()
        if asyncio.get_running_loop().time() >= deadline:
            raise TimeoutError
        if self._taken < self._places:
            self._taken += 1
        else:
            async with asyncio.timeout_at(deadline):
                await self._turn()

    def give_back(self) -> None:
        """Give a place back once its request is answered, or given up: it may have reached the server all the same."""
        self._cooling.append(asyncio.get_running_loop().time() + WINDOW)
        self._watch()

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._watch()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._taken -= 1
                self._hand_out()
            raise

    def _hand_out(self) -> None:
        """Take back the places whose second is over, and give what is free to those who wait."""
        now = asyncio.get_running_loop().time() + CLOCK_RESOLUTION
        while self._cooling and self._cooling[0] <= now:
            self._cooling.popleft()
            self._taken -= 1
        while self._waiting and self._taken < self._places:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._taken += 1
        self._watch()

    def _watch(self) -> None:
        """While someone waits, wake up when the next second is over; one timer serves all."""
        if self._timer is None and self._waiting and self._cooling:
            self._timer = asyncio.get_running_loop().call_at(self._cooling[0], self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._hand_out()
