"""What clients can bring about as often as they like is not told as often."""

from __future__ import annotations

import time
from collections.abc import Callable

INTERVAL = 600.0
"""Seconds in which one thing is told once."""


class Seldom:
    """Remembers what has been told. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def is_due(self, what: str) -> bool:
        """Tell whether something, one of few, is to be told now; then it is taken to be told."""
        now = self._clock()
        if what in self._told and now - self._told[what] < INTERVAL:
            return False
        self._told[what] = now
        return True
