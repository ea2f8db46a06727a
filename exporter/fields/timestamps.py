"""Times as the API gives them: in Unix seconds, as texts or numbers, or not at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from exporter.fields.texts import Scalar

LONGEST_TIMESTAMP = 40
"""Characters of a text that may be a timestamp."""
OLDEST_TIMESTAMP = 946_684_800.0
"""The beginning of 2000. Nothing that the API tells of is from before."""
MOST_AHEAD = 86_400.0
"""Seconds by which a timestamp may lie ahead of the server's clock."""
MOST_TIMESTAMPS = 8192


class Timestamps(dict[Scalar, float | None]):
    """Looks up the timestamp that a field stands for: `timestamps[field]`.

    Raises ValueError where it is none, and AbsurdTimestampError where it is from no time that can be. Those of an
    answer are mostly those of the one before.
    """

    latest = -math.inf
    """The latest time that a timestamp may be from."""

    def __missing__(self, field: Scalar) -> float | None:
        if len(self) >= MOST_TIMESTAMPS:
            self.clear()
        timestamp = read_timestamp(field)
        if timestamp is not None and not OLDEST_TIMESTAMP <= timestamp <= self.latest:
            # Not kept: it may be no longer absurd in time.
            raise AbsurdTimestampError
        self[field] = timestamp
        return timestamp

    def set_clock(self, server_time: float) -> None:
        """Set what the server's clock says, in Unix seconds."""
        latest = server_time + MOST_AHEAD
        if latest < self.latest - MOST_AHEAD / 2:
            # What is kept was looked at by a clock that was far ahead.
            self.clear()
        self.latest = latest


class AbsurdTimestampError(ValueError):
    """A timestamp is from before 2000, or more than a day ahead of the server's clock."""


def read_timestamp(value: Scalar) -> float | None:
    """Read a timestamp in Unix seconds.

    Zero and less stand for "not yet": nothing here is from 1970. Raises ValueError.
    """
    if isinstance(value, str):
        # Python would read 1_700 as a number.
        if "_" in value or len(value) > LONGEST_TIMESTAMP:
            raise ValueError
        value = value.strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except OverflowError:
        raise ValueError from None
    if math.isnan(seconds) or seconds == math.inf:
        raise ValueError
    return seconds if seconds > 0.0 else None


def check_absurd(absurd: Sequence[int], listed: int, what: str, place: str) -> None:
    """Refuse a list where a tenth has times that cannot be, so that something else is wrong than one of them.

    `absurd` are their places in a list of so many, `what` names what is listed, and `place` where the list stands. A
    single one among others is not a tenth. Raises ValueError.
    """
    if absurd and len(absurd) * 10 >= listed and (len(absurd) > 1 or listed == 1):
        raise ValueError(
            f"{len(absurd)} of {listed} {what} have times that cannot be, the first at `{place}[{absurd[0]}]`: not in"
            " Unix seconds?"
        )
