from __future__ import annotations

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.server_clock import BELIEVED, TOLERATED, ServerClock, parse_date

NOW = 1_700_000_000.0


def clock_at(now: float = NOW) -> ServerClock:
    return ServerClock(lambda: now)


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", NOW),
        ("Tue, 14 Nov 2023 22:13:20 -0000", NOW),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799.0),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(header: str | None, date: float | None) -> None:
    assert parse_date(header) == date


@given(st.text())
def test_no_text_whatever_breaks_the_reading_of_a_date(header: str) -> None:
    parse_date(header)


@pytest.mark.parametrize("date", [0.0, 253402300799.0, NOW + BELIEVED + 1, NOW - BELIEVED - 1, None])
def test_a_date_that_is_absurd_or_missing_leaves_this_machines_clock(date: float | None) -> None:
    clock = clock_at()
    assert clock.observe(date) == NOW
    assert clock.offset == 0.0


@pytest.mark.parametrize("off", [-BELIEVED, -400.0, 0.0, 400.0, BELIEVED])
def test_a_date_within_an_hour_is_the_servers_clock(off: float) -> None:
    clock = clock_at()
    assert clock.observe(NOW - off) == NOW - off
    assert clock.offset == off
    assert clock.now() == NOW


def test_once_refused_requests_are_signed_by_the_servers_clock_until_the_two_agree() -> None:
    now = NOW
    clock = ServerClock(lambda: now, "main")
    with structlog.testing.capture_logs() as logs:
        clock.refused(NOW - 7200, signed=NOW)
        assert clock.now() == NOW - 7200
        assert clock.observe(NOW - 7205) == NOW - 7205
        assert clock.now() == NOW - 7205
        now = NOW - 7200
        assert clock.observe(NOW - 7210) == NOW - 7210
        assert clock.now() == now
    assert [(log["log_level"], log["account"]) for log in logs] == [("warning", "main"), ("info", "main")]
    assert logs[0]["offset_seconds"] == 7200


def test_requests_that_are_refused_together_are_refused_for_one_clock() -> None:
    clock = clock_at()
    with structlog.testing.capture_logs() as logs:
        for late in range(20):
            clock.refused(NOW - 7200 + late % 2, signed=NOW)
            assert clock.now() == NOW - 7200 + late % 2
    assert [log["log_level"] for log in logs] == ["warning"]


def test_a_server_that_refuses_its_own_clock_is_not_believed() -> None:
    clock = clock_at()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            clock.refused(NOW - 1e9, signed=NOW)
            assert clock.now() == NOW - 1e9
            clock.refused(NOW - 1e9 + TOLERATED / 2, signed=clock.now())
            assert clock.now() == NOW
            assert clock.offset == 0.0
    assert len(logs) == 1


def test_once_this_machines_clock_is_set_it_counts_again_though_the_other_was_signed_by() -> None:
    now = NOW
    clock = ServerClock(lambda: now)
    clock.refused(NOW - 600, signed=NOW)
    now = NOW - 600
    clock.refused(NOW - 600, signed=clock.now())
    assert clock.now() == now


def test_a_small_difference_is_no_reason_for_a_refusal() -> None:
    clock = clock_at()
    clock.refused(NOW - TOLERATED, signed=NOW)
    assert clock.now() == NOW
