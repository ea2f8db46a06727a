"""Connections against servers that answer in every way that HTTP allows, and in some that it does not."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from yarl import URL

from exporter.tencent import connections as connections_module
from exporter.tencent.connections import Connections
from exporter.tencent.errors import BadBodyError, ConnectionFailedError, TencentError
from exporter.tencent.http import LARGEST_BODY, Response
from exporter.tencent.proxy import Proxy

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEADERS = "Host: h\r\n"


class Server:
    """Answers every request on a connection with the next of `answers`, in pieces if it is a list.

    The connection is closed after the last answer, or stays open where that is `None`.
    """

    def __init__(self, *answers: bytes | list[bytes] | None) -> None:
        self._answers = answers
        self.url = URL()
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.closed = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for answer in self._answers:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                self.asked.set()
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


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[Connections]:
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = URL(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/")
        connections = Connections(server.url)
        try:
            yield connections
        finally:
            await connections.close()


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        (OK, Response(200, None, b"ok")),
        ([OK[:1], OK[1:20], OK[20:40], OK[40:]], Response(200, None, b"ok")),
        (b"HTTP/1.1 200 OK\r\nDATE: now\r\nContent-Length: 2\r\n\r\nok", Response(200, "now", b"ok")),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", Response(502, None, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Response(204, None, b"")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: t\r\n\r\n",
            Response(200, None, b"abc"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n",
            Response(200, None, b"x" * 20_000),
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", Response(200, None, b"to the end")),
        (b"HTTP/1.0 200 OK\r\n\r\n", Response(200, None, b"")),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", Response(200, None, b"ok")),
        (b"HTTP/1.1 100 Continue\r\nDate: early\r\n\r\n" + OK, Response(200, None, b"ok")),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", OK], Response(200, None, b"ok")),
    ],
)
async def test_every_kind_of_response(answer: bytes | list[bytes], response: Response) -> None:
    async with running(Server(answer)) as connections:
        assert await connections.post(HEADERS, b"{}") == response


async def test_what_is_sent() -> None:
    server = Server(OK)
    async with running(server) as connections:
        await connections.post("Host: h\r\nX: y\r\n", b'{"a": 1}')
    assert server.heads == ["POST / HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 8\r\n\r\n"]
    assert server.bodies == [b'{"a": 1}']


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (b"", ConnectionFailedError, "closed the connection before its answer was complete"),
        (b"HTTP/1.1 200 OK\r\nConte", ConnectionFailedError, "before its answer was complete"),
        (OK[:-1], ConnectionFailedError, "before its answer was complete"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", BadBodyError, "cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", BadBodyError, "cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, BadBodyError, "its head has no end"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", BadBodyError, "as HTTP"),
    ],
)
async def test_what_is_no_response(answer: bytes, error: type[TencentError], message: str) -> None:
    async with running(Server(answer)) as connections:
        with pytest.raises(error, match=message):
            await connections.post(HEADERS, b"{}")


@pytest.mark.parametrize("framing", ["Content-Length: {}", "X: y"])
async def test_a_body_may_be_as_large_as_the_limit_and_no_larger(framing: str) -> None:
    def answer(size: int) -> bytes:
        return f"HTTP/1.1 200 OK\r\n{framing.format(size)}\r\n\r\n".encode() + b"x" * size

    async with running(Server(answer(LARGEST_BODY))) as connections:
        assert len((await connections.post(HEADERS, b"{}")).body) == LARGEST_BODY
    async with running(Server(answer(LARGEST_BODY + 1))) as connections:
        with pytest.raises(BadBodyError, match="larger than 8 MiB"):
            await connections.post(HEADERS, b"{}")


async def test_a_connection_is_used_again() -> None:
    server = Server(OK, OK, OK)
    async with running(server) as connections:
        for _ in range(3):
            assert (await connections.post(HEADERS, b"{}")).body == b"ok"
    assert server.connections == 1


async def test_requests_at_once_have_a_connection_each() -> None:
    server = Server(OK, OK)
    async with running(server) as connections:
        for _ in range(2):
            await asyncio.gather(*(connections.post(HEADERS, b"{}") for _ in range(5)))
    assert server.connections == 5


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,
        OK + b"HTTP/1.1 2",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_is_at_its_end_or_says_too_much_is_not_used_again(last: bytes) -> None:
    server = Server(last, OK)
    async with running(server) as connections:
        assert (await connections.post(HEADERS, b"{}")).body == b"ok"
        assert (await connections.post(HEADERS, b"{}")).body == b"ok"
    assert server.connections == 2


async def test_what_comes_unasked_ends_the_connection() -> None:
    server = Server([OK, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"], OK)
    async with running(server) as connections:
        await connections.post(HEADERS, b"{}")
        await server.closed.wait()
        assert (await connections.post(HEADERS, b"{}")).status == 200
    assert server.connections == 2


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    server = Server(OK)
    async with running(server) as connections:
        await connections.post(HEADERS, b"{}")
        await server.closed.wait()
        server.closed.clear()
        while connections._open:  # noqa: ASYNC110 -- the closing tells of no event
            await asyncio.sleep(0)
        assert (await connections.post(HEADERS, b"{}")).body == b"ok"
    assert server.connections == 2


async def test_a_connection_that_was_idle_for_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(OK, OK)
    async with running(server) as connections:
        await connections.post(HEADERS, b"{}")
        monkeypatch.setattr(connections_module, "KEEP_ALIVE", -1.0)
        await connections.post(HEADERS, b"{}")
        await server.closed.wait()
    assert server.connections == 2


async def test_a_request_that_is_given_up_takes_its_connection_with_it() -> None:
    server = Server(None)
    async with running(server) as connections:
        asking = asyncio.create_task(connections.post(HEADERS, b"{}"))
        await server.asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        async with asyncio.timeout(10):
            await server.closed.wait()
        assert asking.cancelled()


async def test_closing_ends_what_is_under_way() -> None:
    server = Server(None)
    async with running(server) as connections:
        asking = asyncio.create_task(connections.post(HEADERS, b"{}"))
        await server.asked.wait()
        await connections.close()
        with pytest.raises(ConnectionFailedError):
            await asking


async def test_a_proxy_is_told_who_asks() -> None:
    server = Server(OK, OK)
    async with running(server):
        token = base64.b64encode("user:密".encode()).decode()
        proxy = Proxy(server.url, f"Basic {token}")
        connections = Connections(URL("http://ccc.example.test/"), proxy=proxy)
        for _ in range(2):
            assert (await connections.post(HEADERS, b"{}")).body == b"ok"
        await connections.close()
    assert server.connections == 1
    for head in server.heads:
        assert head.startswith("POST http://ccc.example.test/ HTTP/1.1\r\n")
        assert f"\r\nProxy-Authorization: Basic {token}\r\n" in head
