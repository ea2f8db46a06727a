from __future__ import annotations

from exporter.emulator.arrivals import CURVE_PEAK, daily_curve
from exporter.emulator.shifts import SLOT, SLOTS_PER_DAY, STAFF_PER_SESSION, headcount
from exporter.emulator.skill_groups import Membership
from exporter.emulator.staff import Staff
from exporter.emulator.statuses import START_OF_DAY


def test_enough_staff_is_on_shift_at_any_time_and_not_much_more_than_needed() -> None:
    sessions = 200.0
    staff = Staff(headcount(sessions), -START_OF_DAY, Membership(()))
    spare = []
    for slot in range(SLOTS_PER_DAY):
        staff.change_shifts(slot, slot * SLOT - START_OF_DAY)
        spare.append(staff.on_shift - sessions * daily_curve(slot * SLOT) * STAFF_PER_SESSION)
    assert min(spare) > -0.02 * sessions * CURVE_PEAK
    assert sum(spare) / len(spare) < 0.8 * sessions


def test_more_skill_groups_take_more_people() -> None:
    assert headcount(60, 0) == headcount(60, 1) < headcount(60, 3) < headcount(60, 500)
    assert headcount(0, 500) == 0
