"""The simulated API and those who read it, on lists small enough to be read in one view, and on such as are not."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.cells import Cell, Contender
from benchmarks.outcomes import Outcome
from benchmarks.simulated_api import SimulatedApi, ThrottledError
from benchmarks.virtual import Series, outcomes
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow
from tests.virtual_time import run


def series(contender: Contender, sessions: int, latency: float, *, order: Order = Order.OLDEST_FIRST) -> list[Outcome]:
    return outcomes(Series(Cell(sessions, latency, 0.0, order), contender, RateWindow.SLIDING, "test", 3))


def test_the_exporter_looks_behind_a_first_page_while_it_is_the_longest_it_has_seen() -> None:
    readings = series(Contender.EXPORTER, 10, 0.06)
    assert [outcome.missed for outcome in readings] == [0, 0, 0]
    assert readings[0].requests == 2
    assert all(outcome.requests <= 2 for outcome in readings)


@pytest.mark.parametrize("contender", [Contender.SERIAL, Contender.THREADS])
def test_a_list_of_one_page_is_read_in_one_round_trip(contender: Contender) -> None:
    for outcome in series(contender, 10, 0.06):
        assert outcome.wall == pytest.approx(0.06)
        assert (outcome.requests, outcome.throttled, outcome.missed, outcome.twice) == (1, 0, 0, 0)
        assert outcome.failure == ""


def test_only_the_exporter_says_whether_its_list_is_proven() -> None:
    assert [series(contender, 10, 0.06)[0].proven for contender in Contender] == [True, None, None]


def test_the_serial_loop_misses_what_moves_to_the_front_and_repeats_what_moves_back() -> None:
    forward = series(Contender.SERIAL, 3000, 0.08)
    assert all(50 < outcome.missed < 120 and outcome.twice == 0 for outcome in forward)
    back = series(Contender.SERIAL, 3000, 0.08, order=Order.NEWEST_FIRST)
    assert all(10 < outcome.missed < 60 < outcome.twice < 150 for outcome in back)


@pytest.mark.parametrize(("contender", "latency"), [(Contender.SERIAL, 0.04), (Contender.THREADS, 0.15)])
def test_who_does_not_keep_to_the_rate_fails(contender: Contender, latency: float) -> None:
    for outcome in series(contender, 3000, latency):
        assert outcome.failure == "RequestLimitExceeded"
        assert outcome.throttled >= 1
        assert outcome.requests - outcome.throttled == 20


def test_threads_read_a_short_list_in_two_round_trips() -> None:
    assert [outcome.wall for outcome in series(Contender.THREADS, 400, 0.06)] == pytest.approx([0.12] * 3)


def test_only_the_first_reading_is_cold() -> None:
    assert [outcome.cold for outcome in series(Contender.EXPORTER, 10, 0.06)] == [True, False, False]


def test_latency_lies_half_before_the_view_and_half_after_and_jitter_is_of_the_round_trip() -> None:
    async def round_trips() -> list[float]:
        api = SimulatedApi(Cell(10, 0.1, 0.05, Order.BY_ID), RateWindow.FIXED, "test")
        loop = asyncio.get_running_loop()
        found = []
        for _ in range(200):
            started = loop.time()
            await api.view(0, 25)
            found.append(loop.time() - started)
        return found

    found = run(round_trips())
    assert 0.05 <= min(found) < 0.055
    assert 0.145 < max(found) <= 0.15 + 1e-9


def test_a_throttled_request_is_counted_is_no_view_and_takes_a_round_trip_too() -> None:
    async def burst() -> None:
        api = SimulatedApi(Cell(10, 0.1, 0.0, Order.BY_ID), RateWindow.SLIDING, "test")
        api.begin()
        results = await asyncio.gather(*(api.view(0, 25) for _ in range(22)), return_exceptions=True)
        assert sum(isinstance(result, ThrottledError) for result in results) == 2
        witness = api.witness()
        assert (witness.requests, witness.throttled, witness.listed) == (22, 2, len(witness.up))

    run(burst())
