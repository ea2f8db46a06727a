"""The staff of the simulated contact center: who is there, what they do, and who has been free longest."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from exporter.emulator.arrivals import SECONDS_PER_DAY
from exporter.emulator.shifts import SLOT, SLOTS_PER_DAY, SLOTS_PER_SHIFT, team_of
from exporter.emulator.skill_groups import Membership
from exporter.emulator.statuses import START_OF_DAY, StaffStatus, Timesheet

_FIRST_NUMBER = 1001
_SHIFT = SLOTS_PER_SHIFT * SLOT


@dataclass(slots=True, eq=False)
class StaffMember:
    """One person. A call may last beyond the shift.

    `reserved` is what follows the call or the after-call work of now: a break, or time not ready. `reason` is that of
    the break.
    """

    number: str
    email: str
    skill_groups: tuple[int, ...] = ()
    on_shift: bool = False
    timesheet: Timesheet = field(default_factory=Timesheet, repr=False)
    reserved: StaffStatus | None = None
    reason: str = ""

    @property
    def status(self) -> StaffStatus:
        """What the person is doing."""
        return self.timesheet.status

    @property
    def on_call(self) -> bool:
        """Whether the person is on a call, from the first ring to the end of the talk."""
        return self.timesheet.status is StaffStatus.BUSY


class Staff:
    """Everybody who works at the center, each in a team that begins its shift of 8 hours at the same time of day.

    `on_shift` is how many people are on shift.
    """

    def __init__(self, size: int, now: float, membership: Membership) -> None:
        """Hire `size` people long ago; those work now whose shift it is. `now` counts from the start of the center."""
        self.members: list[StaffMember] = []
        self.on_shift = 0
        self._membership = membership
        self._teams: list[list[StaffMember]] = [[] for _ in range(SLOTS_PER_DAY)]
        self._free: OrderedDict[StaffMember, None] = OrderedDict()
        self._free_in: dict[int, OrderedDict[StaffMember, None]] = {group: OrderedDict() for group in membership.ids}
        for index in range(size):
            team = team_of(index)
            shift_began = now - _time_since(team, now)
            shift_ends = shift_began + _SHIFT
            if now < shift_ends:
                self._put_free(self._add(index, team, Timesheet(StaffStatus.FREE, now, shift_began), on_shift=True))
            else:
                self._add(index, team, Timesheet(StaffStatus.OFFLINE, shift_ends, shift_began), on_shift=False)

    def hire(self, count: int, now: float) -> list[StaffMember]:
        """Add people, spread over the teams as all are; return those who come at once, and are free."""
        come = []
        for index in range(len(self.members), len(self.members) + count):
            team = team_of(index)
            on_shift = _time_since(team, now) < _SHIFT
            member = self._add(index, team, Timesheet(StaffStatus.OFFLINE, now), on_shift=on_shift)
            if on_shift:
                self.change_status(member, StaffStatus.FREE, now)
                come.append(member)
        return come

    def change_shifts(self, slot: int, now: float) -> list[StaffMember]:
        """Let one team come and another one leave, as this half hour of the day begins; return those who come free."""
        for member in self._teams[(slot - SLOTS_PER_SHIFT) % SLOTS_PER_DAY]:
            self.on_shift -= member.on_shift
            member.on_shift = False
            member.reserved = None
            member.reason = ""
            if not member.on_call:
                self.change_status(member, StaffStatus.OFFLINE, now)
        come = []
        for member in self._teams[slot]:
            self.on_shift += not member.on_shift
            member.on_shift = True
            if not member.on_call:
                self.change_status(member, StaffStatus.FREE, now)
                come.append(member)
        return come

    @property
    def free(self) -> list[StaffMember]:
        """Those who are free, the longest free one first."""
        return list(self._free)

    def statuses(self, skill_group: int | None = None) -> Counter[StaffStatus]:
        """Return the number of people in each status, of a skill group or of all."""
        return Counter(
            member.status for member in self.members if skill_group is None or skill_group in member.skill_groups
        )

    def longest_free(self, skill_group: int | None = None) -> StaffMember | None:
        """Return who has been free longest, of a skill group or of all; None when nobody is."""
        return next(iter(self._free if skill_group is None else self._free_in[skill_group]), None)

    def change_status(self, member: StaffMember, status: StaffStatus, now: float) -> None:
        """Let a member go over to another status."""
        timesheet = member.timesheet
        if timesheet.status is StaffStatus.FREE:
            self._take_from_free(member)
        timesheet.change(status, now)
        if status is StaffStatus.FREE:
            self._put_free(member)

    def find(self, member: StaffMember, status: StaffStatus, since: float) -> None:
        """Find a member who has been free in another status, since a time in the past but no earlier than the shift.

        For the start, where a day is found under way.
        """
        self._take_from_free(member)
        online_since = member.timesheet.online_since
        member.timesheet = Timesheet(status, since if online_since is None else max(since, online_since), online_since)
        if status is StaffStatus.FREE:
            self._put_free(member)

    def _put_free(self, member: StaffMember) -> None:
        self._free[member] = None
        for group in member.skill_groups:
            self._free_in[group][member] = None

    def _take_from_free(self, member: StaffMember) -> None:
        del self._free[member]
        for group in member.skill_groups:
            del self._free_in[group][member]

    def _add(self, index: int, team: int, timesheet: Timesheet, *, on_shift: bool) -> StaffMember:
        number = str(_FIRST_NUMBER + index)
        groups = self._membership.of(index)
        member = StaffMember(number, f"agent-{number}@example.com", groups, on_shift, timesheet)
        self.on_shift += on_shift
        self.members.append(member)
        self._teams[team].append(member)
        return member


def _time_since(team: int, now: float) -> float:
    """Return how long ago the shift of a team last began."""
    return (now + START_OF_DAY - team * SLOT) % SECONDS_PER_DAY
