"""The client against the emulator under every fault, and against the faults of a network."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import time
import tracemalloc
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import structlog
import trustme
from aiohttp import web
from yarl import URL

from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, Emulator, EmulatorOptions
from exporter.fields.texts import Texts
from exporter.sessions.decode import decode_page
from exporter.sessions.model import Page
from exporter.sessions.reader import ACTION, LARGEST_ANSWER, SERVICE
from exporter.tencent import client as client_module
from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.backoff import BACKOFF_FACTOR
from exporter.tencent.circuit_breaker import FAILURES
from exporter.tencent.client import Client
from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.errors import (
    ApiError,
    BadBodyError,
    ConnectionFailedError,
    DnsError,
    HttpStatusError,
    NoCredentialsError,
    RateLimitTimeoutError,
    RequestTimeoutError,
    TencentError,
    TlsError,
)
from exporter.tencent.limiters import RateLimiters
from exporter.tencent.rate_limiter import Permit, RateLimiter
from exporter.tencent.secret import Secret
from tests.api_answers import client_of, http_answer
from tests.fake_client import action
from tests.hostile import raw_server, read_request

APPLICATION = 1400000000
FOREVER = 1e9
CREDENTIALS = Credentials(DEFAULT_SECRET_ID, Secret(DEFAULT_SECRET_KEY))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long the pauses between attempts are is tested on the virtual clock."""
    monkeypatch.setattr("exporter.tencent.retry.FIRST_PAUSE", 0.001)


class Observed:
    """What the client told of its requests."""

    def __init__(self) -> None:
        self.sent = 0
        self.answered = 0
        self.codes: list[str] = []
        self.waits: list[float] = []

    def rate_limit_waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def request_sent(self) -> None:
        self.sent += 1

    def request_answered(self, seconds: float) -> None:
        assert seconds >= 0
        self.answered += 1

    def request_failed(self, code: str) -> None:
        self.codes.append(code)


class Given(CredentialProvider):
    """Gives out what a function returns."""

    def __init__(self, find: Callable[[], Credentials]) -> None:
        self.find = find

    async def get(self) -> Credentials:
        return self.find()

    def current(self) -> Credentials | None:
        try:
            return self.find()
        except NoCredentialsError:
            return None


class Called(Client):
    """A client and the action that it calls."""

    def __init__(self, endpoint: Endpoint, credentials: CredentialProvider, action: ApiAction) -> None:
        super().__init__(endpoint, credentials, RateLimiters())
        self.endpoint = endpoint
        self.action = action


@asynccontextmanager
async def open_client(
    url: str,
    credentials: Credentials | CredentialProvider | Callable[[], Credentials] = CREDENTIALS,
    *,
    rate: int = 1000,
    tls: ssl.SSLContext | None = None,
    observed: Observed | None = None,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Called]:
    action = ApiAction(ACTION, rate, LARGEST_ANSWER, observed or Observed())
    match credentials:
        case CredentialProvider():
            provider = credentials
        case Credentials():
            provider = Given(lambda: credentials)
        case _:
            provider = Given(credentials)
    client = Called(Endpoint(url, SERVICE, tls=tls, now=now), provider, action)
    try:
        yield client
    finally:
        await client.close()


