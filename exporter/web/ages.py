"""Times and ages in words for a person."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LONGEST_AGE = 100 * 365 * _DAY
"""Seconds; what is older tells of a clock that is wrong."""


def written_time(timestamp: float) -> str:
    """Return a time, given in Unix seconds, in UTC; any number can be shown."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OSError, OverflowError, ValueError):
        # No year of the calendar: this machine's clock can be anything.
        return f"{timestamp:g} s of Unix time"


def written_age(timestamp: float, now: float) -> str:
    """Return how long ago a time was, such as `12 s`; empty where it was not, as the clock may have been set back."""
    seconds = now - timestamp
    if not math.isfinite(seconds) or not -1 < seconds < _LONGEST_AGE:
        return ""
    return written_duration(max(0.0, seconds))


def written_duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `3 h 12 min`."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
