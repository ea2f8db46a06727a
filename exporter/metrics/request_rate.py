"""How many requests went out lately."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

PERIOD = 60
"""Seconds that are looked back."""


class RequestRate:
    """Counts requests by the second. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: deque[tuple[int, int]] = deque(maxlen=PERIOD + 1)
        """The seconds in which there were requests, and how many; the latest last."""

    def count(self) -> None:
        """Count a request that goes out now."""
        second, requests = int(self._clock()), 1
        if self._seconds and self._seconds[-1][0] == second:
            requests += self._seconds.pop()[1]
        self._seconds.append((second, requests))

    @property
    def mean(self) -> float:
        """Requests a second, over the last minute."""
        return sum(self._recent()) / PERIOD

    @property
    def most(self) -> int:
        """Requests in the busiest second of the last minute."""
        return max(self._recent(), default=0)

    def _recent(self) -> list[int]:
        oldest = int(self._clock()) - PERIOD
        return [requests for second, requests in self._seconds if second > oldest]