async def fetch(client: Called, seconds: float = 30.0, *, permit: Permit | None = None, **parameters: object) -> Page:
    """Fetch the first page, given so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    parameters = {"SdkAppId": APPLICATION, "Offset": 0, "Limit": 25, **parameters}

    def decode(answer: Answer) -> Page:
        return decode_page(answer, 0, Texts())

    return await client.call(client.action, parameters, decode, deadline, "flow", permit=permit)


@asynccontextmanager
async def emulator(*faults: str, **options: object) -> AsyncIterator[Emulator]:
    defaults = {"applications": (APPLICATION,), "sessions": 30.0, "speed": 0.0, "requests_per_second": 1000}
    async with Emulator(EmulatorOptions(**{**defaults, **options})) as running:  # type: ignore[arg-type]
        running.set_faults(*faults)
        yield running


async def test_a_page_and_the_servers_clock() -> None:
    observed = Observed()
    async with emulator() as server, open_client(server.url, observed=observed) as client:
        page = await fetch(client)
        assert page.total == len(server.centers[APPLICATION].sessions)
        assert len(page.sessions) == min(25, page.total)
        assert abs(page.server_time - time.time()) < 60
    assert (observed.sent, observed.answered, observed.codes) == (1, 1, [])


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("internal-error", ApiError, "InternalError"),
        ("throttled", ApiError, "RequestLimitExceeded"),
        ("http-500", HttpStatusError, "http_500"),
        ("http-502-html", HttpStatusError, "http_502"),
        ("reset", ConnectionFailedError, "connection"),
        ("hang", RequestTimeoutError, "timeout"),
        ("not-json", BadBodyError, "bad_body"),
        ("wrong-shape", BadBodyError, "bad_body"),
        ("huge-body", BadBodyError, "bad_body"),
        ("permission-denied", ApiError, "FailedOperation.PermissionDenied"),
        ("ServiceUnavailable", ApiError, "ServiceUnavailable"),
        ("RequestLimitExceeded.UinLimitExceeded", ApiError, "RequestLimitExceeded.UinLimitExceeded"),
        ("AuthFailure.TokenFailure", ApiError, "AuthFailure.TokenFailure"),
        ("LimitExceeded.OutOfCountLimit", ApiError, "LimitExceeded.OutOfCountLimit"),
    ],
)
async def test_every_fault_has_its_exception(
    fault: str, error: type[TencentError], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "hang":
        monkeypatch.setattr(client_module, "ATTEMPT_TIMEOUT", 0.1)
    observed = Observed()
    async with emulator(fault) as server, open_client(server.url, observed=observed) as client:
        with pytest.raises(error) as caught:
            await fetch(client)
        assert caught.value.code.startswith(code)
        assert "\n" not in str(caught.value)
        if isinstance(caught.value, ApiError):
            assert caught.value.request_id in str(caught.value)
            assert caught.value.request_id
        assert set(observed.codes) == {caught.value.code}
        assert observed.sent == observed.answered == len(observed.codes) == 1 + caught.value.repetitions
        server.set_faults()
        assert (await fetch(client)).sessions


@pytest.mark.parametrize(
    "fault", ["internal-error", "throttled", "http-500", "http-502-html", "reset", "ServiceUnavailable"]
)
async def test_passing_faults_mixed_with_good_answers_are_survived(fault: str) -> None:
    async with emulator(f"{fault}:0.3") as server, open_client(server.url) as client:
        pages = [await fetch(client) for _ in range(20)]
        assert all(page.sessions for page in pages)


async def test_all_faults_at_once_give_typed_errors_or_true_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ATTEMPT_TIMEOUT", 2.0)
    names = ["internal-error", "throttled", "http-500", "http-502-html", "reset", "hang", "not-json", "wrong-shape"]
    names += ["huge-body", "null-fields", "permission-denied", "clock-skew"]
    outcomes: Counter[str] = Counter()
    async with emulator(*(f"{name}:0.05" for name in names)) as server, open_client(server.url) as client:

        async def one() -> None:
            try:
                page = await fetch(client)
            except TencentError as error:
                outcomes[type(error).__name__] += 1
            else:
                outcomes["page"] += 1
                assert page.total == len(server.centers[APPLICATION].sessions)

        await asyncio.gather(*(one() for _ in range(100)))
    assert outcomes["page"] > 20
    assert outcomes["BadBodyError"] > 0


async def test_null_fields_are_tolerated() -> None:
    async with emulator("null-fields") as server, open_client(server.url) as client:
        for _ in range(20):
            page = await fetch(client)
            assert {session.id for session in page.sessions} <= {
                one.session_id for one in server.centers[APPLICATION].sessions
            }


async def test_a_clock_that_is_off_does_not_keep_from_reading() -> None:
    """The first request is refused, and all that follow are signed by the server's clock."""
    observed = Observed()
    async with emulator("clock-skew") as server, open_client(server.url, observed=observed) as client:
        for _ in range(3):
            page = await fetch(client)
            assert page.server_time == pytest.approx(time.time() + 600, abs=60)
        assert client.endpoint.clock.offset == pytest.approx(-600, abs=5)
        server.set_faults()
        for _ in range(3):
            assert (await fetch(client)).sessions
    assert observed.codes == ["AuthFailure.SignatureExpire"] * 2


async def test_requests_that_a_clock_that_is_off_has_refused_together_all_succeed() -> None:
    observed = Observed()
    async with emulator("clock-skew", latency=0.02) as server, open_client(server.url, observed=observed) as client:
        with structlog.testing.capture_logs() as logs:
            pages = await asyncio.gather(*(fetch(client) for _ in range(10)))
    assert all(page.sessions for page in pages)
    assert observed.codes == ["AuthFailure.SignatureExpire"] * 10
    assert len([log for log in logs if log["log_level"] == "warning"]) == 1


