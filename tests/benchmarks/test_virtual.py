"""The simulated API and those who read it, on lists small enough to be read in one view, and on such as are not."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest
from yarl import URL

from benchmarks.cells import Cell, Contender
from benchmarks.truth import Outcome, Reading
from benchmarks.virtual import START, Series, SimulatedApi, outcomes
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow
from exporter.tencent.http import HttpClient
from tests.virtual_time import run

BODY = msgspec.json.encode({"SdkAppId": 1, "Offset": 25, "Limit": 25})


def series(contender: Contender, sessions: int, latency: float, *, order: Order = Order.OLDEST_FIRST) -> list[Outcome]:
    return outcomes(Series(Cell(sessions, latency, 0.0, order), contender, RateWindow.SLIDING, "test", 3))


def test_the_exporter_looks_behind_a_first_page_while_it_is_the_longest_it_has_seen() -> None:
    readings = series(Contender.EXPORTER, 10, 0.06)
    assert [outcome.missed for outcome in readings] == [0, 0, 0]
    assert readings[0].requests == 2
    assert all(outcome.requests <= 2 for outcome in readings)


def test_the_sdk_reads_a_list_of_one_page_in_one_round_trip() -> None:
    for outcome in series(Contender.SDK, 10, 0.06):
        assert outcome.reading.wall == pytest.approx(0.06)
        assert (outcome.requests, outcome.throttled, outcome.missed, outcome.twice) == (1, 0, 0, 0)
        assert outcome.reading.failure == ""


def test_only_the_exporter_says_whether_its_list_is_proven() -> None:
    assert [series(contender, 10, 0.06)[0].reading.proven for contender in Contender] == [True, None]


def test_the_sdk_misses_what_moves_to_the_front_and_repeats_what_moves_back() -> None:
    forward = series(Contender.SDK, 3000, 0.08)
    assert all(50 < outcome.missed < 120 and outcome.twice == 0 for outcome in forward)
    back = series(Contender.SDK, 3000, 0.08, order=Order.NEWEST_FIRST)
    assert all(10 < outcome.missed < 60 < outcome.twice < 150 for outcome in back)


def test_who_does_not_keep_to_the_rate_fails() -> None:
    for outcome in series(Contender.SDK, 3000, 0.04):
        assert outcome.reading.failure == "RequestLimitExceeded"
        assert outcome.throttled >= 1
        assert outcome.requests - outcome.throttled == 20


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
        pages = await asyncio.gather(*(api.view(0, 25) for _ in range(22)))
        assert pages.count(None) == 2
        outcome = api.judge(Reading(ids=[]), cold=True)
        assert (outcome.requests, outcome.throttled, outcome.listed) == (22, 2, outcome.missed)

    run(burst())


async def posts(count: int) -> list[tuple[str | None, Any]]:
    """The date and the `Response` of so many requests sent at once, 10 s after the contact center opened."""
    api = SimulatedApi(Cell(60, 0.1, 0.0, Order.OLDEST_FIRST), RateWindow.SLIDING, "test")
    await asyncio.sleep(10)

    async def post() -> tuple[str | None, Any]:
        response = await client.post({}, BODY, deadline=0.0, largest_body=0)
        assert response.status == 200
        return response.date, msgspec.json.decode(response.body)["Response"]

    with api.serving_exporters():
        client = HttpClient(URL("http://simulated.invalid"))
        try:
            return await asyncio.gather(*(post() for _ in range(count)))
        finally:
            await client.close()


def test_a_page_comes_as_the_api_sends_it() -> None:
    ((date, response),) = run(posts(1))
    assert date is not None
    assert parsedate_to_datetime(date).timestamp() == START + 10
    assert response["Total"] > 50
    assert len(response["Sessions"]) == 25
    assert {"SessionID", "SessionStatus", "StartTimestamp"} <= set(response["Sessions"][0])


def test_what_exceeds_the_rate_is_answered_with_the_apis_own_error() -> None:
    errors = [response["Error"]["Code"] for _, response in run(posts(23)) if "Error" in response]
    assert errors == ["RequestLimitExceeded"] * 3


def test_the_network_is_real_again_afterwards() -> None:
    real = HttpClient.post

    async def enter_and_leave() -> None:
        api = SimulatedApi(Cell(10, 0.1, 0.0, Order.BY_ID), RateWindow.FIXED, "test")
        with api.serving_exporters():
            assert HttpClient.post is not real

    run(enter_and_leave())
    assert HttpClient.post is real
