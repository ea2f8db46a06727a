from __future__ import annotations

import pytest

from exporter.metrics.request_rate import RequestRate


def test_requests_of_the_last_minute() -> None:
    now = 1000.5
    rate = RequestRate(lambda: now)
    assert (rate.mean, rate.most) == (0, 0)
    for _ in range(20):
        rate.count()
    now += 1
    for _ in range(10):
        rate.count()
    assert [rate.mean, rate.most] == pytest.approx([0.5, 20])
    now += 59
    assert [rate.mean, rate.most] == pytest.approx([10 / 60, 10])
    now += 1
    assert (rate.mean, rate.most) == (0, 0)


def test_hours_under_load_need_no_more_room_than_a_minute() -> None:
    now = 0.0
    rate = RequestRate(lambda: now)
    for _ in range(10_000):
        now += 0.5
        rate.count()
    assert [rate.mean, rate.most] == pytest.approx([2, 2], rel=0.02)
    assert len(rate._seconds) <= 61