async def test_a_clock_that_the_server_does_not_bear_out_is_told_by_how_much() -> None:
    """It refuses what is signed by its own clock as well, so this machine's counts again."""

    async def answer(request: web.Request) -> web.Response:
        stamps.append(int(request.headers["X-TC-Timestamp"]))
        error = {"Code": "AuthFailure.SignatureExpire", "Message": "expired"}
        date = {"Date": "Tue, 14 Nov 2023 22:13:20 GMT"}
        return web.json_response({"Response": {"Error": error}}, headers=date)

    stamps: list[int] = []
    async with stub(answer) as url, open_client(url, now=lambda: 1_700_001_000.0) as client:
        for _ in range(2):
            with pytest.raises(ApiError, match=r"this machine's clock is 1000 s ahead of the server's \(") as caught:
                await fetch(client)
            assert caught.value.clock_offset == 1000
        assert client.endpoint.clock.offset == 0
    assert stamps == [1_700_001_000, 1_700_000_000] * 2


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("AKIDsomebodyelse", Secret("x")), "AuthFailure.SecretIdNotFound"),
        (Credentials(DEFAULT_SECRET_ID, Secret("wrong")), "AuthFailure.SignatureFailure"),
        (Credentials(DEFAULT_SECRET_ID, Secret(DEFAULT_SECRET_KEY), Secret("stale")), "AuthFailure.TokenFailure"),
    ],
)
async def test_wrong_keys(credentials: Credentials, code: str) -> None:
    async with emulator() as server, open_client(server.url, credentials) as client:
        with pytest.raises(ApiError) as caught:
            await fetch(client)
        assert caught.value.code == code


async def test_a_token_is_sent_along() -> None:
    credentials = Credentials(DEFAULT_SECRET_ID, Secret(DEFAULT_SECRET_KEY), Secret("tok"))
    async with emulator(token="tok") as server, open_client(server.url, credentials) as client:
        assert (await fetch(client)).sessions


async def test_without_credentials_nothing_is_sent() -> None:
    observed = Observed()

    def none() -> Credentials:
        raise NoCredentialsError("no key found")

    async with emulator() as server:
        async with open_client(server.url, none, observed=observed) as client:
            with pytest.raises(NoCredentialsError):
                await fetch(client)
        assert server.requests.arrivals == []
    assert (observed.sent, observed.codes) == (0, ["no_credentials"])


async def test_without_credentials_the_permit_is_released() -> None:
    def none() -> Credentials:
        raise NoCredentialsError("no key found")

    limiter = RateLimiter(1)
    async with open_client("http://127.0.0.1:1", none) as client:
        for _ in range(3):
            permit = limiter.try_acquire()
            assert permit is not None
            with pytest.raises(NoCredentialsError):
                await fetch(client, permit=permit)


async def test_a_throttled_answer_slows_the_rate() -> None:
    async with emulator("throttled") as server, open_client(server.url, rate=100) as client:
        assert client.rate_in_force(client.action) == 100
        with pytest.raises(ApiError, match="RequestLimitExceeded"):
            await fetch(client)
        assert client.rate_in_force(client.action) < 100 * BACKOFF_FACTOR + 1


async def test_a_gateway_that_refuses_for_the_rate_slows_it_too() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=429)

    async with stub(answer) as url, open_client(url, rate=100) as client:
        with pytest.raises(HttpStatusError, match="http_429"):
            await fetch(client)
        assert client.rate_in_force(client.action) < 100 * BACKOFF_FACTOR + 1


async def test_a_key_that_is_renewed_keeps_its_limiter() -> None:
    """The source is what counts: permits under way and the back-off of the old key hold for the new one."""
    keys = iter(["AKIDold", "AKIDold", *["AKIDnew"] * 10])

    def renewed() -> Credentials:
        return Credentials(next(keys), Secret("key"), identity="/run/secrets/key")

    async with emulator("throttled") as server, open_client(server.url, renewed, rate=100) as client:
        with pytest.raises(ApiError, match="RequestLimitExceeded"):
            await fetch(client)
        assert client.rate_in_force(client.action) < 100 * BACKOFF_FACTOR


