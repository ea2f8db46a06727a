"""Simulated time, which may run faster than the wall clock or stand still."""

from __future__ import annotations

import time
from collections.abc import Callable


class SimulatedClock:
    """Counts from the whole second it was made in: simulated = start + (wall - wall at the start) * speed.

    It measures with a monotonic clock, so that nobody who sets the machine's clock disturbs the simulation.
    """

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin now; a `speed` of 0 freezes the time."""
        wall = time.time()
        self.start = int(wall)
        self._speed = speed
        self._monotonic = monotonic
        self._origin = monotonic() - wall % 1.0
        self._skipped = 0.0

    def now(self) -> float:
        """Return the simulated Unix time."""
        return self.start + (self._monotonic() - self._origin) * self._speed + self._skipped

    def skip(self, seconds: float) -> None:
        """Put the clock forward, even a frozen one."""
        self._skipped += seconds
