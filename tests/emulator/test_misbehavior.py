from __future__ import annotations

import asyncio
import errno
import json
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from exporter.emulator.options import DEFAULT_APPLICATION
from exporter.emulator.server import Emulator, EmulatorOptions, Fault

from .client import call, until


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(EmulatorOptions(speed=0, requests_per_second=1_000_000)) as frozen:
        yield frozen


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("internal-error", "InternalError"),
        ("throttled", "RequestLimitExceeded"),
        ("permission-denied", "FailedOperation.PermissionDenied"),
        ("AuthFailure.TokenFailure", "AuthFailure.TokenFailure"),
        ("RequestLimitExceeded.UinLimitExceeded", "RequestLimitExceeded.UinLimitExceeded"),
        ("ServiceUnavailable", "ServiceUnavailable"),
    ],
)
async def test_errors_on_demand(emulator: Emulator, fault: str, code: str) -> None:
    emulator.set_faults(fault)
    assert (await call(emulator)).error_code == code
    assert emulator.requests.outcomes == {code: 1}


@pytest.mark.parametrize(
    ("fault", "status", "content_type"), [("http-500", 500, "text/plain"), ("http-502-html", 502, "text/html")]
)
async def test_statuses_of_gateways(emulator: Emulator, fault: str, status: int, content_type: str) -> None:
    emulator.set_faults(fault)
    answer = await call(emulator)
    assert (answer.status, answer.headers["Content-Type"]) == (status, content_type)
    assert b"Response" not in answer.body
    assert emulator.requests.outcomes == {fault: 1}


async def test_not_json(emulator: Emulator) -> None:
    emulator.set_faults("not-json")
    answer = await call(emulator)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


async def test_wrong_shape(emulator: Emulator) -> None:
    emulator.set_faults("wrong-shape")
    answer = await call(emulator)
    assert not isinstance(answer.response["Total"], int)
    assert not isinstance(answer.response["Sessions"], list)


async def test_null_fields(emulator: Emulator) -> None:
    intact = (await call(emulator)).response["Sessions"]
    emulator.set_faults("null-fields")
    damaged = (await call(emulator)).response["Sessions"]
    assert [session["SessionID"] for session in damaged] == [session["SessionID"] for session in intact]
    assert any(None in session.values() for session in damaged)
    assert any(len(session) < 13 for session in damaged)


async def test_clock_skew_is_an_expired_signature_with_the_time_to_correct_it_by(emulator: Emulator) -> None:
    emulator.set_faults("clock-skew")
    answer = await call(emulator)
    assert answer.error_code == "AuthFailure.SignatureExpire"
    skew = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    assert skew == pytest.approx(600, abs=2)
    assert (await call(emulator, time_offset=round(skew))).error_code is None


async def test_reset(emulator: Emulator) -> None:
    emulator.set_faults("reset")
    with pytest.raises(aiohttp.ClientOSError) as raised:
        await call(emulator)
    assert raised.value.errno == errno.ECONNRESET


async def test_hang_answers_never_and_ends_when_the_client_goes(emulator: Emulator) -> None:
    emulator.set_faults("hang")
    tasks_before = asyncio.all_tasks()
    client = asyncio.create_task(call(emulator))
    await until(lambda: emulator.requests.outcomes["hang"])
    client.cancel()
    await asyncio.wait([client])
    await until(lambda: asyncio.all_tasks() == tasks_before)
    assert client.cancelled()


async def test_a_huge_body_is_sent_to_its_end(emulator: Emulator) -> None:
    emulator.set_faults("huge-body")
    answer = await call(emulator)
    assert len(answer.body) > 32 * 1024 * 1024


async def test_a_huge_body_stops_when_the_client_goes(emulator: Emulator) -> None:
    emulator.set_faults("huge-body")
    tasks_before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as session, session.post(emulator.url) as response:
        assert response.headers["Content-Type"] == "application/json"
        assert len(await response.content.readexactly(8 * 1024 * 1024)) == 8 * 1024 * 1024
        response.close()
    await until(lambda: asyncio.all_tasks() == tasks_before)


async def test_faults_strike_with_their_probability_and_can_be_changed(emulator: Emulator) -> None:
    emulator.set_faults(Fault("InternalError", 0.3), "ServiceUnavailable:0.3")
    for _ in range(200):
        await call(emulator)
    assert emulator.requests.outcomes["InternalError"] == pytest.approx(60, abs=30)
    assert emulator.requests.outcomes["ServiceUnavailable"] == pytest.approx(42, abs=30)
    emulator.set_faults()
    assert (await call(emulator)).error_code is None
    with pytest.raises(ValueError, match="found 'nonsense', allowed: "):
        emulator.set_faults("nonsense")


async def test_faults_of_the_options_are_on_from_the_start() -> None:
    options = EmulatorOptions(applications=(DEFAULT_APPLICATION,), faults=(Fault("InternalError"),))
    async with Emulator(options) as emulator:
        assert (await call(emulator)).error_code == "InternalError"
