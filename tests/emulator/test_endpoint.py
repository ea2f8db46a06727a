from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest

from exporter.emulator.action_names import ActionName
from exporter.emulator.call import Status
from exporter.emulator.options import DEFAULT_APPLICATION
from exporter.emulator.rate import new_rate_limit
from exporter.emulator.server import Emulator, EmulatorOptions, Listed, RateWindow
from exporter.emulator.wire import session_object

from .client import PAGE, Answer, call

PERMITTED = 1_000_000


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(EmulatorOptions(speed=0, requests_per_second=PERMITTED)) as frozen:
        yield frozen


def server_date(answer: Answer) -> float:
    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("POST", "/?"), ("GET", "/")], ids=["POST", "POST with ?", "GET"]
)
async def test_a_page_is_answered_in_the_envelope(emulator: Emulator, method: str, path: str) -> None:
    answer = await call(emulator, {**PAGE, "Offset": 2, "Limit": 3}, method=method, path=path)
    center = emulator.centers[DEFAULT_APPLICATION]
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.response) == {"Total", "Sessions", "RequestId"}
    assert answer.response["Total"] == len(center)
    assert answer.response["Sessions"] == [
        msgspec.to_builtins(session_object(session, center.start)) for session in center.sessions[2:5]
    ]


async def test_pages_beyond_the_end_are_short_or_empty(emulator: Emulator) -> None:
    total = len(emulator.centers[DEFAULT_APPLICATION])
    last = await call(emulator, {**PAGE, "Offset": total - 3})
    beyond = await call(emulator, {**PAGE, "Offset": 10**30})
    assert len(last.response["Sessions"]) == 3
    assert (beyond.response["Total"], beyond.response["Sessions"]) == (total, [])


async def test_a_list_of_answered_calls_shows_and_counts_those_alone() -> None:
    async with Emulator(EmulatorOptions(speed=0, sessions=20, staff=12, list=Listed.ANSWERED)) as emulator:
        center = emulator.centers[DEFAULT_APPLICATION]
        response = (await call(emulator)).response
    assert {session["SessionStatus"] for session in response["Sessions"]} == {"inProgress"}
    assert response["Total"] == len(response["Sessions"]) == center.count(Status.IN_PROGRESS) < len(center)


