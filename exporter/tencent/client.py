"""The client of one account: signs requests, sends them over kept-alive connections, and makes sense of the answers."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec
from yarl import URL

from exporter import __version__
from exporter.tencent.answer import Answer, parse_date, raise_api_error
from exporter.tencent.budget import Lane, RateBudget
from exporter.tencent.connections import Connections
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import (
    ApiError,
    BadBodyError,
    BudgetTimeoutError,
    HttpStatusError,
    RequestTimeoutError,
    TencentError,
)
from exporter.tencent.places import Places
from exporter.tencent.proxy import proxy_for
from exporter.tencent.retry import with_retries
from exporter.tencent.signing import SignedRequest, authorization

CONTENT_TYPE = "application/json"
ATTEMPT_TIMEOUT = 5.0
"""Seconds after which an attempt is given up; one that hangs must not use up a scrape's whole time."""
THROTTLED = "RequestLimitExceeded"
"""What the codes of all errors begin with that the API tells for a rate that is too high."""

Result = TypeVar("Result")


class Observer(Protocol):
    """Is told of every request."""

    def budget_waited(self, seconds: float) -> None:
        """Take note that a request waited for the rate budget for so long, 0 for not at all."""

    def request_sent(self) -> None:
        """Take note of a request that goes out."""

    def request_answered(self, seconds: float) -> None:
        """Take note that a request was answered, or failed, after so many seconds."""

    def request_failed(self, code: str) -> None:
        """Take note that a request failed; without credentials it does so without having been sent."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service of Tencent Cloud in one version, such as `ccc` in `2020-02-10`."""

    name: str
    version: str


class Client:
    """One account at one endpoint. Make it inside a running event loop, close it when done.

    `credentials` is called before every attempt and raises NoCredentialsError where there are none.
    """

    def __init__(
        self,
        endpoint: str,
        service: Service,
        credentials: Callable[[], Credentials],
        budget: RateBudget,
        *,
        tls: ssl.SSLContext | None = None,
        observer: Observer,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = URL(endpoint).with_path("/")
        self._service = service
        self._credentials = credentials
        self.budget = budget
        """What all requests keep to."""
        self._observer = observer
        self._now = now
        self._connections = Connections(self._url, tls=tls, proxy=proxy_for(self._url))

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def call(
        self,
        action: str,
        parameters: Mapping[str, object],
        decode: Callable[[Answer], Result],
        deadline: float,
        lane: Lane,
        *,
        has_place: bool = False,
        on_send: Callable[[], None] = lambda: None,
    ) -> Result:
        """Call an action, and again where it fails in passing.

        `decode` makes a result of the answer, or raises BadBodyError. `deadline` is a time of the running loop's clock.
        `lane` is where the attempts wait for the rate budget; with `has_place` the caller has waited there already for
        the first one. `on_send` is called for every request that goes out. Raises TencentError.
        """
        body = msgspec.json.encode(parameters)
        waits = not has_place

        async def attempt() -> Result:
            nonlocal waits
            if waits:
                await self._take_place(lane, deadline)
            waits = True
            return await self._send(action, body, decode, deadline, on_send)

        return await with_retries(attempt, deadline)

    def places(self, lane: Lane, deadline: float, news: asyncio.Event) -> Places:
        """Return what takes places in the rate budget for first attempts, see `call` and Places."""
        return Places(self.budget, lane, deadline, news, self._observer.budget_waited)

    async def _take_place(self, lane: Lane, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            await self.budget.take(lane, deadline)
        except TimeoutError:
            raise BudgetTimeoutError from None
        finally:
            self._observer.budget_waited(loop.time() - asked)

    async def _send(
        self,
        action: str,
        body: bytes,
        decode: Callable[[Answer], Result],
        deadline: float,
        on_send: Callable[[], None],
    ) -> Result:
        """Send one request in a place of the budget. Decoding is a part of it: an answer that makes no sense failed."""
        try:
            credentials = self._credentials()
        except TencentError as error:
            self.budget.unused()
            self._observer.request_failed(error.code)
            raise
        loop = asyncio.get_running_loop()
        sent = loop.time()
        on_send()
        self._observer.request_sent()
        answered = False
        try:
            answer = await self._exchange(action, body, credentials, sent, deadline)
            answered = True
            return decode(answer)
        except TencentError as error:
            answered = answered or isinstance(error, ApiError | BadBodyError | HttpStatusError)
            if error.code.startswith(THROTTLED):
                self.budget.throttled()
            self._observer.request_failed(error.code)
            raise
        finally:
            round_trip = loop.time() - sent
            self._observer.request_answered(round_trip)
            if answered:
                self.budget.answered(round_trip)
            else:
                self.budget.given_up()

    async def _exchange(
        self, action: str, body: bytes, credentials: Credentials, sent: float, deadline: float
    ) -> Answer:
        try:
            async with asyncio.timeout_at(min(deadline, sent + ATTEMPT_TIMEOUT)):
                response = await self._connections.post(self._headers(action, body, credentials), body)
        except TimeoutError:
            raise RequestTimeoutError("no answer in time") from None
        if response.status != 200:
            raise HttpStatusError(response.status)
        received = asyncio.get_running_loop().time()
        server_time, now = parse_date(response.date), self._now()
        raise_api_error(response.body, server_time, now, credentials)
        return Answer(response.body, now if server_time is None else server_time, sent, received)

    def _headers(self, action: str, body: bytes, credentials: Credentials) -> str:
        timestamp = int(self._now())
        request = SignedRequest(
            method="POST",
            host=self._url.raw_authority,
            content_type=CONTENT_TYPE,
            body=body,
            service=self._service.name,
            timestamp=timestamp,
        )
        token = "" if credentials.token is None else f"X-TC-Token: {credentials.token.reveal()}\r\n"
        return (
            f"Host: {request.host}\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity\r\n"
            f"User-Agent: tccc-exporter/{__version__}\r\n"
            f"Content-Type: {CONTENT_TYPE}\r\n"
            f"X-TC-Action: {action}\r\n"
            f"X-TC-Version: {self._service.version}\r\n"
            f"X-TC-Timestamp: {timestamp}\r\n"
            f"Authorization: {authorization(request, credentials.secret_id, credentials.secret_key.reveal())}\r\n"
            f"{token}"
        )
