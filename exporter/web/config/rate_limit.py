"""Limits of requests: what is too much is refused, or spread over time."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Lets `burst` requests through at once, and another one every `interval` seconds; `clock` gives seconds."""

    def __init__(self, interval: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock()

    def take(self) -> bool:
        """Tell whether a request may go through, which then counts."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) / self._interval)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Pacer:
    """Spreads answers: `burst` may go at once, and `rate` of them in each second; `clock` gives seconds."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / rate
        self._ahead = burst / rate
        self._clock = clock
        self._next = clock()

    def delay(self) -> float:
        """Return the seconds that the next answer is to be held back."""
        now = self._clock()
        self._next = max(self._next, now - self._ahead) + self._interval
        return max(0.0, self._next - now)