async def test_accounts_with_one_key_keep_to_one_rate_together() -> None:
    """Also where each of them is configured to use all of it."""
    limiters = RateLimiters()
    async with emulator(requests_per_second=20, rate_window="sliding") as server:
        clients = [
            Client(Endpoint(server.url, SERVICE), Given(lambda: CREDENTIALS), limiters, account=name)
            for name in ("a", "b")
        ]
        observed = [Observed(), Observed()]
        actions = [ApiAction(ACTION, 20, LARGEST_ANSWER, one) for one in observed]
        deadline = asyncio.get_running_loop().time() + 30
        parameters = {"SdkAppId": APPLICATION, "Offset": 0, "Limit": 25}
        await asyncio.gather(
            *(
                client.call(action, parameters, lambda answer: answer, deadline, "flow")
                for client, action in zip(clients, actions, strict=True)
                for _ in range(20)
            )
        )
        for client in clients:
            await client.close()
    assert [one.codes for one in observed] == [[], []]


async def test_a_warning_beside_a_good_answer_is_logged_once() -> None:
    async def answer(_request: web.Request) -> web.Response:
        body = {"Total": 0, "Sessions": [], "RequestId": str(uuid.uuid4()), "DeprecatedWarning": "gone by 2027"}
        return web.json_response({"Response": body})

    async with stub(answer) as url, open_client(url) as client:
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                await fetch(client)
    assert [(log["log_level"], log["action"], log["text"]) for log in logs] == [("warning", ACTION, "gone by 2027")]


async def test_a_warning_is_one_short_line_with_nothing_personal() -> None:
    text = f"gone by 2027\nsays alice@example.com to {DEFAULT_SECRET_KEY} at +8613800138000 " + "x" * 1000

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"Response": {"Total": 0, "Sessions": [], "DeprecatedWarning": text}})

    async with stub(answer) as url, open_client(url) as client:
        with structlog.testing.capture_logs() as logs:
            await fetch(client)
    assert logs[0]["text"].startswith("gone by 2027 says <email> to <secret> at <number> xxx")
    assert len(logs[0]["text"]) == 300


async def test_an_id_of_a_request_without_end_takes_no_room() -> None:
    async def answer(_request: web.Request) -> web.Response:
        body = {"Total": 0, "Sessions": [], "RequestId": str(uuid.uuid4()) + "x" * 100_000}
        return web.json_response({"Response": body})

    async with stub(answer) as url, open_client(url) as client:
        await fetch(client)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(20):
                await fetch(client)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert after - before < 1_000_000


async def test_nothing_personal_is_in_what_the_api_says() -> None:
    session = str(uuid.uuid4())

    async def answer(_request: web.Request) -> web.Response:
        error = {"Code": "FailedOperation", "Message": f"+8613800138000 in {session} of {APPLICATION}"}
        return web.json_response({"Response": {"Error": error}})

    async with stub(answer) as url, open_client(url) as client:
        with pytest.raises(ApiError, match=f"FailedOperation: <number> in <id> of {APPLICATION}$"):
            await fetch(client)


async def test_other_failures_do_not() -> None:
    async with emulator("LimitExceeded.OutOfCountLimit") as server, open_client(server.url, rate=100) as client:
        with pytest.raises(ApiError):
            await fetch(client)
        assert client.rate_in_force(client.action) == 100


async def test_a_request_without_an_answer_keeps_its_permit_for_a_whole_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ATTEMPT_TIMEOUT", 0.1)
    monkeypatch.setattr(RequestTimeoutError, "repetitions", 0, raising=False)
    loop = asyncio.get_running_loop()
    async with emulator("hang") as server, open_client(server.url, rate=1) as client:
        with pytest.raises(RequestTimeoutError):
            await fetch(client)
        given_up = loop.time()
        server.set_faults()
        await fetch(client)
        assert 0.98 < loop.time() - given_up < 5


async def test_waiting_for_the_rate_limit_is_told() -> None:
    observed = Observed()
    async with emulator() as server, open_client(server.url, rate=2, observed=observed) as client:
        await asyncio.gather(*(fetch(client) for _ in range(3)))
    assert observed.waits[:2] == pytest.approx([0.0, 0.0], abs=0.05)
    assert 0.9 < observed.waits[2] < 1.9


