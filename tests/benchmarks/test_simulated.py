from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from yarl import URL

from benchmarks.cells import Cell
from benchmarks.simulated import simulated_network
from benchmarks.simulated_api import START, SimulatedApi
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow
from exporter.tencent.http import HttpClient
from tests.virtual_time import run

BODY = msgspec.json.encode({"SdkAppId": 1, "Offset": 25, "Limit": 25})


async def posts(count: int) -> list[tuple[str | None, Any]]:
    """The date and the `Response` of so many requests sent at once, 10 s after the contact center opened."""
    api = SimulatedApi(Cell(60, 0.1, 0.0, Order.OLDEST_FIRST), RateWindow.SLIDING, "test")
    await asyncio.sleep(10)

    async def post() -> tuple[str | None, Any]:
        response = await client.post({}, BODY, deadline=0.0, largest_body=0)
        assert response.status == 200
        return response.date, msgspec.json.decode(response.body)["Response"]

    with simulated_network(api):
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
        with simulated_network(api):
            assert HttpClient.post is not real

    run(enter_and_leave())
    assert HttpClient.post is real
