"""Who works when: shifts of 8 hours, planned so that those on shift follow the daily curve."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate

from exporter.emulator.arrivals import CURVE_PEAK, SECONDS_PER_DAY, daily_curve

SLOT = 1800.0
"""Shifts begin and end on the half hour; times of day are counted in these slots of seconds."""

SLOTS_PER_DAY = int(SECONDS_PER_DAY / SLOT)
SLOTS_PER_SHIFT = 16

STAFF_PER_SESSION = 1.11
"""How many people on shift a session takes: some listen to a greeting, but there are breaks and after-call work."""

_SAFETY = 0.7
_GOLDEN_RATIO = (math.sqrt(5) - 1) / 2


def headcount(sessions: float, skill_groups: int = 1) -> int:
    """Return how many people are enough for the day's peak, at this mean number of sessions.

    The load at the peak, plus a share of the square root of each group's for the fluctuations (the square-root staffing
    rule), in shifts.
    """
    peak = sessions * CURVE_PEAK * STAFF_PER_SESSION
    return math.ceil((peak + _SAFETY * math.sqrt(peak * max(skill_groups, 1))) / CURVE_PEAK * _TEAM_BOUNDS[-1])


def team_of(index: int) -> int:
    """Return the slot of the day that the shift of the staff member with this index begins in."""
    # Multiples of the golden ratio fill the interval evenly however many there are, so a small staff is spread over
    # the teams as well as a large one, and hiring moves nobody.
    position = (index + 0.5) * _GOLDEN_RATIO % 1.0
    return bisect_right(_TEAM_BOUNDS, position * _TEAM_BOUNDS[-1])


def _team_sizes() -> list[float]:
    # Going through the day from its quietest slot on, a team begins wherever those already there are too few. The
    # second round knows what the first one's last shifts still cover.
    demand = [max(daily_curve(slot * SLOT), daily_curve((slot + 1) * SLOT)) for slot in range(SLOTS_PER_DAY)]
    quietest = demand.index(min(demand))
    sizes = [0.0] * SLOTS_PER_DAY
    for turn in range(2 * SLOTS_PER_DAY):
        slot = (quietest + turn) % SLOTS_PER_DAY
        present = sum(sizes[slot - earlier] for earlier in range(1, SLOTS_PER_SHIFT))
        sizes[slot] = max(0.0, demand[slot] - present)
    return sizes


_TEAM_BOUNDS = list(accumulate(_team_sizes()))
