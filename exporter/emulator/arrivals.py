"""When calls come: a Poisson process whose rate follows the time of day and holds a mean number of sessions."""

from __future__ import annotations

from random import Random

SECONDS_PER_DAY = 86_400.0

_NIGHT = (0.25, 0.18, 0.14, 0.12, 0.12, 0.15, 0.25, 0.42)  # 00:00 to 07:00
_DAY = (0.60, 1.24, 1.80, 1.85, 1.50, 1.50, 1.80, 1.85)  # 08:00 to 15:00
_EVENING = (1.75, 1.50, 1.20, 1.10, 1.00, 0.80, 0.55, 0.38)  # 16:00 to 23:00
_HOURLY = (*_NIGHT, *_DAY, *_EVENING)
_MEAN = sum(_HOURLY) / len(_HOURLY)

CURVE_PEAK = max(_HOURLY) / _MEAN
"""The highest value of the daily curve."""

_MEMORY_SECONDS = 900.0
_MEMORY_SESSIONS = 50


def daily_curve(time_of_day: float) -> float:
    """Return the load at a time of day (seconds since midnight, any number of days on), as a multiple of its mean.

    Straight lines between the hours: quiet nights, a steep morning, a dip at noon, and a long evening.
    """
    hour, fraction = divmod(time_of_day / 3600.0, 1.0)
    before = _HOURLY[int(hour) % 24]
    after = _HOURLY[(int(hour) + 1) % 24]
    return (before + (after - before) * fraction) / _MEAN


class Arrivals:
    """The arrival process: thinning, with the rate of Little's law.

    By Little's law a list holds as many sessions as arrive in the mean time that one stays. That time depends on the
    staff and on the load, so it is measured: `session_ended` keeps a mean that forgets within a quarter of an hour.
    """

    def __init__(self, random: Random, sessions: float, mean_time: float) -> None:
        """Aim at a mean number of sessions, expecting each to stay `mean_time` seconds at first."""
        self.sessions = sessions
        self.mean_time = mean_time
        self._random = random
        self._last_end: float | None = None

    def next_candidate(self) -> float | None:
        """Return the seconds to the next possible arrival, or None when nobody ever calls."""
        rate = self.sessions * CURVE_PEAK / self.mean_time
        return self._random.expovariate(rate) if rate > 0 else None

    def is_arrival(self, time_of_day: float) -> bool:
        """Decide whether a possible arrival at this time of day is one."""
        return self._random.random() * CURVE_PEAK < daily_curve(time_of_day)

    def session_ended(self, now: float, duration: float) -> None:
        """Learn from a session that stayed `duration` seconds."""
        gap = 0.0 if self._last_end is None else now - self._last_end
        self._last_end = now
        self.mean_time += (duration - self.mean_time) * min(gap / _MEMORY_SECONDS, 1 / _MEMORY_SESSIONS)
