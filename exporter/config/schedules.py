"""Schedules: when in a week something is on, by the clocks of a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Annotated
from zoneinfo import ZoneInfo

from exporter.config.value_rules import DAYS, MINUTES_OF_DAY, days, time_of_day, time_zone


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """On from one time of day to another, in minutes since midnight, on some days of the week (0 is Monday).

    Where `to` comes before `from_`, it is on over midnight, and the days are those on which it begins. What counts is
    what the clocks show: an hour that they skip is not there, and one that they show twice is there twice.
    """

    timezone: Annotated[ZoneInfo, time_zone()]
    days: Annotated[tuple[int, ...], days()] = tuple(range(len(DAYS)))
    from_: Annotated[int, time_of_day(0, MINUTES_OF_DAY - 1)] = 0
    to: Annotated[int, time_of_day(0, MINUTES_OF_DAY)] = MINUTES_OF_DAY

    def is_on(self, at: float) -> bool:
        """Tell whether it is on at a time in Unix seconds."""
        clock = datetime.fromtimestamp(at, self.timezone)
        return self._is_on(clock.weekday(), clock.hour * 60 + clock.minute)

    def minutes(self) -> frozenset[tuple[int, int]]:
        """Return the minutes of a week in which it is on, each as a day of the week and a minute of that day."""
        return frozenset(at for at in product(range(len(DAYS)), range(MINUTES_OF_DAY)) if self._is_on(*at))

    def _is_on(self, day: int, minute: int) -> bool:
        if self.from_ < self.to:
            return day in self.days and self.from_ <= minute < self.to
        began_yesterday = (day - 1) % len(DAYS) in self.days and minute < self.to
        return began_yesterday or (day in self.days and minute >= self.from_)
