"""The client of one account: signs requests, sends them over one kept-alive session, and makes sense of the answers."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import aiohttp
import msgspec
from yarl import URL

from exporter import __version__
from exporter.tencent.answer import Answer, parse_date, read_body, unwrap
from exporter.tencent.budget import RateBudget
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import (
    BadBodyError,
    BudgetTimeoutError,
    ConnectionFailedError,
    DnsError,
    HttpStatusError,
    RequestTimeoutError,
    TencentError,
    TlsError,
)
from exporter.tencent.proxy import proxy_for
from exporter.tencent.retry import with_retries
from exporter.tencent.signing import SignedRequest, authorization

CONTENT_TYPE = "application/json"
ATTEMPT_TIMEOUT = 5.0
"""Seconds after which an attempt is given up; one that hangs must not use up a scrape's whole time."""
KEEP_ALIVE = 120.0
"""Seconds that an idle connection is kept: longer than the usual pause between two scrapes."""

Result = TypeVar("Result")


class Observer(Protocol):
    """Is told of every request."""

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
        self._proxy = proxy_for(self._url)
        self._service = service
        self._credentials = credentials
        self._budget = budget
        self._observer = observer
        self._now = now
        self._session = aiohttp.ClientSession(
            # The rate budget limits what is under way, so the pool need not.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, ssl=True if tls is None else tls),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close the session and its connections."""
        await self._session.close()

    async def call(
        self,
        action: str,
        parameters: Mapping[str, object],
        decode: Callable[[Answer], Result],
        deadline: float,
        on_send: Callable[[], None] = lambda: None,
    ) -> Result:
        """Call an action, and again where it fails in passing.

        `decode` makes a result of the answer, or raises BadBodyError. `deadline` is a time of the running loop's clock.
        `on_send` is called for every request that goes out. Raises TencentError.
        """
        body = msgspec.json.encode(parameters)

        async def attempt() -> Result:
            credentials = self._credentials_now()
            await self._take_place(deadline)
            try:
                on_send()
                return await self._observed(self._exchange(action, body, credentials), decode, deadline)
            finally:
                self._budget.give_back()

        return await with_retries(attempt, deadline)

    def _credentials_now(self) -> Credentials:
        try:
            return self._credentials()
        except TencentError as error:
            self._observer.request_failed(error.code)
            raise

    async def _take_place(self, deadline: float) -> None:
        try:
            await self._budget.take(deadline)
        except TimeoutError:
            raise BudgetTimeoutError from None

    async def _observed(
        self, exchange: Coroutine[Any, Any, Answer], decode: Callable[[Answer], Result], deadline: float
    ) -> Result:
        """Decoding is a part of it: an answer that makes no sense is a failed request."""
        loop = asyncio.get_running_loop()
        sent = loop.time()
        self._observer.request_sent()
        try:
            try:
                async with asyncio.timeout_at(min(deadline, sent + ATTEMPT_TIMEOUT)):
                    return decode(await exchange)
            except (aiohttp.ClientError, OSError) as error:
                raise _translate(error) from None
        except TencentError as error:
            self._observer.request_failed(error.code)
            raise
        finally:
            self._observer.request_answered(loop.time() - sent)

    async def _exchange(self, action: str, body: bytes, credentials: Credentials) -> Answer:
        async with self._session.post(
            self._url,
            data=body,
            headers=self._headers(action, body, credentials),
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            if response.status != 200:
                raise HttpStatusError(response.status)
            content = await read_body(response.content)
        return unwrap(content, parse_date(response.headers.get("Date")), self._now(), credentials)

    def _headers(self, action: str, body: bytes, credentials: Credentials) -> dict[str, str]:
        timestamp = int(self._now())
        request = SignedRequest(
            method="POST",
            host=self._url.raw_authority,
            content_type=CONTENT_TYPE,
            body=body,
            service=self._service.name,
            timestamp=timestamp,
        )
        headers = {
            "Accept-Encoding": "identity",
            "Authorization": authorization(request, credentials.secret_id, credentials.secret_key.reveal()),
            "Content-Type": request.content_type,
            "Host": request.host,
            "User-Agent": f"tccc-exporter/{__version__}",
            "X-TC-Action": action,
            "X-TC-Timestamp": str(timestamp),
            "X-TC-Version": self._service.version,
        }
        if credentials.token is not None:
            headers["X-TC-Token"] = credentials.token.reveal()
        return headers


def _translate(error: aiohttp.ClientError | OSError) -> TencentError:
    match error:
        case TimeoutError():
            return RequestTimeoutError("no answer in time")
        case aiohttp.ClientConnectorDNSError():
            return DnsError(f"cannot resolve {error.host}: {error.os_error.strerror or error.os_error}")
        case aiohttp.ClientConnectorCertificateError():
            return TlsError(f"certificate of {error.host} is not trusted: {_tls_reason(error.certificate_error)}")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return TlsError(f"TLS failed: {_tls_reason(error)}")
        case aiohttp.ClientConnectorError():
            return ConnectionFailedError(
                f"cannot connect to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}"
            )
        case aiohttp.ClientHttpProxyError():
            return HttpStatusError(error.status)
        case aiohttp.ClientResponseError():
            return BadBodyError("the answer cannot be read as HTTP")
        case aiohttp.ServerDisconnectedError():
            return ConnectionFailedError("the server closed the connection without an answer")
        case _:
            return ConnectionFailedError(f"the connection broke: {str(error) or type(error).__name__}")


def _tls_reason(error: BaseException) -> str:
    return getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
