"""The rate limiter: permits for as many requests a second as the API allows, granted to several flows in turn.

It puts together who waits (`fair_queue`), which permits are in use (`rate_window`), when they are granted together
(`coalescing`), and how the rate yields to others on the same key (`backoff`).
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Self

from exporter.tencent.backoff import RateBackoff
from exporter.tencent.coalescing import coalesced_release
from exporter.tencent.fair_queue import FairQueue
from exporter.tencent.rate_window import CLOCK_RESOLUTION, PermitWindow


class Permit:
    """Leave to send one request. Released exactly once: releasing it again does nothing.

    A context manager releases it at its end. One that nothing was sent with is free at once, any other one after the
    server's second is over.
    """

    __slots__ = ("_is_released", "_limiter", "_round_trip", "_sent_at")

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._sent_at: float | None = None
        self._round_trip: float | None = None
        self._is_released = False

    def sent(self) -> None:
        """Note that the request goes out."""
        self._sent_at = asyncio.get_running_loop().time()

    def answered(self) -> None:
        """Note that the server has answered, well or not."""
        if self._sent_at is not None:
            self._round_trip = asyncio.get_running_loop().time() - self._sent_at

    def is_of(self, limiter: RateLimiter) -> bool:
        """Tell whether a limiter has granted it."""
        return self._limiter is limiter

    def release(self) -> None:
        """Give the permit back to its limiter."""
        if not self._is_released:
            self._is_released = True
            self._limiter.release(self._sent_at is not None, self._round_trip)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.release()


class RateLimiter:
    """Grants permits for the requests of one identity, at one endpoint, for one action.

    Waiting is by flow, any hashable name: flows have their turns. To be used inside a running event loop, whose clock
    it keeps.
    """

    def __init__(self, requests_per_second: int, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._backoff = RateBackoff(requests_per_second)
        self._window = PermitWindow()
        self._waiting: FairQueue[asyncio.Future[Permit]] = FairQueue()
        self._next_at = -math.inf
        self._coalesced_at = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    @property
    def configured(self) -> int:
        """The requests a second that may be sent at best."""
        return self._backoff.configured

    @property
    def in_force(self) -> float:
        """The requests a second that are allowed now: the configured ones, or fewer since the server throttled."""
        return self._backoff.rate(_now())

    @property
    def is_idle(self) -> bool:
        """Whether nothing would be lost with it: nobody waits, all permits are back, the rate is the configured one."""
        self._window.release_due(_now() + CLOCK_RESOLUTION)
        return not self._waiting and not self._window.in_use and not self._is_reduced

    def configure(self, requests_per_second: int) -> None:
        """Allow so many requests a second from now on. Permits in use stay so: a lower rate waits for them."""
        self._backoff.configure(requests_per_second)
        self._grant()

    def try_acquire(self) -> Permit | None:
        """Return a permit if one is free and nobody waits for it."""
        self._grant()
        return None if self._waiting or not self._is_free() else self._new_permit()

    async def acquire(self, flow: Hashable, deadline: float) -> Permit:
        """Wait for a permit; to be called before every attempt, repetitions too.

        `deadline` is a time of the running loop's clock; raises TimeoutError where no permit is free before it.
        """
        if _now() >= deadline:
            raise TimeoutError
        if permit := self.try_acquire():
            return permit
        waiter = self.enqueue(flow)
        try:
            async with asyncio.timeout_at(deadline):
                return await waiter
        except BaseException:
            self.leave(flow, waiter)
            raise

    def enqueue(self, flow: Hashable) -> asyncio.Future[Permit]:
        """Join the queue of a flow; what is returned gets the permit as its result. Call `leave` to give it up."""
        waiter: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._waiting.push(flow, waiter)
        self._wake_up_in_time()
        return waiter

    def leave(self, flow: Hashable, waiter: asyncio.Future[Permit]) -> None:
        """Leave a queue, and release the permit where one has been granted already."""
        if waiter.done() and not waiter.cancelled():
            waiter.result().release()
        else:
            self._waiting.discard(flow, waiter)

    def throttled(self) -> None:
        """Slow down: the server has refused a request for its rate."""
        self._backoff.throttled(_now())

    def release(self, was_sent: bool, round_trip: float | None) -> None:
        """Take a permit back, for Permit alone; `round_trip` is None where no answer came."""
        if was_sent:
            self._window.end(_now(), round_trip, self.configured)
            self._wake_up_in_time()
        else:
            self._window.put_back()
            self._next_at = -math.inf
            self._grant()

    @property
    def _permits(self) -> int:
        return max(1, int(self.in_force))

    @property
    def _is_reduced(self) -> bool:
        return self.in_force < self.configured

    def _is_free(self) -> bool:
        now = _now() + CLOCK_RESOLUTION
        return self._window.in_use < self._permits and now >= max(self._next_at, self._coalesced_at)

    def _new_permit(self) -> Permit:
        self._window.take()
        if self._is_reduced:
            self._next_at = _now() + self._backoff.pause(_now(), self._chance())
        return Permit(self)

    def _grant(self) -> None:
        """Set free what is due, and grant what is free to the flows that wait, in turn."""
        now = _now() + CLOCK_RESOLUTION
        release_times = self._window.release_times
        if self._window.in_use >= self._permits and release_times and release_times[0] <= now and not self._is_reduced:
            self._coalesced_at = coalesced_release(release_times)
        self._window.release_due(now)
        while self._waiting and self._is_free():
            waiter = self._waiting.pop()
            if not waiter.done():
                waiter.set_result(self._new_permit())
        self._wake_up_in_time()

    def _wake_up_in_time(self) -> None:
        """While someone waits, wake up when there may be a permit again; one timer serves all."""
        if not self._waiting:
            return
        if self._window.in_use < self._permits:
            at = max(self._next_at, self._coalesced_at)
        else:
            recovered = self._backoff.recovered_at(self._permits + 1) + CLOCK_RESOLUTION
            at = min([recovered, *self._window.release_times[:1]])
        if self._timer is not None and self._timer.when() > at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and at < math.inf:
            self._timer = asyncio.get_running_loop().call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._grant()


def _now() -> float:
    return asyncio.get_running_loop().time()
