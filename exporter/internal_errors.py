"""What is logged once in ten minutes, however often it happens: faults of the exporter, and what clients provoke."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

_NO_DETAILS: Mapping[str, object] = {}

INTERVAL = 600.0
"""Seconds in which one thing is logged once."""


class RepeatFilter:
    """Remembers what was logged. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[tuple[str, ...], float] = {}

    def is_due(self, *what: str) -> bool:
        """Tell whether something, one of few, is to be logged now; then it is taken to be logged."""
        now = self._clock()
        if what in self._logged and now - self._logged[what] < INTERVAL:
            return False
        self._logged[what] = now
        return True


class InternalErrorLog:
    """Logs faults. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._filter = RepeatFilter(clock)

    def log(
        self, event: str, error: BaseException, details: Mapping[str, object] = _NO_DETAILS, **context: str
    ) -> None:
        """Log an error with its traceback, unless this event was logged of this context lately. Never raises.

        `details` are logged as well, and may be others each time.
        """
        with suppress(Exception):
            if self._filter.is_due(event, *context.values()):
                structlog.get_logger().error(event, **context, **details, exc_info=error)
