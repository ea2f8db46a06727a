"""The staff of the simulated contact center: who is there, who is on shift, and who has been idle longest."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import accumulate

from exporter.emulator.arrivals import CURVE_PEAK, SECONDS_PER_DAY, daily_curve

SLOT = 1800.0
"""Shifts begin and end on the half hour; times of day are counted in these slots of seconds."""

SLOTS_PER_DAY = int(SECONDS_PER_DAY / SLOT)
SLOTS_PER_SHIFT = 16

_FIRST_NUMBER = 1001
_STAFFED_SHARE = 0.95
_SAFETY = 1.0
_GOLDEN_RATIO = (math.sqrt(5) - 1) / 2


@dataclass(slots=True, eq=False)
class StaffMember:
    """One person; `on_call` from the first ring to the end of the talk, which may last beyond the shift."""

    number: str
    email: str
    on_shift: bool = False
    on_call: bool = False


class Staff:
    """Everybody who works at the center, each in a team that begins its shift of 8 hours at the same time of day."""

    def __init__(self, size: int, slot: int) -> None:
        """Hire `size` people and put those on shift who work in this half hour of the day."""
        self.members: list[StaffMember] = []
        self._slot = slot
        self._teams: list[list[StaffMember]] = [[] for _ in range(SLOTS_PER_DAY)]
        self._idle: OrderedDict[StaffMember, None] = OrderedDict()
        self.hire(size)

    def hire(self, count: int) -> None:
        """Add people, spread over the teams so that those on shift follow the daily curve."""
        for index in range(len(self.members), len(self.members) + count):
            number = str(_FIRST_NUMBER + index)
            member = StaffMember(number, f"agent-{number}@example.com")
            team = _team_of(index)
            self.members.append(member)
            self._teams[team].append(member)
            if (self._slot - team) % SLOTS_PER_DAY < SLOTS_PER_SHIFT:
                self._begin_shift(member)

    def change_shifts(self, slot: int) -> None:
        """Let one team come and another one leave, as this half hour of the day begins."""
        self._slot = slot
        for member in self._teams[slot]:
            self._begin_shift(member)
        for member in self._teams[(slot - SLOTS_PER_SHIFT) % SLOTS_PER_DAY]:
            member.on_shift = False
            self._idle.pop(member, None)

    @property
    def on_shift(self) -> int:
        """How many people are on shift."""
        return sum(member.on_shift for member in self.members)

    @property
    def is_idle(self) -> bool:
        """Whether anybody is there to take a call."""
        return bool(self._idle)

    def take(self) -> StaffMember:
        """Return the member who has been idle longest, and who is on a call from now on.

        Raises KeyError when nobody is idle.
        """
        member, _ = self._idle.popitem(last=False)
        member.on_call = True
        return member

    def release(self, member: StaffMember) -> None:
        """Take a member off the call; whoever's shift is over goes home."""
        member.on_call = False
        if member.on_shift:
            self._idle[member] = None

    def _begin_shift(self, member: StaffMember) -> None:
        member.on_shift = True
        if not member.on_call:
            self._idle[member] = None


def headcount(sessions: float) -> int:
    """Return how many people are enough for the day's peak, at this mean number of sessions.

    The load at the peak, plus its square root for the fluctuations (the square-root staffing rule), in shifts.
    """
    peak = sessions * CURVE_PEAK * _STAFFED_SHARE
    return math.ceil((peak + _SAFETY * math.sqrt(peak)) / CURVE_PEAK * _TEAM_BOUNDS[-1])


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


def _team_of(index: int) -> int:
    # Multiples of the golden ratio fill the interval evenly however many there are, so a small staff is spread over
    # the teams as well as a large one, and hiring moves nobody.
    position = (index + 0.5) * _GOLDEN_RATIO % 1.0
    return bisect_right(_TEAM_BOUNDS, position * _TEAM_BOUNDS[-1])
