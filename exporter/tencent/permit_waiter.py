"""Permits for a task that has other things to wait for as well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from exporter.tencent.errors import RateLimitTimeoutError
from exporter.tencent.rate_limiter import Permit, RateLimiter


class PermitWaiter:
    """Takes permits one after another until `deadline`, a time of the running loop's clock. Close it when done.

    `wakeup` is set when it may be worth asking for a permit again; `waited` is told how many seconds each has taken.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        flow: Hashable,
        deadline: float,
        wakeup: asyncio.Event,
        waited: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._limiter = limiter
        self._flow = flow
        self._deadline = deadline
        self._wakeup = wakeup
        self._waited = waited
        self._waiting: asyncio.Future[Permit] | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def take(self) -> Permit | None:
        """Return a permit; where there is none, return None and stay in the queue for one.

        Raises RateLimitTimeoutError once the deadline is over.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._waiting is not None and self._waiting.done():
            granted, self._waiting = self._waiting, None
            self._waited(now - self._since)
            return granted.result()
        if now >= self._deadline:
            raise RateLimitTimeoutError
        if self._waiting is None:
            if permit := self._limiter.try_acquire():
                return permit
            self._since = now
            self._waiting = self._limiter.enqueue(self._flow)
            self._waiting.add_done_callback(lambda _: self._wakeup.set())
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._wakeup.set)
        return None

    def leave(self) -> None:
        """Leave the queue, where one waits in it, and release what was granted."""
        if self._waiting is not None:
            self._waited(asyncio.get_running_loop().time() - self._since)
            waiting, self._waiting = self._waiting, None
            self._limiter.leave(self._flow, waiting)

    def close(self) -> None:
        """Leave the queue, and set `wakeup` no more."""
        self.leave()
        if self._timer is not None:
            self._timer.cancel()