async def test_a_permit_that_the_caller_has_already_is_waited_for_no_more() -> None:
    observed = Observed()
    async with emulator() as server, open_client(server.url, rate=1, observed=observed) as client:
        waiter = await client.permits(client.action, "flow", FOREVER, asyncio.Event())
        permit = waiter.take()
        assert permit is not None
        await fetch(client, permit=permit)
        assert observed.waits == []
        assert waiter.take() is None
        waiter.close()


async def test_a_permit_for_the_key_of_before_is_given_back_and_one_of_the_new_key_is_waited_for() -> None:
    observed = Observed()
    async with emulator() as server, open_client(server.url, rate=1, observed=observed) as client:
        waiter = await client.permits(client.action, "flow", FOREVER, asyncio.Event())
        permit = waiter.take()
        assert permit is not None
        client.change_credentials(Given(lambda: replace(CREDENTIALS, identity="another key")))
        await fetch(client, permit=permit)
        assert observed.waits == pytest.approx([0.0], abs=0.05)
        assert waiter.take() is not None
        waiter.close()
        with pytest.raises(RateLimitTimeoutError, match="rate limit"):
            await fetch(client, seconds=0.05)


@pytest.mark.parametrize("window", ["fixed", "sliding"])
async def test_the_server_never_has_to_throttle(window: str) -> None:
    async with emulator(requests_per_second=20, rate_window=window, jitter=0.02, latency=0.03) as server:
        async with open_client(server.url, rate=20) as client:
            await asyncio.gather(*(fetch(client) for _ in range(50)))
        assert len(server.requests.arrivals) == 50


async def test_no_permit_before_the_deadline() -> None:
    observed = Observed()
    async with emulator() as server, open_client(server.url, rate=1, observed=observed) as client:
        await fetch(client)
        with pytest.raises(RateLimitTimeoutError, match="rate limit"):
            await fetch(client, seconds=0.05)
        with pytest.raises(RateLimitTimeoutError, match="rate limit"):
            await fetch(client, seconds=-1)
    assert (observed.sent, observed.codes) == (1, [])


async def test_a_request_that_is_given_up_was_sent_all_the_same() -> None:
    observed = Observed()
    async with emulator("hang") as server, open_client(server.url, observed=observed) as client:
        asking = asyncio.create_task(fetch(client))
        async with asyncio.timeout(60):
            while not server.requests.arrivals:  # noqa: ASYNC110 -- the emulator tells of no event
                await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    assert (observed.sent, observed.answered, observed.codes) == (1, 1, [])


async def test_a_flow_without_answers_keeps_no_other_one_from_theirs() -> None:
    """The fourth request of the first flow probes, and hangs."""
    asked: list[int] = []
    is_probed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, body = await read_request(reader)
        if b"good" in body:
            writer.write(http_answer({}, "good"))
            return
        asked.append(1)
        if len(asked) > FAILURES:
            is_probed.set()
            await reader.read()

    async with raw_server(answer) as url, client_of(url) as client:
        called, deadline = action("Describe"), asyncio.get_running_loop().time() + 30.0
        first = asyncio.create_task(client.call(called, {}, bool, deadline, "bad"))
        await is_probed.wait()
        assert called.circuit_breaker.is_open("bad")
        async with asyncio.timeout(4.0):
            assert await client.call(called, {"is": "good"}, bool, deadline, "good")
        first.cancel()
        await asyncio.wait([first])


async def test_the_connection_is_kept() -> None:
    connections = set()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        connections.add(request.transport.get_extra_info("peername"))
        return web.json_response({"Response": {"Total": 0, "Sessions": [], "RequestId": str(uuid.uuid4())}})

    async with stub(answer) as url, open_client(url) as client:
        for _ in range(5):
            await fetch(client)
    assert len(connections) == 1


@asynccontextmanager
async def stub(handler: Callable[[web.Request], object], tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_redirects_are_not_followed() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with stub(answer) as url, open_client(url) as client:
        with pytest.raises(HttpStatusError, match="http_302: HTTP status 302 instead of 200"):
            await fetch(client)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not of the documented shape"),
        (b"[]", "not of the documented shape"),
        (b"\xff", "not of the documented shape"),
        (b'{"Response": null}', "not of the documented shape: Expected `object`, got `null`"),
        (b'{"Response": {"RequestId": 7}}', "missing required field `Total`"),
        (b'{"Response": {"Error": {}}}', "not of the documented shape"),
        (
            b'{"Response": {"RequestId": "r-7"}}',
            r"missing required field `Total` - at `\$.Response` \(request r-7-\d\)",
        ),
        (b'{"Response": {"Error": "no"}}', "missing required field `Total`"),
        pytest.param(b"[" * 100_000, "not of the documented shape", id="deeply-nested"),
    ],
)
async def test_bodies_that_make_no_sense(body: bytes, problem: str) -> None:
    numbers = count()

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body.replace(b"r-7", b"r-7-%d" % next(numbers)))

    async with stub(answer) as url, open_client(url) as client:
        with pytest.raises(BadBodyError, match=problem):
            await fetch(client)


