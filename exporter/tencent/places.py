"""The places of a rate budget as they are taken by one task that has other things to wait for as well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exporter.tencent.budget import Lane, RateBudget
from exporter.tencent.errors import BudgetTimeoutError


class Places:
    """Takes places one after another until `deadline`, a time of the running loop's clock. Close it when done.

    `news` is set when it may be worth asking for a place again; `waited` is told how many seconds each has taken.
    """

    def __init__(
        self,
        budget: RateBudget,
        lane: Lane,
        deadline: float,
        news: asyncio.Event,
        waited: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._budget = budget
        self._lane = lane
        self._deadline = deadline
        self._news = news
        self._waited = waited
        self._turn: asyncio.Future[None] | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def take(self) -> bool:
        """Take a place; where there is none, return False and stay in the queue for one.

        Raises BudgetTimeoutError once the deadline is over.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._turn is not None and self._turn.done():
            self._turn = None
            self._waited(now - self._since)
            return True
        if now >= self._deadline:
            raise BudgetTimeoutError
        if self._turn is None:
            if self._budget.try_take():
                return True
            self._since = now
            self._turn = self._budget.queue(self._lane)
            self._turn.add_done_callback(lambda _: self._news.set())
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._news.set)
        return False

    def leave(self) -> None:
        """Leave the queue, where one waits in it, and give up what has come of that."""
        if self._turn is not None:
            self._waited(asyncio.get_running_loop().time() - self._since)
            turn, self._turn = self._turn, None
            self._budget.leave(self._lane, turn)

    def close(self) -> None:
        """Leave the queue, and set `news` no more."""
        self.leave()
        if self._timer is not None:
            self._timer.cancel()
