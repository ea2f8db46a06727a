"""Servers and relays that behave as real ones do on a bad day, on raw sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers every request on a connection with the next of `answers`, in pieces if it is a list.

    The connection is closed after the last answer, or stays open where that is `None`.
    """

    def __init__(self, *answers: bytes | list[bytes] | None) -> None:
        self._answers = answers
        self.url = ""
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.closed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for answer in self._answers:
                await self._take_request(reader)
                if answer is None:
                    await reader.read()
                    break
                for piece in answer if isinstance(answer, list) else [answer]:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.closed.set()

    async def _take_request(self, reader: asyncio.StreamReader) -> None:
        head, body = await read_request(reader)
        self.heads.append(head)
        self.bodies.append(body)
        self.asked.set()


async def read_request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Return the head and the body of a request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
    return head, await reader.readexactly(length)


@asynccontextmanager
async def raw_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve connections by a function, and give the URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


class Relay:
    """Stands between a client and a server, and can forget the connections that it has."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.url = ""
        self.connections = 0
        self._ways: set[_Way] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for way in list(self._ways):
            way.client.close()

    def forget(self, *, silently: bool) -> None:
        """Let what is sent next on a connection be answered by a reset, or by nothing."""
        for way in self._ways:
            way.is_forgotten = True
            way.is_silent = silently

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        way = _Way(writer)
        self._ways.add(way)
        back, upstream = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        forth = asyncio.create_task(self._forward(back, writer))
        try:
            while data := await reader.read(65536):
                if way.is_forgotten:
                    if way.is_silent:
                        continue
                    reset(writer)
                    break
                upstream.write(data)
        except ConnectionError:
            pass
        finally:
            self._ways.discard(way)
            upstream.close()
            writer.close()
            forth.cancel()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        # An upstream that closes idle connections is not what is tested here.


class _Way:
    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.client = client
        self.is_forgotten = False
        self.is_silent = False


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection by a reset."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
