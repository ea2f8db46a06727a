"""By how many sessions neighboring pages should overlap."""

from __future__ import annotations

import math
from functools import lru_cache

from exporter.sessions.proof import WITNESS

COST_OF_A_GAP = 25.0
"""What a gap costs, in sessions: the page that mends it."""
WIDE_GAP = 16.0
"""At a deviation of so many sessions, gaps are so wide that one costs twice as much."""
COST_OF_TIME = 1000.0
"""The same where a gap costs time above all, as in a list that is read in one burst."""
MOST_SPARE = 20
MANY = 100.0
"""So many events are as good as normally distributed."""


@lru_cache(maxsize=4096)
def best_overlap(needed: int, deviation: float, *, is_urgent: bool) -> int:
    """Return the overlap to aim at where a join needs so many sessions, and positions are predicted with a standard
    deviation of so many.

    Every session to spare costs one of each page, every gap a whole page. The best is where the two together are
    least, as with a news vendor's stock. It `is_urgent` where a gap costs not only a page.
    """
    cost = COST_OF_TIME if is_urgent else COST_OF_A_GAP * (1.0 + deviation / WIDE_GAP)
    spare = min(range(MOST_SPARE), key=lambda spare: spare + cost * _chance_beyond(spare, deviation))
    return max(WITNESS, needed + spare)


def _chance_beyond(spare: int, deviation: float) -> float:
    """Return the chance that a shift is larger by more than `spare` sessions than it was predicted.

    Many events add up to a normal distribution; where hardly any are expected, Poisson's has the longer tail.
    """
    normal = 0.5 * math.erfc((spare + 0.5) / (max(deviation, 1e-9) * math.sqrt(2.0)))
    events = deviation * deviation / 2.0
    if events > MANY:
        return normal
    return max(normal, math.exp(-events) * events ** (spare + 1) / math.factorial(spare + 1))
