"""The server's clock, as far as the `Date` of its responses tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import structlog

BELIEVED = 3600.0
"""Seconds by which a `Date` may be off. One that is off by more tells of a broken server, not of the time."""
TOLERATED = 60.0
"""Seconds by which the clocks may differ without it mattering to signatures, which are good for 5 minutes."""

_log = structlog.get_logger()


@lru_cache(maxsize=16)
def parse_date(header: str | None) -> float | None:
    """Return a `Date` header as Unix seconds, None where it is missing or makes no sense."""
    try:
        date = parsedate_to_datetime(header or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class ServerClock:
    """Follows the clock of one account's endpoint. All times are Unix seconds; `now` gives this machine's."""

    def __init__(self, now: Callable[[], float], account: str = "") -> None:
        self.offset = 0.0
        """Seconds by which this machine's clock is ahead of the server's, to within a second; 0 before any answer."""
        self._now = now
        self._account = account
        self._correction = 0.0
        self._told = 0.0

    def now(self) -> float:
        """Return the time to sign requests by: this machine's, or the server's where that has refused it."""
        return self._now() - self._correction

    def offset_from(self, date: float) -> float:
        """Return by how many seconds this machine's clock is ahead of a `Date`."""
        return self._now() - date

    def observe(self, date: float | None) -> float:
        """Take in the `Date` of an answer, None for none, and return the server's time.

        That is this machine's time where the date is missing or absurd.
        """
        here = self.now()
        if date is None or min(abs(here - date), abs(self._now() - date)) > BELIEVED:
            return here
        self.offset = self._now() - date
        if self._correction:
            self._correction = self.offset if abs(self.offset) > TOLERATED else 0.0
            if not self._correction:
                self._told = 0.0
                _log.info("this machine's clock agrees with the server's again", account=self._account)
        return date

    def refused(self, date: float, signed: float) -> None:
        """Take in that the server has refused a signature as expired: its `Date`, and the time that was signed.

        From then on the server's clock counts, unless what was refused was signed by that. Requests that were under way
        together may all be refused for the same clock.
        """
        offset = self._now() - date
        is_believable = abs(signed - date) > TOLERATED
        self._correction = offset if is_believable and abs(offset) > TOLERATED else 0.0
        self.offset = self._correction
        if self._correction and abs(self._correction - self._told) > TOLERATED:
            self._told = self._correction
            _log.warning(
                "this machine's clock is off; requests are signed by the server's clock",
                account=self._account,
                offset_seconds=round(offset),
                advice="set this machine's clock by NTP",
            )