async def test_every_answer_has_its_own_request_id(emulator: Emulator) -> None:
    answers = [await call(emulator), await call(emulator), await call(emulator, b"no JSON")]
    assert len({answer.response["RequestId"] for answer in answers}) == 3


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("MissingParameter", {"headers": {"X-TC-Action": None}}),
        ("MissingParameter", {"headers": {"X-TC-Version": None}}),
        ("MissingParameter", {"headers": {"X-TC-Timestamp": None}}),
        ("MissingParameter", {"parameters": {"Offset": 0, "Limit": 25}}),
        ("MissingParameter", {"parameters": {"SdkAppId": 1, "Limit": 25}}),
        ("MissingParameter", {"parameters": {"SdkAppId": 1, "Offset": 0}}),
        ("InvalidAction", {"headers": {"X-TC-Action": "DescribeTelSession"}}),
        ("NoSuchVersion", {"headers": {"X-TC-Version": "2018-08-13"}}),
        ("UnsupportedRegion", {"headers": {"X-TC-Region": "middle-earth"}}),
        ("UnsupportedProtocol", {"method": "PUT"}),
        ("AuthFailure.InvalidAuthorization", {"headers": {"Authorization": None}}),
        ("AuthFailure.InvalidAuthorization", {"headers": {"Authorization": "Basic QWxhZGRpbjpvcGVu"}}),
        ("AuthFailure.SignatureExpire", {"time_offset": -320}),
        ("AuthFailure.SignatureExpire", {"time_offset": 320}),
        ("AuthFailure.SignatureExpire", {"headers": {"X-TC-Timestamp": "0"}}),
        ("InvalidParameterValue", {"headers": {"X-TC-Timestamp": "yesterday"}}),
        ("AuthFailure.SecretIdNotFound", {"secret_id": "AKIDOTHER"}),
        ("AuthFailure.TokenFailure", {"headers": {"X-TC-Token": "unasked"}}),
        ("AuthFailure.SignatureFailure", {"secret_key": "wrong"}),
        ("AuthFailure.SignatureFailure", {"headers": {"Content-Type": "application/json; charset=utf-8"}}),
        ("AuthFailure.SignatureFailure", {"headers": {"Host": "ccc.tencentcloudapi.com"}}),
        ("InvalidParameter", {"content_type": "text/plain"}),
        ("InvalidParameter", {"parameters": b"no JSON"}),
        ("InvalidParameter", {"parameters": b"\xff"}),
        ("InvalidParameter", {"parameters": b"[1400000000, 0, 25]"}),
        ("InvalidParameter", {"parameters": {**PAGE, "SdkAppId": str(DEFAULT_APPLICATION)}}),
        ("InvalidParameter", {"parameters": {**PAGE, "Offset": None}}),
        ("InvalidParameter", {"parameters": {**PAGE, "Offset": 1.5}}),
        ("InvalidParameter", {"parameters": {**PAGE, "Limit": True}}),
        ("InvalidParameter", {"parameters": {**PAGE, "Limit": "ten"}, "method": "GET"}),
        ("InvalidParameter", {"parameters": {**PAGE, "Limit": "9" * 5000}, "method": "GET"}),
        ("InvalidParameterValue", {"parameters": {**PAGE, "Offset": -1}}),
        ("InvalidParameterValue", {"parameters": {**PAGE, "Offset": -1}, "method": "GET"}),
        ("InvalidParameterValue", {"parameters": {**PAGE, "Limit": 0}}),
        ("UnknownParameter", {"parameters": {**PAGE, "Status": "ringing"}}),
        ("UnknownParameter", {"parameters": {**PAGE, "Status": "ringing"}, "method": "GET"}),
        ("LimitExceeded.OutOfCountLimit", {"parameters": {**PAGE, "Limit": 26}}),
        ("FailedOperation.PermissionDenied", {"parameters": {**PAGE, "SdkAppId": 1400000001}}),
    ],
)
async def test_errors_by_their_causes(emulator: Emulator, code: str, arguments: dict[str, Any]) -> None:
    answer = await call(emulator, **arguments)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.response) == {"Error", "RequestId"}
    assert set(answer.response["Error"]) == {"Code", "Message"}
    assert answer.error_code == code
    assert emulator.requests.outcomes == {code: 1}


@pytest.mark.parametrize(
    "arguments",
    [
        {"headers": {"X-TC-Region": ""}},
        {"headers": {"X-TC-Region": "ap-shanghai-fsi"}},
        {"content_type": "application/json; charset=utf-8"},
        {"time_offset": -280},
        {"time_offset": 280},
    ],
)
async def test_what_is_no_error(emulator: Emulator, arguments: dict[str, Any]) -> None:
    assert (await call(emulator, **arguments)).error_code is None


@pytest.mark.parametrize(
    "replacement",
    [
        ("/ccc/", "/cvm/"),
        ("content-type;host", "content-type;host;x-tc-action"),
        ("TC3-HMAC-SHA256", "TC3-HMAC-SHA1"),
        ("Signature=", "Signature=x"),
    ],
)
async def test_authorizations_of_another_kind_are_malformed(emulator: Emulator, replacement: tuple[str, str]) -> None:
    authorization = (
        "TC3-HMAC-SHA256 Credential=AKIDEMULATOR/2024-01-01/ccc/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={'0' * 64}"
    )
    assert (await call(emulator, headers={"Authorization": authorization})).error_code == "AuthFailure.SignatureFailure"
    other = authorization.replace(*replacement)
    assert (await call(emulator, headers={"Authorization": other})).error_code == "AuthFailure.InvalidAuthorization"


