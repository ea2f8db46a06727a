from __future__ import annotations

import pytest

from exporter.emulator.arrivals import CURVE_PEAK, daily_curve
from exporter.emulator.staff import SLOT, SLOTS_PER_DAY, SLOTS_PER_SHIFT, Staff, headcount


def test_everybody_has_a_number_and_an_address_that_belongs_to_nobody() -> None:
    members = Staff(3, slot=0).members
    assert [member.number for member in members] == ["1001", "1002", "1003"]
    assert members[0].email == "agent-1001@example.com"


@pytest.mark.parametrize("size", [1, 7, 300])
def test_everybody_works_one_shift_of_eight_hours_a_day(size: int) -> None:
    staff = Staff(size, slot=0)
    slots_worked = [0] * size
    for slot in range(1, SLOTS_PER_DAY + 1):
        staff.change_shifts(slot % SLOTS_PER_DAY)
        for index, member in enumerate(staff.members):
            slots_worked[index] += member.on_shift
    assert slots_worked == [SLOTS_PER_SHIFT] * size


@pytest.mark.parametrize("slot", [0, 8, 17, 40])
def test_who_is_on_shift_does_not_depend_on_when_the_day_begins(slot: int) -> None:
    begun_here = Staff(100, slot)
    come_here = Staff(100, slot=slot - 1 if slot else SLOTS_PER_DAY - 1)
    come_here.change_shifts(slot)
    assert [member.on_shift for member in begun_here.members] == [member.on_shift for member in come_here.members]


def test_enough_staff_is_on_shift_at_any_time_and_not_much_more_than_needed() -> None:
    sessions = 200.0
    staff = Staff(headcount(sessions), slot=0)
    spare = []
    for slot in range(SLOTS_PER_DAY):
        staff.change_shifts(slot)
        spare.append(staff.on_shift - sessions * daily_curve(slot * SLOT) * 0.95)
    assert min(spare) > -0.02 * sessions * CURVE_PEAK
    assert sum(spare) / len(spare) < 0.7 * sessions


def test_hiring_changes_nobody_elses_shift() -> None:
    hired = Staff(20, slot=17)
    hired.hire(30)
    at_once = Staff(50, slot=17)
    assert [member.number for member in hired.members] == [member.number for member in at_once.members]
    assert [member.on_shift for member in hired.members] == [member.on_shift for member in at_once.members]


def test_the_call_goes_to_whoever_has_been_idle_longest() -> None:
    staff = Staff(60, slot=20)
    first, second = staff.take(), staff.take()
    staff.release(second)
    staff.release(first)
    taken = [staff.take() for _ in range(staff.on_shift)]
    assert taken[-2:] == [second, first]
    assert not staff.is_idle


def test_a_call_may_last_beyond_the_shift_and_then_its_member_goes_home() -> None:
    staff = Staff(1, slot=0)
    slot = 0
    while not staff.is_idle:
        slot += 1
        staff.change_shifts(slot)
    member = staff.take()
    for later in range(slot + 1, slot + SLOTS_PER_SHIFT + 1):
        staff.change_shifts(later % SLOTS_PER_DAY)
    assert (member.on_shift, member.on_call) == (False, True)
    staff.release(member)
    assert not staff.is_idle


def test_a_call_may_last_into_the_next_shift_of_its_member() -> None:
    staff = Staff(1, slot=20)
    for slot in range(21, 21 + SLOTS_PER_DAY):
        if staff.is_idle:
            break
        staff.change_shifts(slot % SLOTS_PER_DAY)
    member = staff.take()
    for later in range(slot, slot + SLOTS_PER_DAY):
        staff.change_shifts(later % SLOTS_PER_DAY)
    assert member.on_shift
    assert not staff.is_idle
