"""What a contact center is found to be at when it opens: as much as in the middle of any day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from exporter.emulator.durations import (
    HOLDING_MU,
    HOLDING_SIGMA,
    MEAN_PATIENCE,
    OUTBOUND_SHARE,
    TYPICAL_GREETING,
    TYPICAL_WAIT,
)
from exporter.emulator.skill_groups import Membership
from exporter.emulator.staff import StaffMember

_STAFF_PER_TALK = 1.1


@dataclass(frozen=True, slots=True)
class Found:
    """A session found under way: how many seconds ago it started, and how many it still talks, None if it waits.

    An outbound one belongs to no skill group, but to somebody of it.
    """

    age: float
    remaining: float | None
    skill_group: int
    outbound: bool


def find_sessions(sessions: int, free: Iterable[StaffMember], membership: Membership, random: Random) -> list[Found]:
    """Return so many sessions, oldest first, as they would be with these people at work."""
    served = _served_shares(sessions, free, membership)
    found = [_find(membership.chosen(random), served, random) for _ in range(sessions)]
    return sorted(found, key=lambda session: session.age, reverse=True)


def _served_shares(sessions: int, free: Iterable[StaffMember], membership: Membership) -> dict[int, float]:
    # Whoever of the callers of a group exceeds its people waits, and leaves after a patience as long as a talk. Those
    # who belong to several groups are where they are needed most.
    needed = {group: share * sessions * _STAFF_PER_TALK for group, share in membership.caller_shares.items()}
    missing = dict(needed)
    for member in sorted(free, key=lambda member: len(member.skill_groups)):
        missing[max(member.skill_groups, key=missing.__getitem__)] -= 1
    return {group: 1.0 - max(missing[group], 0.0) / needed[group] if needed[group] else 1.0 for group in needed}


def _find(skill_group: int, served: Mapping[int, float], random: Random) -> Found:
    share = served[skill_group]
    if random.random() < share:
        return _talk_under_way(skill_group, random, may_be_outbound=share == 1.0)
    # Where a share of the callers gives up, a queue is as long as it takes for so many to lose their patience.
    waited = -MEAN_PATIENCE * math.log(1.0 - random.random() * (1.0 - share))
    return Found(TYPICAL_GREETING + waited, None, skill_group, outbound=False)


def _talk_under_way(skill_group: int, random: Random, *, may_be_outbound: bool) -> Found:
    # A talk found under way at a random moment is longer than most (the inspection paradox): a log-normal length
    # weighted by itself has a mu that is larger by sigma squared, and any moment of it is equally likely.
    length = random.lognormvariate(HOLDING_MU + HOLDING_SIGMA**2, HOLDING_SIGMA)
    spoken = random.random() * length
    outbound = may_be_outbound and random.random() < OUTBOUND_SHARE
    return Found(TYPICAL_WAIT + spoken, length - spoken, skill_group, outbound)
