from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.schedules import Schedule

SHANGHAI, NEW_YORK, UTC = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
WEEKDAYS = (0, 1, 2, 3, 4)
OFFICE = Schedule(timezone=SHANGHAI, days=WEEKDAYS, from_=9 * 60, to=18 * 60)
NIGHT = Schedule(timezone=UTC, days=(4,), from_=22 * 60, to=6 * 60)


def at(text: str) -> float:
    """Return Unix seconds of a date with its offset; 2026-03-02 is a Monday."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-03-02T08:59:59+08:00", False),
        ("2026-03-02T09:00:00+08:00", True),
        ("2026-03-02T01:00:00+00:00", True),
        ("2026-03-06T17:59:59+08:00", True),
        ("2026-03-06T18:00:00+08:00", False),
        ("2026-03-07T12:00:00+08:00", False),
        ("2026-03-01T23:00:00-03:00", True),
    ],
)
def test_office_hours_go_by_the_clocks_of_their_zone(moment: str, on: bool) -> None:
    assert OFFICE.is_on(at(moment)) is on


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-03-06T21:59:59+00:00", False),
        ("2026-03-06T22:00:00+00:00", True),
        ("2026-03-07T00:00:00+00:00", True),
        ("2026-03-07T05:59:59+00:00", True),
        ("2026-03-07T06:00:00+00:00", False),
        ("2026-03-07T22:00:00+00:00", False),
        ("2026-03-06T03:00:00+00:00", False),
    ],
)
def test_over_midnight_the_days_are_those_on_which_it_begins(moment: str, on: bool) -> None:
    assert NIGHT.is_on(at(moment)) is on


def test_sunday_night_goes_on_into_monday() -> None:
    schedule = Schedule(timezone=UTC, days=(6,), from_=23 * 60, to=60)
    assert schedule.is_on(at("2026-03-02T00:30:00+00:00"))
    assert not schedule.is_on(at("2026-03-02T23:30:00+00:00"))


def test_to_midnight_is_to_the_end_of_the_day_either_way() -> None:
    for to in (0, 24 * 60):
        schedule = Schedule(timezone=UTC, days=(0,), from_=22 * 60, to=to)
        assert schedule.is_on(at("2026-03-02T23:59:59+00:00"))
        assert not schedule.is_on(at("2026-03-03T00:00:00+00:00"))


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        # Winter time is 5 hours behind UTC, summer time is 4: the same 9 o'clock comes an hour earlier.
        ("2026-03-06T13:59:59+00:00", False),
        ("2026-03-06T14:00:00+00:00", True),
        ("2026-03-09T12:59:59+00:00", False),
        ("2026-03-09T13:00:00+00:00", True),
    ],
)
def test_office_hours_move_with_daylight_saving(moment: str, on: bool) -> None:
    assert Schedule(timezone=NEW_YORK, days=WEEKDAYS, from_=9 * 60, to=17 * 60).is_on(at(moment)) is on


def test_an_hour_that_the_clocks_skip_is_not_there_and_one_shown_twice_is_there_twice() -> None:
    schedule = Schedule(timezone=NEW_YORK, from_=60, to=3 * 60)
    assert hours_on(schedule, at("2026-03-08T00:00:00-05:00")) == 1
    assert hours_on(schedule, at("2026-11-01T00:00:00-04:00")) == 3


def hours_on(schedule: Schedule, midnight: float) -> float:
    return sum(schedule.is_on(midnight + minute * 60) for minute in range(12 * 60)) / 60


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    begin=st.integers(0, 24 * 60 - 1),
    end=st.integers(0, 24 * 60),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_it_is_on_for_as_long_as_it_lasts_after_each_beginning(
    days: set[int], begin: int, end: int, moment: datetime
) -> None:
    """Told in another way: it is on where one of the last two days began a time that lasts until now."""
    schedule = Schedule(timezone=UTC, days=tuple(sorted(days)), from_=begin, to=end)
    length = timedelta(minutes=end - begin if end > begin else end - begin + 24 * 60)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    beginnings = [
        midnight - timedelta(days=back) + timedelta(minutes=begin)
        for back in (0, 1)
        if (midnight - timedelta(days=back)).weekday() in days
    ]
    expected = begin != end and any(start <= moment < start + length for start in beginnings)
    if begin != end:
        assert schedule.is_on(moment.replace(tzinfo=UTC).timestamp()) is expected
