"""Reading lists of sessions where the network and the servers in between do what they do on a bad day."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
from yarl import URL

from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, EmulatorOptions
from exporter.emulator.server import Emulator
from exporter.sessions.model import Snapshot
from exporter.sessions.reader import ACTION, LARGEST_ANSWER, SERVICE, ApplicationSessions
from exporter.tencent.action import ApiAction
from exporter.tencent.client import Client
from exporter.tencent.credential_sources.fixed import FixedCredentials
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.errors import ApiError, BadBodyError, ConnectionFailedError, RequestTimeoutError, TencentError
from exporter.tencent.limiters import RateLimiters
from exporter.tencent.rate_limiter import RateLimiter
from exporter.tencent.secret import Secret
from tests.hostile import Relay, raw_server, read_request

APPLICATION = 1400000000
CREDENTIALS = FixedCredentials(DEFAULT_SECRET_ID, Secret(DEFAULT_SECRET_KEY))


class Counted:
    """Counts the requests."""

    def __init__(self) -> None:
        self.sent = 0
        self.codes: list[str] = []

    def rate_limit_waited(self, seconds: float) -> None: ...

    def request_sent(self) -> None:
        self.sent += 1

    def request_answered(self, seconds: float) -> None: ...

    def request_failed(self, code: str) -> None:
        self.codes.append(code)


class Reading:
    """One account and its applications."""

    def __init__(self, url: str, rate: int = 20) -> None:
        self.counted = Counted()
        self._client = Client(Endpoint(url, SERVICE), CREDENTIALS, RateLimiters())
        self._action = ApiAction(ACTION, rate, LARGEST_ANSWER, self.counted)
        self._lists: dict[int, ApplicationSessions] = {}

    async def read(self, application: int = APPLICATION, seconds: float = 20.0) -> Snapshot:
        if application not in self._lists:
            self._lists[application] = ApplicationSessions(self._client, self._action, application)
        deadline = asyncio.get_running_loop().time() + seconds
        return await self._lists[application].read(deadline, lambda _: None)

    @property
    def limiter(self) -> RateLimiter:
        return self._client._limiter(self._action, CREDENTIALS.find())

    async def close(self) -> None:
        await self._client.close()


@asynccontextmanager
async def reading(url: str, rate: int = 20) -> AsyncIterator[Reading]:
    one = Reading(url, rate)
    try:
        yield one
    finally:
        await one.close()


def emulator_of(sessions: float) -> Emulator:
    options = EmulatorOptions(
        applications=(APPLICATION,), sessions=sessions, speed=0.0, latency=0.02, requests_per_second=1000
    )
    return Emulator(options)


@pytest.mark.parametrize(("silently", "longer"), [(False, 3.0), (True, 4.0)])
async def test_a_relay_that_forgets_connections_costs_a_moment_and_no_scrape(silently: bool, longer: float) -> None:
    """The list shrinks meanwhile, so that most connections are used no more and stay forgotten."""
    loop = asyncio.get_running_loop()
    async with emulator_of(400) as many, emulator_of(20) as few, Relay(URL(many.url).port or 0) as relay:
        async with reading(relay.url, rate=100) as one:
            started = loop.time()
            assert len((await one.read()).sessions) > 300
            cold = loop.time() - started
            relay.upstream_port = URL(few.url).port or 0
            for _ in range(4):
                relay.forget(silently=silently)
                started = loop.time()
                snapshot = await one.read()
                assert loop.time() - started < cold + longer
                assert snapshot.complete
                assert len(snapshot.sessions) == len(few.centers[APPLICATION].sessions)


def answer_of(body: object, cut: int = 0) -> bytes:
    content = json.dumps({"Response": body}).encode()
    content = content[: len(content) - cut]
    head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def page_of(request: bytes, request_id: str, sessions: int = 400) -> dict[str, object]:
    """The page that a request asks for, of a list whose sessions bear the application's id."""
    asked = json.loads(request)
    members = range(sessions)[asked["Offset"] : asked["Offset"] + asked["Limit"]]
    listed = [{"SessionID": f"{asked['SdkAppId']}-{number}", "Direction": 0} for number in members]
    return {"Total": sessions, "Sessions": listed, "RequestId": request_id}


@pytest.mark.parametrize("pause", [0.0, 0.01])
async def test_an_answer_that_comes_twice_is_not_taken_for_another_ones(pause: float) -> None:
    """Every answer is sent again a moment later, when its connection is idle or serves the next request."""
    number = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal number
        while True:
            _, body = await read_request(reader)
            number += 1
            answer = answer_of(page_of(body, f"request-{number}"))
            writer.write(answer)
            await writer.drain()
            await asyncio.sleep(pause)
            writer.write(answer)

    async with raw_server(twice) as url, reading(url, rate=1000) as one:
        for _ in range(5):
            snapshots = await asyncio.gather(*(one.read(application) for application in (1, 2, 3)))
            for application, snapshot in zip((1, 2, 3), snapshots, strict=True):
                found = {session.id for session in snapshot.sessions}
                assert found == {f"{application}-{number}" for number in range(400)}


