from __future__ import annotations

from random import Random

import pytest

from exporter.emulator.arrivals import CURVE_PEAK, SECONDS_PER_DAY, Arrivals, daily_curve

HOUR = 3600.0


def test_the_daily_curve_has_a_mean_of_one() -> None:
    minutes = range(24 * 60)
    assert sum(daily_curve(60.0 * minute) for minute in minutes) / len(minutes) == pytest.approx(1.0, abs=1e-3)


def test_the_daily_curve_peaks_by_day_dips_at_noon_and_sleeps_at_night() -> None:
    values = [daily_curve(60.0 * minute) for minute in range(24 * 60)]
    assert max(values) == pytest.approx(CURVE_PEAK)
    assert daily_curve(12.5 * HOUR) < 0.9 * min(daily_curve(11 * HOUR), daily_curve(15 * HOUR))
    assert daily_curve(4 * HOUR) < 0.2
    assert daily_curve(18 * HOUR) > 1.0


def test_the_daily_curve_is_at_its_mean_and_rising_at_half_past_eight() -> None:
    assert daily_curve(8.5 * HOUR) == pytest.approx(1.0, abs=0.05)
    assert daily_curve(8.25 * HOUR) < daily_curve(8.5 * HOUR) < daily_curve(8.75 * HOUR)


def test_the_daily_curve_goes_on_over_midnight() -> None:
    assert daily_curve(SECONDS_PER_DAY + HOUR) == daily_curve(HOUR)
    assert daily_curve(SECONDS_PER_DAY - 1) == pytest.approx(daily_curve(0), rel=0.01)


def test_calls_arrive_at_the_rate_of_littles_law() -> None:
    arrivals = Arrivals(Random(1), sessions=100.0, mean_time=200.0)
    time, count = 0.0, 0
    while time < 4 * HOUR:
        time += arrivals.next_candidate() or 0.0
        count += arrivals.is_arrival(8.5 * HOUR)
    assert count == pytest.approx(daily_curve(8.5 * HOUR) * 0.5 * 4 * HOUR, rel=0.05)


def test_nobody_calls_where_no_sessions_are_wanted() -> None:
    assert Arrivals(Random(1), sessions=0.0, mean_time=200.0).next_candidate() is None


def test_the_mean_time_follows_the_sessions_that_end() -> None:
    arrivals = Arrivals(Random(1), sessions=100.0, mean_time=200.0)
    for second in range(3600):
        arrivals.session_ended(float(second), 50.0)
    assert arrivals.mean_time == pytest.approx(50.0, rel=0.1)


def test_one_session_after_a_long_silence_does_not_count_for_all() -> None:
    arrivals = Arrivals(Random(1), sessions=1.0, mean_time=200.0)
    arrivals.session_ended(0.0, 200.0)
    arrivals.session_ended(1e6, 0.0)
    assert arrivals.mean_time == pytest.approx(196.0)