async def test_what_the_api_says_is_cleaned_before_it_is_shown() -> None:
    async def answer(_request: web.Request) -> web.Response:
        message = f"id {DEFAULT_SECRET_ID}, key {DEFAULT_SECRET_KEY}, token tok-1\n\x1b[31m" + " x" * 500
        error = {"Code": "Strange code\n!", "Message": message}
        return web.json_response({"Response": {"Error": error, "RequestId": "r-1\nlevel=error"}})

    credentials = Credentials(DEFAULT_SECRET_ID, Secret(DEFAULT_SECRET_KEY), Secret("tok-1"))
    async with stub(answer) as url, open_client(url, credentials) as client:
        with pytest.raises(ApiError) as caught:
            await fetch(client)
    assert (caught.value.code, caught.value.request_id) == ("unknown", "")
    assert caught.value.message.startswith("id <secret>, key <secret>, token <secret> [31m x x")
    assert len(caught.value.message) == 300


async def test_of_secrets_that_contain_one_another_nothing_is_left() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"Response": {"Error": {"Code": "X", "Message": "id-token-rest and id"}}})

    credentials = Credentials("id", Secret("token"), Secret("id-token-rest"))
    async with stub(answer) as url, open_client(url, credentials) as client:
        with pytest.raises(ApiError, match="X: <secret> and <secret>$"):
            await fetch(client)


async def test_an_error_is_told_by_its_code_whatever_stands_beside_it() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"Response": {"Error": {"Code": "InternalError.Odd", "Message": 5}, "RequestId": []}})

    async with stub(answer) as url, open_client(url) as client:
        with pytest.raises(ApiError, match=r"^InternalError.Odd: no message$"):
            await fetch(client)


async def test_a_date_without_a_zone_is_in_utc() -> None:
    async def answer(_request: web.Request) -> web.Response:
        date = {"Date": "Tue, 14 Nov 2023 22:13:20 -0000"}
        return web.json_response({"Response": {"Total": 0, "Sessions": []}}, headers=date)

    async with stub(answer) as url, open_client(url, now=lambda: 1_700_000_300.0) as client:
        assert (await fetch(client)).server_time == 1_700_000_000


async def test_an_expired_signature_without_the_servers_date() -> None:
    async def answer(_request: web.Request) -> web.Response:
        error = {"Code": "AuthFailure.SignatureExpire", "Message": "expired"}
        return web.json_response({"Response": {"Error": error}}, headers={"Date": "yesterday"})

    async with stub(answer) as url, open_client(url) as client:
        with pytest.raises(ApiError, match="SignatureExpire: expired") as caught:
            await fetch(client)
    assert caught.value.clock_offset is None


async def test_each_failed_request_is_logged_at_level_debug() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=502)

    async with stub(answer) as url, open_client(url) as client:
        with structlog.testing.capture_logs() as logs, pytest.raises(HttpStatusError):
            await fetch(client)
    assert len(logs) == 5
    assert {log["log_level"] for log in logs} == {"debug"}
    assert {(log["event"], log["action"], log["code"], log["error"]) for log in logs} == {
        ("request failed", ACTION, "http_502", "HTTP status 502 instead of 200")
    }


async def test_a_refused_key_is_told_with_where_it_came_from() -> None:
    for secret, source in (("wrong", "secret_key_file /run/key"), (DEFAULT_SECRET_KEY, "")):
        credentials = Credentials(DEFAULT_SECRET_ID, Secret(secret), source="secret_key_file /run/key")
        async with emulator() as server, open_client(server.url, credentials) as client:
            if not source:
                server.set_faults("InvalidParameter")
            with pytest.raises(ApiError) as caught:
                await fetch(client)
        assert caught.value.key_source == source