async def test_a_host_that_is_no_text_is_a_wrong_signature(emulator: Emulator) -> None:
    address, _, port = emulator.url.partition("://")[2].partition(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    authorization = (
        "TC3-HMAC-SHA256 Credential=AKIDEMULATOR/2024-01-01/ccc/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={'0' * 64}"
    )
    writer.write(
        f"GET / HTTP/1.0\r\nX-TC-Action: {ActionName.SESSION_LIST}\r\nX-TC-Version: 2020-02-10\r\n"
        f"Authorization: {authorization}\r\n"
        f"X-TC-Timestamp: {time.time():.0f}\r\nContent-Type: ".encode()
        + b"\xff\r\nHost: emulator\r\n\r\n"
    )
    assert b"AuthFailure.SignatureFailure" in await reader.read()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("sent", "code"),
    [("expected", None), ("wrong", "AuthFailure.TokenFailure"), (None, "AuthFailure.TokenFailure")],
)
async def test_an_expected_token_must_be_sent(sent: str | None, code: str | None) -> None:
    async with Emulator(EmulatorOptions(speed=0, token="expected")) as emulator:
        assert (await call(emulator, headers={"X-TC-Token": sent})).error_code == code


async def test_other_paths_are_not_found(emulator: Emulator) -> None:
    assert (await call(emulator, path="/metrics")).status == 404


async def test_the_date_is_simulated_time(emulator: Emulator) -> None:
    emulator.skip(3600)
    for answer in (await call(emulator), await call(emulator, b"no JSON")):
        assert server_date(answer) == emulator.centers[DEFAULT_APPLICATION].start + 3600


async def test_the_date_of_an_expired_signature_is_the_clock_it_was_checked_against(emulator: Emulator) -> None:
    emulator.skip(3600)
    assert server_date(await call(emulator, time_offset=-400)) == pytest.approx(time.time(), abs=2)


@pytest.mark.parametrize("window", list(RateWindow))
async def test_what_arrives_beyond_the_rate_is_throttled(window: RateWindow) -> None:
    async with Emulator(EmulatorOptions(speed=0, rate_window=window, requests_per_second=5)) as emulator:
        answers = await asyncio.gather(*(call(emulator) for _ in range(30)))
    limit = new_rate_limit(window, 5)
    expected = ["OK" if limit.admit(arrived) else "RequestLimitExceeded" for arrived in emulator.requests.arrivals]
    assert [record.outcome for record in emulator.requests.records] == expected
    assert emulator.requests.outcomes == Counter(expected)
    assert Counter(answer.error_code or "OK" for answer in answers) == Counter(expected)
    assert "RequestLimitExceeded" in expected


async def test_only_requests_of_the_key_and_the_action_use_up_its_rate() -> None:
    async with Emulator(EmulatorOptions(speed=0, rate_window=RateWindow.SLIDING, requests_per_second=1)) as emulator:
        for _ in range(3):
            await call(emulator, secret_id="AKIDOTHER")
            await call(emulator, headers={"X-TC-Action": "DescribeTelSession"})
            await call(emulator, headers={"Authorization": "none"})
        assert (await call(emulator, secret_key="wrong")).error_code == "AuthFailure.SignatureFailure"
        assert (await call(emulator)).error_code == "RequestLimitExceeded", "a wrong signature counts as well"


async def test_requests_are_logged_with_their_arrivals(emulator: Emulator) -> None:
    before = time.monotonic()
    await call(emulator)
    await call(emulator, b"no JSON")
    first, second = emulator.requests.arrivals
    assert before <= first <= second <= time.monotonic()
    assert [record.outcome for record in emulator.requests.records] == ["OK", "InvalidParameter"]
    emulator.requests.clear()
    assert not emulator.requests.arrivals
    assert not emulator.requests.outcomes


async def test_half_of_the_round_trip_lies_before_the_arrival() -> None:
    async with Emulator(EmulatorOptions(speed=0, latency=0.1)) as emulator:
        sent = time.monotonic()
        await call(emulator)
        answered = time.monotonic()
        (arrived,) = emulator.requests.arrivals
    assert arrived - sent >= 0.049
    assert answered - arrived >= 0.049


def test_jitter_varies_the_round_trip_either_way_and_it_is_never_negative() -> None:
    emulator = Emulator(EmulatorOptions(speed=0, latency=0.02, jitter=0.04))
    trips = [emulator._endpoint._round_trip() for _ in range(1000)]
    assert min(trips) == 0.0
    assert 0.055 < max(trips) <= 0.06
    assert sum(trip > 0.02 for trip in trips) == pytest.approx(500, abs=80)
