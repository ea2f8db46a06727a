from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.emulator.rate import RateWindow, new_rate_limit


def test_a_fixed_second_starts_anew_at_the_whole_second() -> None:
    limit = new_rate_limit(RateWindow.FIXED, 2)
    assert [limit.admit(now) for now in (10.9, 10.95, 10.99, 11.0, 11.01, 11.5)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_sliding_second_ends_one_second_after_each_request() -> None:
    limit = new_rate_limit(RateWindow.SLIDING, 2)
    times = (10.9, 10.95, 10.99, 11.0, 11.89, 11.9, 11.91, 11.95)
    assert [limit.admit(now) for now in times] == [True, True, False, False, False, True, False, True]


@pytest.mark.parametrize("window", list(RateWindow))
def test_refused_requests_do_not_use_up_the_limit(window: RateWindow) -> None:
    limit = new_rate_limit(window, 1)
    assert limit.admit(0.0)
    assert not any(limit.admit(now / 100) for now in range(1, 100))
    assert limit.admit(1.0)


@given(st.lists(st.floats(0, 10), max_size=200), st.integers(1, 20))
def test_no_sliding_second_ever_admits_more_than_the_limit(times: list[float], maximum: int) -> None:
    limit = new_rate_limit(RateWindow.SLIDING, maximum)
    admitted = [now for now in sorted(times) if limit.admit(now)]
    for begin in admitted:
        # The same sum as the limit's own, so that rounding does not tell them apart.
        assert sum(begin <= now and now - 1.0 < begin for now in admitted) <= maximum


@given(st.lists(st.floats(0, 10), max_size=200), st.integers(1, 20))
def test_every_fixed_second_admits_up_to_the_limit(times: list[float], maximum: int) -> None:
    limit = new_rate_limit(RateWindow.FIXED, maximum)
    admitted = [now for now in sorted(times) if limit.admit(now)]
    for second in range(11):
        arrived = sum(int(now) == second for now in times)
        assert sum(int(now) == second for now in admitted) == min(arrived, maximum)
