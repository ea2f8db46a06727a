"""Logs internal errors, and what clients provoke, at most once in ten minutes each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

_NO_DETAILS: Mapping[str, object] = {}

INTERVAL = 600.0
"""Seconds in which a thing is logged at most once."""


class RepeatFilter:
    """Remembers what was logged, and when. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[tuple[str, ...], float] = {}

    def is_due(self, *what: str) -> bool:
        """Return whether to log a thing now, and remember it as logged; there must be few different ones."""
        now = self._clock()
        if what in self._logged and now - self._logged[what] < INTERVAL:
            return False
        self._logged[what] = now
        return True


class InternalErrorLog:
    """Logs internal errors. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._filter = RepeatFilter(clock)

    def log(
        self, event: str, error: BaseException, details: Mapping[str, object] = _NO_DETAILS, **context: str
    ) -> None:
        """Log an error with its traceback, unless the same event with the same context was logged within the interval.

        `details` are logged too, but do not count. Never raises.
        """
        with suppress(Exception):
            if self._filter.is_due(event, *context.values()):
                structlog.get_logger().error(event, **context, **details, exc_info=error)
