"""Skill groups: whom callers may ask for, and who of the staff belongs where."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

NO_GROUP = 0
"""The id that stands for the one queue of a center without skill groups; the API's ids are positive."""

MOST_SKILL_GROUPS = 500

_NAMES = ("billing", "technical", "general")
_FIRST_STEP = math.sqrt(3) - 1
_SECOND_STEP = math.sqrt(2) - 1


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """A queue and those who answer it.

    `callers` and `staff` are its shares of the callers and of the people, as weights beside those of the other groups:
    where the second one is much smaller, the group has too few people.
    """

    id: int
    name: str
    callers: float = 1.0
    staff: float = 1.0

    def __post_init__(self) -> None:
        if self.id < 1:
            raise ValueError(f"id of a skill group: found {self.id}, allowed: 1 or more")
        if not 0 < self.callers < math.inf or not 0 < self.staff < math.inf:
            raise ValueError(f"shares of skill group {self.id}: allowed: numbers above 0")


def default_skill_groups(count: int) -> tuple[SkillGroup, ...]:
    """Return so many groups of equal shares, with the ids from 1 on. Raises ValueError."""
    if not 0 <= count <= MOST_SKILL_GROUPS:
        raise ValueError(f"skill_groups: found {count}, allowed: 0 to {MOST_SKILL_GROUPS}")
    return tuple(
        SkillGroup(number, _NAMES[number - 1] if number <= len(_NAMES) else f"queue {number}")
        for number in range(1, count + 1)
    )


def check_skill_groups(groups: Sequence[SkillGroup]) -> None:
    """Check the groups of one center. Raises ValueError where there are too many, or two with the same id."""
    if len(groups) > MOST_SKILL_GROUPS:
        raise ValueError(f"skill_groups: found {len(groups)}, allowed: 0 to {MOST_SKILL_GROUPS}")
    ids = [group.id for group in groups]
    if len(set(ids)) < len(ids):
        raise ValueError(f"skill_groups: found the ids {ids}, allowed: different ids")


DEFAULT_SKILL_GROUPS = default_skill_groups(3)


class Membership:
    """Who belongs where: everybody to one group, every second person to another one as well."""

    def __init__(self, groups: Sequence[SkillGroup]) -> None:
        self.ids = tuple(group.id for group in groups) or (NO_GROUP,)
        self._callers = list(accumulate(group.callers for group in groups)) or [1.0]
        self._staff = list(accumulate(group.staff for group in groups)) or [1.0]
        self._last = len(self.ids) - 1

    @property
    def caller_shares(self) -> dict[int, float]:
        """The share of the callers that each group has; they add up to 1."""
        bounds = [0.0, *self._callers]
        return {
            group: (high - low) / bounds[-1] for group, low, high in zip(self.ids, bounds, bounds[1:], strict=False)
        }

    def chosen(self, random: Random) -> int:
        """Return the group that a caller asks for."""
        return self.ids[bisect_right(self._callers, random.random() * self._callers[-1], 0, self._last)]

    def of(self, index: int) -> tuple[int, ...]:
        """Return the groups of the staff member with this index, the first one being the main one."""
        # Multiples of an irrational number fill the interval evenly, whatever the number of people; those of different
        # roots have nothing to do with each other, nor with the golden ratio that the shifts go by.
        bounds, last = self._staff, self._last
        position = index + 0.5
        first = self.ids[bisect_right(bounds, position * _FIRST_STEP % 1.0 * bounds[-1], 0, last)]
        if index % 2:
            return (first,)
        second = self.ids[bisect_right(bounds, position * _SECOND_STEP % 1.0 * bounds[-1], 0, last)]
        return (first,) if first == second else (first, second)