async def test_a_refused_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with open_client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(ConnectionFailedError, match=f"connection refused by 127.0.0.1:{port}$"):
            await fetch(client)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", ConnectionFailedError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", BadBodyError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", ConnectionFailedError),
    ],
)
async def test_servers_that_speak_no_http_or_stop_in_the_middle(answer: bytes, error: type[TencentError]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_client(f"http://127.0.0.1:{port}") as client:
            with pytest.raises(error):
                await fetch(client)


async def test_an_unknown_host() -> None:
    async with open_client("https://ccc.tencentcloudapi.invalid") as client:
        with pytest.raises(DnsError, match="cannot resolve ccc.tencentcloudapi.invalid"):
            await fetch(client)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


async def empty_list(_request: web.Request) -> web.Response:
    return web.json_response({"Response": {"Total": 0, "Sessions": [], "RequestId": str(uuid.uuid4())}})


async def test_tls_with_a_private_authority(authority: trustme.CA, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    tls = ssl.create_default_context(cafile=ca_file)
    async with stub(empty_list, server_context(authority, "127.0.0.1")) as url, open_client(url, tls=tls) as client:
        assert (await fetch(client)).total == 0


async def test_a_certificate_that_is_not_trusted(authority: trustme.CA) -> None:
    async with stub(empty_list, server_context(authority, "127.0.0.1")) as url, open_client(url) as client:
        with pytest.raises(TlsError, match="certificate of 127.0.0.1 is not trusted: "):
            await fetch(client)


async def test_a_certificate_of_another_host(authority: trustme.CA, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    async with (
        stub(empty_list, server_context(authority, "elsewhere.test")) as url,
        open_client(url, tls=tls) as client,
    ):
        with pytest.raises(TlsError, match="127.0.0.1"):
            await fetch(client)


async def test_tls_where_the_server_speaks_none() -> None:
    async with stub(empty_list) as url, open_client(url.replace("http:", "https:")) as client:
        with pytest.raises(TlsError):
            await fetch(client)


async def test_requests_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = []

    async def proxy(request: web.Request) -> web.Response:
        targets.append(request.raw_path)
        return await empty_list(request)

    async with stub(proxy) as url:
        monkeypatch.setenv("http_proxy", url.removeprefix("http://"))
        monkeypatch.delenv("no_proxy", raising=False)
        async with open_client("http://ccc.example.test") as client:
            assert (await fetch(client)).total == 0
        monkeypatch.setenv("no_proxy", "example.test")
        async with open_client("http://ccc.example.invalid") as client:
            assert (await fetch(client)).total == 0
    assert targets == ["http://ccc.example.test/", "http://ccc.example.invalid/"]


async def test_tls_goes_through_a_tunnel_of_the_proxy(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    heads = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async with stub(empty_list, server_context(authority, "ccc.example.test")) as url:

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            onward = await asyncio.open_connection("127.0.0.1", URL(url).port)
            await asyncio.gather(pipe(reader, onward[1]), pipe(onward[0], writer))

        async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            monkeypatch.setenv("https_proxy", f"http://user:hush@127.0.0.1:{port}")
            monkeypatch.delenv("no_proxy", raising=False)
            tls = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            async with open_client("https://ccc.example.test", tls=tls) as client:
                for _ in range(3):
                    assert (await fetch(client)).total == 0
    assert len(heads) == 1
    assert heads[0].startswith(b"CONNECT ccc.example.test:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpodXNo\r\n" in heads[0]


async def test_an_error_of_the_proxy_is_told_by_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with open_client("https://ccc.example.test") as client:
            with pytest.raises(HttpStatusError, match="http_407"):
                await fetch(client)


class Renewable(CredentialProvider):
    """Gives out keys that differ in their tokens, one after another: the next one once one is refused."""

    def __init__(self, *tokens: str, waits: asyncio.Event | None = None) -> None:
        self.tokens = list(tokens)
        self.waits = waits
        self.asked = self.renewed = 0
        self.failure: TencentError | None = None

    async def get(self) -> Credentials:
        self.asked += 1
        if self.waits is not None:
            await self.waits.wait()
        if self.failure is not None:
            raise self.failure
        return replace(CREDENTIALS, token=Secret(self.tokens[0]), identity="the source")

    def current(self) -> Credentials | None:
        if self.waits is not None and not self.waits.is_set():
            return None
        return replace(CREDENTIALS, token=Secret(self.tokens[0]), identity="the source")

    async def renew(self, refused: Credentials) -> bool:
        self.renewed += 1
        assert refused == self.current()
        await asyncio.sleep(0)
        del self.tokens[: len(self.tokens) - 1]
        return self.current() != refused


async def test_a_temporary_key_that_is_refused_is_renewed_at_once() -> None:
    observed, keys = Observed(), Renewable("stale", "tok")
    async with emulator(token="tok") as server, open_client(server.url, keys, observed=observed) as client:
        assert (await fetch(client)).sessions
        assert (await fetch(client)).sessions
    assert (keys.renewed, observed.sent, observed.codes) == (1, 3, ["AuthFailure.TokenFailure"])


async def test_a_temporary_key_is_renewed_after_a_passing_failure_too() -> None:
    keys = Renewable("stale", "tok")
    async with emulator("InternalError:0.5", token="tok", seed=3) as server, open_client(server.url, keys) as client:
        assert (await fetch(client)).sessions
    assert keys.renewed == 1


@pytest.mark.parametrize("tokens", [("stale", "stale as well"), ("stale",)])
async def test_a_key_that_is_refused_after_it_was_renewed_is_not_renewed_again(tokens: tuple[str, ...]) -> None:
    observed, keys = Observed(), Renewable(*tokens)
    async with emulator(token="tok") as server, open_client(server.url, keys, observed=observed) as client:
        with pytest.raises(ApiError, match="TokenFailure") as caught:
            await fetch(client)
    assert (keys.renewed, observed.sent, caught.value.repetitions) == (1, len(tokens), 0)


@pytest.mark.parametrize("code", ["AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure", "InternalError"])
async def test_nothing_else_has_a_key_renewed(code: str) -> None:
    keys = Renewable("tok")
    async with emulator(code, token="tok") as server, open_client(server.url, keys) as client:
        with pytest.raises(ApiError, match=code):
            await fetch(client)
    assert keys.renewed == 0


async def test_whoever_waits_for_credentials_keeps_nobody_from_a_permit() -> None:
    limiter, waits = RateLimiter(1), asyncio.Event()
    observed = Observed()
    async with emulator(token="tok") as server:
        async with open_client(server.url, Renewable("tok", waits=waits), observed=observed) as client:
            permit = limiter.try_acquire()
            fetching = asyncio.create_task(fetch(client, permit=permit))
            await asyncio.sleep(0)
            assert limiter.try_acquire() is not None
            assert observed.waits == []
            waits.set()
            assert (await fetching).sessions
    assert len(observed.waits) == 1


async def test_credentials_are_waited_for_up_to_the_deadline_and_no_longer() -> None:
    observed, keys = Observed(), Renewable("tok", waits=asyncio.Event())
    async with emulator() as server, open_client(server.url, keys, observed=observed) as client:
        with pytest.raises(RequestTimeoutError, match="no credentials in time"):
            await fetch(client, seconds=0.05)
        deadline = asyncio.get_running_loop().time() + 0.05
        with pytest.raises(RequestTimeoutError, match="no credentials in time") as failure:
            await client.permits(client.action, "flow", deadline, asyncio.Event())
    assert failure.value.action == ACTION
    assert (observed.sent, observed.codes) == (0, ["timeout", "timeout"])


async def test_whoever_waits_for_credentials_gets_those_that_are_given_in_their_place() -> None:
    before = Renewable("tok", waits=asyncio.Event())
    before.failure = NoCredentialsError("not in use any more")
    async with emulator(token="tok") as server, open_client(server.url, before) as client:
        fetching = asyncio.create_task(fetch(client))
        await asyncio.sleep(0)
        client.change_credentials(Renewable("tok"))
        assert before.waits is not None
        before.waits.set()
        assert (await fetching).sessions


async def test_the_rate_in_force_is_known_without_asking_for_credentials() -> None:
    keys = Renewable("tok", waits=asyncio.Event())
    async with open_client("http://127.0.0.1:1", keys, rate=7) as client:
        assert client.rate_in_force(client.action) == 7
    assert keys.asked == 0


async def test_a_key_that_takes_too_long_to_renew_leaves_the_refusal() -> None:
    class Hanging(Renewable):
        async def renew(self, refused: Credentials) -> bool:
            return await asyncio.Event().wait() and await super().renew(refused)

    async with emulator(token="tok") as server, open_client(server.url, Hanging("stale")) as client:
        with pytest.raises(ApiError, match="TokenFailure"):
            await fetch(client, seconds=1.0)
