from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sessions.drift import Drift
from exporter.sessions.overlap import best_overlap


@given(st.floats(-50, 50), st.floats(-5, 5))
def test_a_drift_that_grows_with_the_position_is_learned(constant: float, slope: float) -> None:
    drift = Drift()
    for position in range(0, 20_000, 400):
        drift.learn(position, 1.0, constant + slope * position / 1000)
    for position in (500, 9000, 19_000):
        expected = constant + slope * position / 1000
        # The ridge bends a straight line, near its ends by up to 0.43 slopes and 0.01 constants.
        assert drift.rate(position) == pytest.approx(expected, abs=2.7 + abs(expected) / 5)


def test_far_from_what_was_seen_no_rate_is_made_up() -> None:
    drift = Drift()
    for position in range(0, 1300, 25):
        drift.learn(position, 1.0, 2.5 * (position / 1000) ** 2)
    assert drift.rate(20_000) == drift.rate(1_000_000) < 20


def test_what_seemed_to_scatter_before_the_rate_was_known_is_forgotten() -> None:
    """With the newest first, all is pushed back by a hundred a second, and the first look at it is a surprise."""
    drift = Drift()
    for position in range(100, 2000, 50):
        drift.learn(position, 1.0, 110.0)
    assert drift.deviation(1000, 1.0, 0.0) < 15


def test_what_comes_of_a_view_at_an_uncertain_time_is_not_taken_for_chance() -> None:
    random, drift, blur = Random(2), Drift(), 0.03
    for position in range(100, 4000, 20):
        truly = random.gauss(0.0, 0.01)
        drift.learn(position, truly + random.gauss(0.0, blur), 110.0 * truly, blur)
        drift.learn(position, 1.0 + random.gauss(0.0, blur), 110.0, blur)
    assert drift.rate(2000) == pytest.approx(110, rel=0.05)
    assert drift.deviation(2000, 1.0, 0.0) < 15


def test_nothing_moves_until_something_has_been_seen_to() -> None:
    assert Drift().rate(5000) == 0.0


def test_two_calls_that_begin_at_nearly_the_same_time_make_no_drift_of_a_short_list() -> None:
    """Some two begin in a second there; in a list of thousands, it would be no surprise."""
    drifts = [Drift(400), Drift(20_000)]
    for drift in drifts:
        for position in range(0, 400, 25):
            drift.learn(position, 0.05, 2.0, 0.02)
    short, long = (drift.rate(200) for drift in drifts)
    assert 0.0 < short < 20.0 < long


def test_the_deviation_is_that_of_chance() -> None:
    """Sessions before a position end at random, each every three minutes on average."""
    random, drift = Random(1), Drift()
    for position in list(range(400, 20_000, 400)) * 4:
        ends = sum(random.random() < 1 / 180 for _ in range(position))
        drift.learn(position, 1.0, -ends)
    assert drift.rate(9000) == pytest.approx(-50, rel=0.1)
    assert drift.deviation(9000, 1.0, 0.0) == pytest.approx(math.sqrt(50), rel=0.3)
    assert drift.deviation(9000, 1.0, 0.5) > drift.deviation(9000, 1.0, 0.0) + 10


def test_what_is_remembered_yields_to_what_is_seen() -> None:
    drift = Drift()
    for position in range(0, 5000, 500):
        drift.learn(position, 1.0, 30.0)
    faded = drift.faded()
    assert faded.rate(2000) == pytest.approx(drift.rate(2000), rel=0.2)
    for _ in range(2):
        for position in range(0, 5000, 500):
            faded.learn(position, 1.0, -30.0)
    assert faded.rate(2000) < -10
    assert drift.rate(2000) > 25


def test_more_scatter_calls_for_more_overlap() -> None:
    overlaps = [best_overlap(1, deviation, is_urgent=False) for deviation in (0.0, 0.5, 1.0, 3.0, 8.0)]
    assert overlaps[0] == 2
    assert overlaps == sorted(overlaps)
    assert overlaps[-1] > 6
    assert best_overlap(1, 1e9, is_urgent=False) <= 2 + 20
    assert best_overlap(3, 1.0, is_urgent=True) > best_overlap(3, 1.0, is_urgent=False)
