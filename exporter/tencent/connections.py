"""Kept-alive connections to one endpoint, as many as requests are under way at once.

aiohttp makes them: it resolves names, agrees on TLS, and finds its way through proxies.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque

import aiohttp
from yarl import URL

from exporter.tencent.errors import ConnectionFailedError
from exporter.tencent.failures import translated
from exporter.tencent.http import RECEIVE_BUFFER, Connection, Response
from exporter.tencent.proxy import Proxy

KEEP_ALIVE = 120.0
"""Seconds that an idle connection is kept: longer than the usual pause between two scrapes."""


class Connections:
    """The connections to the path of one URL. Make it inside a running event loop, close it when done."""

    def __init__(self, url: URL, *, tls: ssl.SSLContext | None = None, proxy: Proxy | None = None) -> None:
        self._connector = aiohttp.TCPConnector(limit=0, ssl=True if tls is None else tls)
        self._url = url
        self._proxy = proxy
        # A proxy of plain HTTP is asked for the whole URL; through one of TLS the way leads to the endpoint itself.
        is_for_proxy = proxy is not None and url.scheme == "http"
        self._first_line = f"POST {url if is_for_proxy else url.raw_path} HTTP/1.1\r\n"
        self._proxy_authorization = ""
        if proxy is not None and proxy.authorization is not None and is_for_proxy:
            self._proxy_authorization = f"Proxy-Authorization: {proxy.authorization}\r\n"
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._buffer = memoryview(bytearray(RECEIVE_BUFFER))

    async def post(self, headers: str, body: bytes) -> Response:
        """Send a request and return its response, whatever its status.

        `headers` are lines of ASCII, each with its line end; that of the content's length is added to them. To give a
        request up, cancel it. Raises TencentError.
        """
        connection = self._take_idle() or await self._connect()
        head = f"{self._first_line}{self._proxy_authorization}{headers}Content-Length: {len(body)}\r\n\r\n"
        try:
            response = await connection.exchange(head.encode("ascii") + body)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        return response

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._open:
            connection.close()
        if self._open:
            await asyncio.wait([connection.lost for connection in self._open])
        await self._connector.close()

    def _take_idle(self) -> Connection | None:
        """Return the connection that was used last; those that have been idle for too long are closed."""
        long_ago = asyncio.get_running_loop().time() - KEEP_ALIVE
        while self._idle and (self._idle[0].idle_since < long_ago or not self._idle[0].is_open):
            self._idle.popleft().close()
        while self._idle:
            if (connection := self._idle.pop()).is_open:
                return connection
        return None

    async def _connect(self) -> Connection:
        proxy_url, authorization = (None, None) if self._proxy is None else (self._proxy.url, self._proxy.authorization)
        request = aiohttp.ClientRequest(
            "POST",
            self._url,
            loop=asyncio.get_running_loop(),
            proxy=proxy_url,
            proxy_headers={"Proxy-Authorization": authorization} if authorization else None,
        )
        try:
            made = await self._connector.connect(request, [], aiohttp.ClientTimeout())
        except (aiohttp.ClientError, OSError) as error:
            raise translated(error) from None
        if made.transport is None:
            made.close()
            raise ConnectionFailedError("the server closed the connection at once")
        connection = Connection(made.transport, self._buffer)
        self._open.add(connection)

        def lost(_: object) -> None:
            self._open.discard(connection)
            made.close()

        connection.lost.add_done_callback(lost)
        return connection
