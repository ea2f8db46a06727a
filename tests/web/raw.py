"""An exporter on a real socket, and clients that send and read bytes as they please."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exporter.config.schema import Account, Application, Config
from exporter.metrics.exposition import RenderedFamily
from exporter.service import Exporter
from exporter.web.access import AccessControl
from exporter.web.address import Address
from exporter.web.connections import Limits
from exporter.web.server import Server

PATIENCE = 60.0
"""Seconds after which something that ought to happen is taken not to happen any more."""

HEALTH = b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n"
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n"


@dataclass(frozen=True)
class Served:
    """A server under test."""

    exporter: Exporter
    server: Server
    port: int

    @asynccontextmanager
    async def client(self) -> AsyncIterator[RawClient]:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                yield RawClient(reader, writer)
            finally:
                writer.transport.abort()

    async def ask(self, request: bytes) -> bytes | None:
        """Return the answer to a request on a connection of its own, None where there is none."""
        async with self.client() as client:
            client.send(request)
            return await client.answer()

    async def is_healthy(self) -> bool:
        answer = await self.ask(HEALTH)
        return answer is not None and answer.endswith(b"tccc-exporter is healthy.\n")


class RawClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> bytes | None:
        """Return one whole answer, None where the server closes the connection instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            headers = dict(line.lower().split(b": ", 1) for line in head.splitlines()[1:-1])
            return head + await self.reader.readexactly(int(headers.get(b"content-length", b"0")))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def closed(self) -> None:
        """Wait until the server closes the connection, and let go what it still sends."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass


@asynccontextmanager
async def serving(
    limits: Limits | None = None, max_requests: int = 0, access: AccessControl | None = None
) -> AsyncIterator[Served]:
    """Serve an exporter of one application, which cannot be read for want of a key."""
    accounts = (Account(name="main", applications=(Application(sdk_app_id=1, name="support"),)),)
    async with Exporter(Config(accounts=accounts), environment={"HOME": "/nonexistent"}) as exporter:
        server = Server(exporter, limits=limits, max_requests=max_requests, access=access)
        await server.listen([Address("127.0.0.1", 0)])
        try:
            yield Served(exporter, server, int(server.addresses[0].rpartition(":")[2]))
        finally:
            await server.close()


class SlowCollection:
    """Stands in for what an exporter collects: it takes until `go` is set, and is a page of `size` characters."""

    def __init__(self, exporter: Exporter, size: int = 0) -> None:
        self._begun = asyncio.Semaphore(0)
        self.go = asyncio.Event()
        self.fails = False
        self._lines = ["tccc_up 1.0\n", *["#".ljust(1023, "#") + "\n"] * (size // 1024)]
        exporter.collect = self._collect  # type: ignore[assignment, method-assign]

    async def begins(self, times: int = 1) -> None:
        """Wait until as many scrapes wait for it."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(times):
                await self._begun.acquire()

    async def _collect(self, _budget: float, _only: object = None, **_: object) -> list[RenderedFamily]:
        self._begun.release()
        await self.go.wait()
        if self.fails:
            raise ZeroDivisionError
        return [RenderedFamily("tccc_up", "gauge", "Up.", self._lines)]
