"""What is told of faults of the exporter itself: each at once, and again no sooner than after ten minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import structlog

INTERVAL = 600.0
"""Seconds in which a fault is told once, however often it strikes: its traceback is long."""


class FaultLog:
    """Logs faults. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, ...], float] = {}

    def tell(self, event: str, error: BaseException, **context: str) -> None:
        """Log an error with its traceback, where this event has not been told of this context lately. Never raises."""
        with suppress(Exception):
            now, key = self._clock(), (event, *context.values())
            if key in self._told and now - self._told[key] < INTERVAL:
                return
            self._told[key] = now
            structlog.get_logger().error(event, **context, exc_info=error)
