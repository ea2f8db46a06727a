"""POST requests over kept-alive connections, by aiohttp's client.

A connection that was idle may be dead without anybody having said so: firewalls and load balancers forget it, and let
the next request on it fail, or vanish. So what fails on a connection used before retires all of them as old: the
requests after it go out on new ones. The first attempt on such a connection is given up early.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp
from yarl import URL

from exporter.tencent.errors import (
    REQUEST_TIMEOUT,
    BadBodyError,
    ConnectionFailedError,
    HttpStatusError,
    NoHttpError,
    RequestTimeoutError,
    TencentError,
)
from exporter.tencent.failures import translated
from exporter.tencent.proxy import Proxy
from exporter.tencent.roundtrips import RoundTrips

KEEP_ALIVE = 120.0
"""Seconds that an idle connection is kept: longer than the usual pause between two scrapes."""
PROBE_AFTER, PROBE_INTERVAL, PROBES = 30, 10, 3
"""Seconds without traffic until TCP probes a connection, seconds between probes, and how many may go unanswered.
Usual NATs and load balancers forget a connection after a minute or more.
"""
LEAST_REUSE_TIMEOUT = 1.0
"""Seconds that an attempt on a connection used before is given at least."""
DEVIATIONS = 4.0
"""How many standard deviations above the mean round trip an answer may take on such a connection."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came for a request; `date` is the header of that name, None where it is missing.

    `pool` tells among which connections it came, for `HttpClient.retire_connections`.
    """

    status: int
    date: str | None
    body: bytes
    pool: object = field(default=None, repr=False, compare=False)


class HttpClient:
    """Posts to one URL. Make it inside a running event loop, close it when done."""

    def __init__(self, url: URL, *, tls: ssl.SSLContext | None = None, proxy: Proxy | None = None) -> None:
        self._url = url
        self._tls = tls
        self._proxy = None if proxy is None else proxy.url
        self._headers: dict[str, str] = {}
        self._proxy_headers: dict[str, str] = {}
        if proxy is not None and proxy.authorization is not None:
            # Through a tunnel, the request itself is the endpoint's to read and not the proxy's.
            headers = self._proxy_headers if url.scheme == "https" else self._headers
            headers["Proxy-Authorization"] = proxy.authorization
        self._round_trips = RoundTrips()
        self._pools: set[_Pool] = set()
        self._pool = self._new_pool()
        self._is_closed = False

    async def post(self, headers: Mapping[str, str], body: bytes, *, deadline: float, largest_body: int) -> Response:
        """Send a request and return its response, whatever its status.

        `deadline` is a time of the running loop's clock; of a body no more than `largest_body` bytes are taken. Raises
        TencentError, marked as stale where the connection was used before and may be to blame.
        """
        pool = self._pool
        exchange = _Exchange(deadline)
        pool.requests += 1
        try:
            return await self._exchange(pool, exchange, headers, body, largest_body)
        except TencentError as error:
            if exchange.is_reused and _may_be_stale(error):
                error.is_stale = True
                self._retire(pool)
            raise
        finally:
            pool.requests -= 1
            await self._close_if_done(pool)

    async def retire_connections(self, response: Response) -> None:
        """Use no connection again that is as old as the one a response came on."""
        for pool in self._pools:
            if pool is response.pool:
                self._retire(pool)
                await self._close_if_done(pool)
                return

    async def change_tls(self, tls: ssl.SSLContext | None) -> None:
        """Use no connection again that is there now, and make new ones by other settings."""
        self._tls = tls
        pool, self._pool = self._pool, self._new_pool()
        await self._close_if_done(pool)

    async def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        for pool in list(self._pools):
            await pool.session.close()
        self._pools.clear()

    async def _exchange(
        self, pool: _Pool, exchange: _Exchange, headers: Mapping[str, str], body: bytes, largest_body: int
    ) -> Response:
        loop = asyncio.get_running_loop()
        exchange.reuse_timeout = max(
            LEAST_REUSE_TIMEOUT, self._round_trips.mean + DEVIATIONS * self._round_trips.deviation
        )
        sent = loop.time()
        try:
            async with (
                asyncio.timeout_at(exchange.deadline) as exchange.timeout,
                pool.session.post(
                    self._url,
                    data=body,
                    headers={**headers, **self._headers},
                    proxy=self._proxy,
                    proxy_headers=self._proxy_headers,
                    allow_redirects=False,
                    trace_request_ctx=exchange,
                ) as response,
            ):
                content = await _content(response, largest_body)
                if content is None:
                    response.close()
        except TimeoutError:
            raise RequestTimeoutError("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise translated(error) from None
        if content is None:
            # Not raised where it is read: by the traceback, what has come would live for as long as the error does.
            del response
            raise BadBodyError(f"the answer is larger than {largest_body // 1024} KiB")
        self._round_trips = self._round_trips.updated(loop.time() - sent)
        if response.status == REQUEST_TIMEOUT and exchange.is_reused:
            # A load balancer tells that the connection was idle for too long, and not of this request.
            raise HttpStatusError(response.status)
        return Response(response.status, response.headers.get("Date"), content, pool)

    def _new_pool(self) -> _Pool:
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_reuseconn.append(_on_reuse)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                ssl=True if self._tls is None else self._tls,
                keepalive_timeout=KEEP_ALIVE,
                socket_factory=_new_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            auto_decompress=False,
            trace_configs=[tracing],
        )
        pool = _Pool(session)
        self._pools.add(pool)
        return pool

    def _retire(self, pool: _Pool) -> None:
        if pool is self._pool and not self._is_closed:
            self._pool = self._new_pool()

    async def _close_if_done(self, pool: _Pool) -> None:
        if pool is not self._pool and not pool.requests and pool in self._pools:
            self._pools.remove(pool)
            await pool.session.close()


@dataclass(eq=False, slots=True)
class _Pool:
    """The connections of one age, and how many requests are under way on them."""

    session: aiohttp.ClientSession
    requests: int = 0


@dataclass(slots=True)
class _Exchange:
    """A request and its answer; the time-out is shortened once it is known that the connection was used before."""

    deadline: float
    timeout: asyncio.Timeout | None = None
    reuse_timeout: float = LEAST_REUSE_TIMEOUT
    is_reused: bool = False


async def _on_reuse(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: aiohttp.TraceConnectionReuseconnParams
) -> None:
    exchange: _Exchange = context.trace_request_ctx
    exchange.is_reused = True
    assert exchange.timeout is not None
    exchange.timeout.reschedule(min(exchange.deadline, asyncio.get_running_loop().time() + exchange.reuse_timeout))


async def _content(response: aiohttp.ClientResponse, largest: int) -> bytes | None:
    """Return a body of at most so many bytes, None where there is more."""
    length = response.content_length
    if length is not None:
        return await response.read() if length <= largest else None
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            return None
    return b"".join(pieces)


def _may_be_stale(error: TencentError) -> bool:
    match error:
        case HttpStatusError():
            return error.status == REQUEST_TIMEOUT
        case _:
            return isinstance(error, ConnectionFailedError | NoHttpError | RequestTimeoutError)


def _new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket of a connection, with probes that keep what is in between from forgetting it."""
    family, kind, protocol, *_ = address
    new = socket.socket(family, kind, protocol)
    new.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", PROBE_AFTER), ("TCP_KEEPINTVL", PROBE_INTERVAL), ("TCP_KEEPCNT", PROBES)):
        # Not every system has all of them.
        if hasattr(socket, name):
            new.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return new