async def test_a_cache_that_answers_everything_alike_is_found_out() -> None:
    async def cached(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, body = await read_request(reader)
            writer.write(
                answer_of(page_of(body.replace(b'"Offset":', b'"Was":').replace(b"{", b'{"Offset":0,'), "same"))
            )

    async with raw_server(cached) as url, reading(url) as one:
        with pytest.raises(BadBodyError, match="has come before"):
            await one.read()


async def test_a_body_cut_short_is_a_gap_that_other_pages_close() -> None:
    """The answer at one place is always cut short at first; what is asked for around it is whole."""
    numbers = iter(range(100_000))
    cut_at: list[int] = []

    async def cutting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, body = await read_request(reader)
            offset = json.loads(body)["Offset"]
            is_cut = offset > 2500 and len(cut_at) < 2 and cut_at in ([], [offset])
            if is_cut:
                cut_at.append(offset)
            writer.write(answer_of(page_of(body, f"request-{next(numbers)}", 5000), cut=is_cut * 100))

    async with raw_server(cutting) as url, reading(url, rate=1000) as one:
        snapshot = await one.read()
        assert len(cut_at) == 2
        assert snapshot.complete
        assert len(snapshot.sessions) == 5000


async def test_an_endpoint_that_has_stopped_is_asked_by_one_page_until_it_answers_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exporter.tencent.retry.FIRST_PAUSE", 0.01)
    async with emulator_of(400) as emulator:
        port = URL(emulator.url).port or 0
        async with reading(emulator.url) as one:
            assert (await one.read()).complete
            await emulator.close()
            one.counted.sent = 0
            for _ in range(5):
                with pytest.raises(ConnectionFailedError):
                    await one.read()
            # The first burst, and from then on one page with its repetitions.
            assert one.counted.sent <= 20 + 5 * 5
            await emulator.start(port=port)
            assert (await one.read()).complete


async def test_a_stopped_endpoint_is_asked_by_one_page_however_many_applications_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exporter.tencent.retry.FIRST_PAUSE", 0.01)
    applications = range(1, 51)
    async with Emulator(EmulatorOptions(applications=tuple(applications), sessions=20, speed=0.0)) as emulator:
        async with reading(emulator.url, rate=20) as one:
            await emulator.close()
            for _ in range(5):
                one.counted.sent = 0
                outcomes = await asyncio.gather(*map(one.read, applications), return_exceptions=True)
                assert all(isinstance(outcome, ConnectionFailedError) for outcome in outcomes)
            # One page with its repetitions.
            assert one.counted.sent == 5
            await emulator.start(port=URL(emulator.url).port or 0)
            outcomes = await asyncio.gather(*map(one.read, applications), return_exceptions=True)
            assert not any(isinstance(outcome, TencentError) for outcome in outcomes)


async def test_a_server_that_has_fallen_silent_is_asked_by_one_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.tencent.client.ATTEMPT_TIMEOUT", 0.1)
    monkeypatch.setattr("exporter.tencent.retry.FIRST_PAUSE", 0.01)
    numbers, is_silent = iter(range(100_000)), False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, body = await read_request(reader)
            if not is_silent:
                writer.write(answer_of(page_of(body, f"request-{next(numbers)}")))

    async with raw_server(serve) as url, reading(url, rate=1000) as one:
        assert (await one.read()).complete
        is_silent = True
        one.counted.sent = 0
        for _ in range(3):
            with pytest.raises(RequestTimeoutError):
                await one.read()
        # Each page of the first burst has met a connection used before, and once more one that was not.
        assert one.counted.sent <= 2 * 20 + 3 * 5
        is_silent = False
        assert (await one.read()).complete


async def test_refusals_and_cancellations_cost_no_permit() -> None:
    """After 200 readings with 3 % refusals at 1,000 requests a second, all of them are there."""
    async with Emulator(
        EmulatorOptions(applications=(APPLICATION,), sessions=400, speed=0.0, requests_per_second=100_000)
    ) as emulator:
        emulator.set_faults("FailedOperation.PermissionDenied:0.03")
        async with reading(emulator.url, rate=1000) as one:
            outcomes = [await asyncio.gather(one.read(), return_exceptions=True) for _ in range(200)]
            assert any(isinstance(outcome[0], ApiError) for outcome in outcomes)
            async with asyncio.timeout(60):
                permits = [await one.limiter.acquire("all of them", math.inf) for _ in range(1000)]
            assert len(permits) == 1000
            assert one.limiter.try_acquire() is None
