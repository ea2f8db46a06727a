from __future__ import annotations

from exporter.web.config.rate_limit import Pacer, TokenBucket


def test_a_burst_and_then_one_in_each_interval() -> None:
    now = 100.0
    bucket = TokenBucket(2.0, 3, lambda: now)
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    now += 1.9
    assert not bucket.take()
    now += 0.2
    assert [bucket.take(), bucket.take()] == [True, False]
    now += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_what_is_too_much_is_spread_over_time() -> None:
    now = 100.0
    pacer = Pacer(10.0, 2, lambda: now)
    now += 1000
    assert [round(pacer.delay(), 6) for _ in range(5)] == [0.0, 0.0, 0.1, 0.2, 0.3]
    now += 0.35
    assert round(pacer.delay(), 6) == 0.05
