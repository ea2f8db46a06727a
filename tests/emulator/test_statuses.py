from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.emulator.arrivals import SECONDS_PER_DAY
from exporter.emulator.statuses import START_OF_DAY, StaffStatus, Timesheet

MIDNIGHT = SECONDS_PER_DAY - START_OF_DAY
"""The first one after the start."""


def begin_day(at: float) -> Timesheet:
    timesheet = Timesheet(StaffStatus.OFFLINE, at)
    timesheet.change(StaffStatus.FREE, at)
    return timesheet


def test_durations_are_those_of_the_statuses() -> None:
    timesheet = begin_day(100.0)
    timesheet.change(StaffStatus.BUSY, 160.0)
    timesheet.change(StaffStatus.AFTER_CALL_WORK, 400.0)
    timesheet.change(StaffStatus.FREE, 420.0)
    timesheet.change(StaffStatus.REST, 430.0)
    assert timesheet.durations(440.0) == {
        StaffStatus.FREE: 70.0,
        StaffStatus.BUSY: 240.0,
        StaffStatus.REST: 10.0,
        StaffStatus.NOT_READY: 0.0,
        StaffStatus.AFTER_CALL_WORK: 20.0,
    }
    assert (timesheet.status, timesheet.since, timesheet.online_since) == (StaffStatus.REST, 430.0, 100.0)


def test_asking_changes_nothing() -> None:
    timesheet = begin_day(0.0)
    assert timesheet.durations(10.0) == timesheet.durations(10.0)
    timesheet.change(StaffStatus.BUSY, 20.0)
    assert timesheet.durations(25.0) == timesheet.durations(25.0)
    assert timesheet.durations(25.0)[StaffStatus.FREE] == 20.0


def test_time_offline_counts_for_nothing() -> None:
    timesheet = begin_day(0.0)
    timesheet.change(StaffStatus.OFFLINE, 10.0)
    assert sum(timesheet.durations(5000.0).values()) == 10.0
    timesheet.change(StaffStatus.FREE, 5000.0)
    assert sum(timesheet.durations(5001.0).values()) == 11.0
    assert timesheet.online_since == 5000.0


def test_days_begin_at_midnight_from_nothing() -> None:
    timesheet = begin_day(MIDNIGHT - 100)
    timesheet.change(StaffStatus.BUSY, MIDNIGHT - 60)
    assert timesheet.durations(MIDNIGHT - 1)[StaffStatus.FREE] == 40.0
    assert timesheet.durations(MIDNIGHT + 5) == {
        **dict.fromkeys(timesheet.durations(0.0), 0.0),
        StaffStatus.BUSY: 5.0,
    }
    timesheet.change(StaffStatus.FREE, MIDNIGHT + 10)
    assert timesheet.durations(MIDNIGHT + 30) == {
        **dict.fromkeys(timesheet.durations(0.0), 0.0),
        StaffStatus.BUSY: 10.0,
        StaffStatus.FREE: 20.0,
    }
    assert timesheet.online_since == MIDNIGHT - 100


@pytest.mark.parametrize("status", [StaffStatus.BUSY, StaffStatus.OFFLINE])
def test_a_shift_found_under_way_has_been_a_typical_one(status: StaffStatus) -> None:
    found = Timesheet(status, since=-600.0, online_since=-7200.0)
    durations = found.durations(-600.0)
    assert sum(durations.values()) == pytest.approx(6600.0)
    assert min(durations.values()) > 0
    assert max(durations, key=lambda status: durations[status]) is StaffStatus.BUSY


def test_of_a_shift_found_under_way_only_the_part_since_midnight_counts() -> None:
    found = Timesheet(StaffStatus.OFFLINE, since=3600.0 - START_OF_DAY, online_since=-START_OF_DAY - 9999.0)
    assert sum(found.durations(0.0).values()) == pytest.approx(3600.0)


@given(
    st.lists(st.tuples(st.floats(0.0, 60_000.0), st.sampled_from(list(StaffStatus))), max_size=40),
    st.floats(0.0, 60_000.0),
)
def test_durations_add_up_to_the_time_online_since_midnight(
    changes: list[tuple[float, StaffStatus]], last: float
) -> None:
    now = 0.0
    timesheet = begin_day(now)
    stretches: list[tuple[float, float]] = []
    for delay, status in changes:
        if timesheet.status is not StaffStatus.OFFLINE:
            stretches.append((now, now + delay))
        now += delay
        timesheet.change(status, now)
    if timesheet.status is not StaffStatus.OFFLINE:
        stretches.append((now, now + last))
    now += last
    midnight = now - (now + START_OF_DAY) % SECONDS_PER_DAY
    online = sum(max(end - max(begin, midnight), 0.0) for begin, end in stretches)
    assert sum(timesheet.durations(now).values()) == pytest.approx(online, abs=1e-3)
