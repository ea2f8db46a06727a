from __future__ import annotations

import pytest

from exporter.emulator.shifts import SLOT, SLOTS_PER_DAY, SLOTS_PER_SHIFT
from exporter.emulator.skill_groups import NO_GROUP, Membership, default_skill_groups
from exporter.emulator.staff import Staff, StaffMember
from exporter.emulator.statuses import START_OF_DAY, StaffStatus

MIDNIGHT = -START_OF_DAY


def staff_of(size: int, slot: int = 0, skill_groups: int = 0) -> Staff:
    return Staff(size, MIDNIGHT + slot * SLOT, Membership(default_skill_groups(skill_groups)))


def let_begin(staff: Staff, slot: int) -> list[StaffMember]:
    return staff.change_shifts(slot % SLOTS_PER_DAY, MIDNIGHT + slot * SLOT)


def begin_call(staff: Staff, now: float = MIDNIGHT) -> StaffMember:
    member = staff.longest_free()
    assert member is not None
    staff.change_status(member, StaffStatus.BUSY, now)
    return member


def test_everybody_has_a_number_and_an_address_that_belongs_to_nobody() -> None:
    members = staff_of(3).members
    assert [member.number for member in members] == ["1001", "1002", "1003"]
    assert members[0].email == "agent-1001@example.com"


@pytest.mark.parametrize("size", [1, 7, 300])
def test_everybody_works_one_shift_of_eight_hours_a_day(size: int) -> None:
    staff = staff_of(size)
    slots_worked = [0] * size
    for slot in range(1, SLOTS_PER_DAY + 1):
        let_begin(staff, slot)
        for index, member in enumerate(staff.members):
            slots_worked[index] += member.on_shift
            assert member.on_shift == (member.status is StaffStatus.FREE)
    assert slots_worked == [SLOTS_PER_SHIFT] * size


@pytest.mark.parametrize("slot", [0, 8, 17, 40])
def test_who_is_on_shift_does_not_depend_on_when_the_day_begins(slot: int) -> None:
    begun_here = staff_of(100, slot)
    come_here = staff_of(100, slot - 1)
    let_begin(come_here, slot)
    assert [member.on_shift for member in begun_here.members] == [member.on_shift for member in come_here.members]


@pytest.mark.parametrize("slot", [0, 8, 17, 40])
def test_who_is_found_at_work_came_when_the_shift_began(slot: int) -> None:
    begun_here = staff_of(100, slot)
    watched = staff_of(100, slot - SLOTS_PER_DAY)
    for later in range(slot - SLOTS_PER_DAY + 1, slot + 1):
        let_begin(watched, later)
    for found, seen in zip(begun_here.members, watched.members, strict=True):
        assert found.timesheet.online_since == seen.timesheet.online_since
        assert found.status is seen.status
        if found.status is StaffStatus.OFFLINE:
            assert found.timesheet.since == seen.timesheet.since


def test_hiring_changes_nobody_elses_shift() -> None:
    hired = staff_of(20, slot=17)
    hired.hire(30, MIDNIGHT + 17 * SLOT)
    at_once = staff_of(50, slot=17)
    assert [member.number for member in hired.members] == [member.number for member in at_once.members]
    assert [member.on_shift for member in hired.members] == [member.on_shift for member in at_once.members]


def test_who_has_been_free_longest_comes_first() -> None:
    staff = staff_of(60, slot=20)
    first, second = begin_call(staff), begin_call(staff)
    staff.change_status(second, StaffStatus.FREE, 0.0)
    staff.change_status(first, StaffStatus.FREE, 0.0)
    assert staff.free[-2:] == [second, first]
    taken = [begin_call(staff) for _ in range(staff.on_shift)]
    assert taken[-2:] == [second, first]
    assert staff.longest_free() is None


def test_who_has_been_free_longest_of_a_skill_group_belongs_to_it() -> None:
    staff = staff_of(90, slot=20, skill_groups=3)
    for group in (1, 2, 3):
        expected = [member for member in staff.free if group in member.skill_groups]
        assert len(expected) > 5
        for member in expected:
            assert staff.longest_free(group) is member
            staff.change_status(member, StaffStatus.REST, 0.0)
        assert staff.longest_free(group) is None
    assert staff.free == []


def test_without_skill_groups_everybody_serves_the_one_queue() -> None:
    staff = staff_of(60, slot=20)
    assert {member.skill_groups for member in staff.members} == {(NO_GROUP,)}
    assert staff.longest_free(NO_GROUP) is staff.longest_free()


def test_a_call_may_last_beyond_the_shift() -> None:
    staff = staff_of(1)
    slot = 0
    while staff.longest_free() is None:
        slot += 1
        let_begin(staff, slot)
    member = begin_call(staff)
    for later in range(slot + 1, slot + SLOTS_PER_SHIFT + 1):
        let_begin(staff, later)
    assert (member.on_shift, member.on_call) == (False, True)


def test_a_call_may_last_into_the_next_shift_of_its_member() -> None:
    staff = staff_of(1, slot=20)
    slot = 20
    while staff.longest_free() is None:
        slot += 1
        let_begin(staff, slot)
    member = begin_call(staff)
    for later in range(slot + 1, slot + SLOTS_PER_DAY + 1):
        assert let_begin(staff, later) == []
    assert (member.on_shift, member.on_call) == (True, True)
    assert staff.longest_free() is None


def test_whose_shift_ends_on_a_break_goes_home() -> None:
    staff = staff_of(1, slot=20)
    slot = 20
    while staff.longest_free() is None:
        slot += 1
        let_begin(staff, slot)
    (member,) = staff.members
    staff.change_status(member, StaffStatus.REST, 0.0)
    for later in range(slot + 1, slot + SLOTS_PER_SHIFT + 1):
        let_begin(staff, later)
    assert member.status is StaffStatus.OFFLINE
