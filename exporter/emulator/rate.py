"""The API's rate limit: so many requests a second, counted as they arrive."""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum
from typing import Protocol


class RateWindow(StrEnum):
    """What a second is, which the API does not document."""

    FIXED = "fixed"
    SLIDING = "sliding"


class RateLimit(Protocol):
    """Decides request by request, on any clock that does not go back."""

    def admit(self, now: float) -> bool:
        """Count a request that arrives at `now` (seconds) and say whether it is within the limit.

        A request refused does not use up the limit.
        """
        ...


class FixedWindow:
    """So many requests in each whole second of the clock."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._second = -math.inf
        self._admitted = 0

    def admit(self, now: float) -> bool:
        """Admit the request unless its second is used up."""
        second = math.floor(now)
        if second != self._second:
            self._second = second
            self._admitted = 0
        if self._admitted >= self._limit:
            return False
        self._admitted += 1
        return True


class SlidingWindow:
    """So many requests in any second, wherever it begins."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._admitted: deque[float] = deque()

    def admit(self, now: float) -> bool:
        """Admit the request unless as many as the limit were admitted within the last second."""
        while self._admitted and self._admitted[0] <= now - 1.0:
            self._admitted.popleft()
        if len(self._admitted) >= self._limit:
            return False
        self._admitted.append(now)
        return True


def new_rate_limit(window: RateWindow, limit: int) -> RateLimit:
    """Return a limit of so many requests per second of this kind."""
    return FixedWindow(limit) if window is RateWindow.FIXED else SlidingWindow(limit)
