from __future__ import annotations

from exporter.web.seldom import INTERVAL, Seldom


def test_at_once_and_again_after_the_interval() -> None:
    now = 0.0
    seldom = Seldom(lambda: now)
    assert [seldom.is_due("one"), seldom.is_due("one"), seldom.is_due("two")] == [True, False, True]
    now = INTERVAL - 1
    assert not seldom.is_due("one")
    now = INTERVAL
    assert [seldom.is_due("one"), seldom.is_due("one")] == [True, False]
