"""What the staff does beside talking: shifts, breaks, and the work after a call."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from exporter.emulator.durations import MEAN_HOLDING_TIME
from exporter.emulator.events import Events
from exporter.emulator.shifts import SLOT, SLOTS_PER_DAY
from exporter.emulator.staff import Staff, StaffMember
from exporter.emulator.statuses import START_OF_DAY, StaffStatus

MEAN_AFTER_CALL_WORK = 18.0
"""Mean time in seconds that the work after a talk takes."""

_AFTER_CALL_WORK = (5.0, 25.0)
_FORGOTTEN = (120.0, 600.0)
_FORGOTTEN_SHARE = 0.01
_MEAN_TIME_BETWEEN_BREAKS = 4500.0
_REST_SHARE = 2 / 3
_MEAN_REST = 600.0
_MEAN_NOT_READY = 240.0
_MEAN_BREAK = _REST_SHARE * _MEAN_REST + (1 - _REST_SHARE) * _MEAN_NOT_READY
_BREAKS_SHARE = _MEAN_BREAK / (_MEAN_BREAK + _MEAN_TIME_BETWEEN_BREAKS)
_RESTS_AMONG_BREAKS = _REST_SHARE * _MEAN_REST / _MEAN_BREAK
_LATELY = 120.0
_REASONS = ("meal", "coffee", "training")
_PAUSES = frozenset({StaffStatus.REST, StaffStatus.NOT_READY, StaffStatus.AFTER_CALL_WORK})
_AFTER_A_CALL = frozenset({StaffStatus.BUSY, StaffStatus.AFTER_CALL_WORK})


class Workday:
    """Moves the members of a staff from one status to the next, in the time that the events have."""

    def __init__(self, staff: Staff, events: Events, random: Random, freed: Callable[[StaffMember], None]) -> None:
        """Begin the day; `freed` is told of everybody who has become free."""
        self._staff = staff
        self._events = events
        self._random = random
        self._freed = freed
        self._break_is_scheduled = False
        events.schedule(-(events.now + START_OF_DAY) % SLOT, self._change_shifts)
        self._schedule_break()

    def hire(self, count: int) -> None:
        """Add people; whoever is on shift comes at once."""
        for member in self._staff.hire(count, self._events.now):
            self._freed(member)
        self._schedule_break()

    def call_ended(self, member: StaffMember, *, answered: bool) -> None:
        """Let a member go on after a call: home when the shift is over, else to the work that a talk leaves behind."""
        if not member.on_shift:
            self._staff.change_status(member, StaffStatus.OFFLINE, self._events.now)
        elif answered:
            self._begin_after_call_work(member)
        else:
            self._go_on(member)

    def find_breaks(self) -> None:
        """Find as many people on a break as are on one at any time. For the start."""
        for member in self._staff.free:
            if self._random.random() < _BREAKS_SHARE:
                is_rest = self._random.random() < _RESTS_AMONG_BREAKS
                mean = _MEAN_REST if is_rest else _MEAN_NOT_READY
                self._find(member, StaffStatus.REST if is_rest else StaffStatus.NOT_READY, mean)

    def find_after_call_work(self, skill_group: int) -> None:
        """Find somebody free of a group at the work that a talk left behind, as often as talks do. For the start."""
        if self._random.random() < MEAN_AFTER_CALL_WORK / MEAN_HOLDING_TIME:
            member = self._staff.longest_free(skill_group)
            if member is not None:
                self._find(member, StaffStatus.AFTER_CALL_WORK, MEAN_AFTER_CALL_WORK)

    def find_free(self) -> None:
        """Find those who are free to have been so for some time, one longer than the next. For the start."""
        free = self._staff.free
        for index, member in enumerate(free):
            self._staff.find(member, StaffStatus.FREE, self._events.now - _LATELY * (1 - index / len(free)))

    def _find(self, member: StaffMember, status: StaffStatus, mean: float) -> None:
        since = self._events.now - self._random.expovariate(1 / mean)
        self._staff.find(member, status, since)
        if status is StaffStatus.REST:
            member.reason = self._random.choice(_REASONS)
        self._events.schedule(self._random.expovariate(1 / mean), self._end_pause, member, member.timesheet.since)

    def _begin_after_call_work(self, member: StaffMember) -> None:
        forgotten = self._random.random() < _FORGOTTEN_SHARE
        duration = self._random.uniform(*(_FORGOTTEN if forgotten else _AFTER_CALL_WORK))
        self._pause(member, StaffStatus.AFTER_CALL_WORK, duration)

    def _begin_break(self, member: StaffMember, status: StaffStatus) -> None:
        is_rest = status is StaffStatus.REST
        self._pause(member, status, self._random.expovariate(1 / (_MEAN_REST if is_rest else _MEAN_NOT_READY)))
        if is_rest:
            member.reason = self._random.choice(_REASONS)

    def _pause(self, member: StaffMember, status: StaffStatus, duration: float) -> None:
        self._staff.change_status(member, status, self._events.now)
        self._events.schedule(duration, self._end_pause, member, self._events.now)

    def _end_pause(self, member: StaffMember, since: float) -> None:
        # Whose shift has ended meanwhile is offline, or even back at work.
        if member.status in _PAUSES and member.timesheet.since == since:
            self._go_on(member)

    def _go_on(self, member: StaffMember) -> None:
        reserved, member.reserved, member.reason = member.reserved, None, ""
        if reserved is not None:
            self._begin_break(member, reserved)
        else:
            self._staff.change_status(member, StaffStatus.FREE, self._events.now)
            self._freed(member)

    def _change_shifts(self) -> None:
        self._events.schedule(SLOT, self._change_shifts)
        slot = round((self._events.now + START_OF_DAY) / SLOT) % SLOTS_PER_DAY
        for member in self._staff.change_shifts(slot, self._events.now):
            self._freed(member)

    def _schedule_break(self) -> None:
        # One process for all, which picks somebody at random and passes over whoever is not at work: the same as a
        # process for each person, without an event of its own for each.
        if self._staff.members and not self._break_is_scheduled:
            self._break_is_scheduled = True
            rate = len(self._staff.members) / _MEAN_TIME_BETWEEN_BREAKS
            self._events.schedule(self._random.expovariate(rate), self._take_break)

    def _take_break(self) -> None:
        self._break_is_scheduled = False
        self._schedule_break()
        member = self._random.choice(self._staff.members)
        status = StaffStatus.REST if self._random.random() < _REST_SHARE else StaffStatus.NOT_READY
        if member.status is StaffStatus.FREE:
            self._begin_break(member, status)
        elif member.on_shift and member.status in _AFTER_A_CALL:
            member.reserved = status
