from __future__ import annotations

import asyncio
import ssl
import time
from ipaddress import IPv4Address

import aiohttp
import pytest
import trustme

from exporter.emulator import server
from exporter.emulator.options import DEFAULT_APPLICATION
from exporter.emulator.server import Emulator, EmulatorOptions, Order
from tests.processes import MOST_SECONDS_TO_END

from .client import PAGE, call, until


async def test_each_application_is_a_center_of_its_own() -> None:
    options = EmulatorOptions(speed=0, applications=(1, 2), sessions=30, application_sessions={2: 300})
    async with Emulator(options) as emulator:
        totals = [(await call(emulator, {**PAGE, "SdkAppId": each})).response["Total"] for each in (1, 2)]
        assert totals == [len(emulator.centers[1]), len(emulator.centers[2])]
    assert emulator.options is options
    assert totals[0] < 100 < totals[1]
    ids = [{session.session_id for session in center.sessions} for center in emulator.centers.values()]
    assert not ids[0] & ids[1]


async def test_the_same_seed_is_the_same_day() -> None:
    first, second = (Emulator(EmulatorOptions(speed=0, seed=4)) for _ in range(2))
    for emulator in (first, second):
        emulator.skip(600)
    ids = [[session.session_id for session in each.centers[DEFAULT_APPLICATION].sessions] for each in (first, second)]
    assert ids[0] == ids[1]


async def test_a_frozen_center_stands_still_until_time_is_skipped() -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator:
        first = await call(emulator)
        second = await call(emulator)
        emulator.skip(120)
        third = await call(emulator)
    assert first.response["Sessions"] == second.response["Sessions"] != third.response["Sessions"]


async def test_pages_show_the_time_of_their_request() -> None:
    async with Emulator(EmulatorOptions(speed=3600)) as emulator:
        center = emulator.centers[DEFAULT_APPLICATION]
        await call(emulator)
        before = center.now
        await call(emulator)
        assert center.now > before


async def test_the_centers_go_on_without_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_ADVANCE_INTERVAL", 0.001)
    async with Emulator(EmulatorOptions(speed=1000)) as emulator:
        center = emulator.centers[DEFAULT_APPLICATION]
        before = center.now
        await until(lambda: center.now > before)
        assert center.now > before


async def test_the_load_can_be_raised() -> None:
    async with Emulator(EmulatorOptions(speed=0, sessions=10)) as emulator:
        emulator.centers[DEFAULT_APPLICATION].target = 500
        emulator.skip(900)
        assert (await call(emulator)).response["Total"] > 300


@pytest.mark.parametrize("order", list(Order))
async def test_the_order_is_the_one_chosen(order: Order) -> None:
    async with Emulator(EmulatorOptions(speed=0, order=order)) as emulator:
        (first, second) = [(await call(emulator)).response["Sessions"] for _ in range(2)]
    starts = [int(session["StartTimestamp"]) for session in first]
    ids = [session["SessionID"] for session in first]
    assert (first == second) == (order in {Order.OLDEST_FIRST, Order.NEWEST_FIRST, Order.BY_ID}) or (
        order is Order.BY_START_SECOND
    )
    assert (starts == sorted(starts)) == (order in {Order.OLDEST_FIRST, Order.BY_START_SECOND})
    assert (starts == sorted(starts, reverse=True)) == (order is Order.NEWEST_FIRST)
    assert (ids == sorted(ids)) == (order is Order.BY_ID)


@pytest.mark.parametrize("fault", ["hang", "huge-body"])
async def test_closing_is_quick_even_with_clients_hanging_on(fault: str) -> None:
    emulator = Emulator(EmulatorOptions(speed=0))
    await emulator.start()
    emulator.set_faults(fault)
    async with aiohttp.ClientSession() as session:
        posts = [asyncio.create_task(session.post(emulator.url)) for _ in range(5)]
        await until(lambda: emulator.requests.outcomes[fault] == 5)
        begin = time.monotonic()
        await emulator.close()
        assert time.monotonic() - begin < MOST_SECONDS_TO_END
        for outcome in await asyncio.gather(*posts, return_exceptions=True):
            if isinstance(outcome, aiohttp.ClientResponse):
                outcome.close()


async def test_it_can_be_closed_twice_and_started_again_on_its_port() -> None:
    emulator = Emulator(EmulatorOptions(speed=0))
    await emulator.start()
    port = int(emulator.url.rpartition(":")[2])
    await emulator.close()
    await emulator.close()
    with pytest.raises(aiohttp.ClientConnectorError):
        await call(emulator)
    await emulator.start(port=port)
    async with emulator:
        assert (await call(emulator)).status == 200


async def test_a_port_in_use_is_an_os_error() -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator:
        other = Emulator(EmulatorOptions(speed=0))
        with pytest.raises(OSError, match="address already in use"):
            await other.start(port=int(emulator.url.rpartition(":")[2]))


async def test_there_is_no_url_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = Emulator(EmulatorOptions(speed=0)).url


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        (str(IPv4Address(0)), "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
async def test_the_url_can_be_reached(host: str, reachable: str) -> None:
    emulator = Emulator(EmulatorOptions(speed=0))
    await emulator.start(host)
    async with emulator:
        assert emulator.url.startswith(f"http://{reachable}:")
        assert (await call(emulator)).error_code is None


async def test_tls() -> None:
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)
    emulator = Emulator(EmulatorOptions(speed=0))
    await emulator.start("localhost", ssl_context=server_context)
    async with emulator, aiohttp.ClientSession() as session:
        assert emulator.url.startswith("https://localhost:")
        async with session.post(emulator.url, ssl=client_context) as response:
            assert "Response" in await response.json()
        emulator.set_faults("reset")
        with pytest.raises(aiohttp.ClientError):
            await session.post(emulator.url, ssl=client_context)


def test_the_package_itself_imports_nothing_heavy() -> None:
    import exporter.emulator

    assert not hasattr(exporter.emulator, "Emulator")
