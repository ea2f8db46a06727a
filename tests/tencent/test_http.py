"""The HTTP client against servers that answer in every way that HTTP allows, and in some that it does not."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from yarl import URL

from exporter.tencent import http as http_module
from exporter.tencent.errors import (
    BadBodyError,
    ConnectionFailedError,
    HttpStatusError,
    RequestTimeoutError,
    TencentError,
)
from exporter.tencent.http import HttpClient, Response
from exporter.tencent.proxy import Proxy
from tests.hostile import OK, Relay, Server, raw_server, read_request

HEADERS = {"Host": "h", "Content-Type": "application/json"}
LARGEST = 1024 * 1024


class Posting(HttpClient):
    async def send(self, body: bytes = b"{}", *, seconds: float = 30.0) -> Response:
        deadline = asyncio.get_running_loop().time() + seconds
        return await self.post(HEADERS, body, deadline=deadline, largest_body=LARGEST)


@asynccontextmanager
async def posting_to(url: str, proxy: Proxy | None = None) -> AsyncIterator[Posting]:
    client = Posting(URL(url), proxy=proxy)
    try:
        yield client
    finally:
        await client.close()


async def idle(server: Server) -> None:
    """Let everything arrive that the server has sent."""
    async with asyncio.timeout(60):
        await server.closed.wait()
    for _ in range(10):
        await asyncio.sleep(0)


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
    async with Server(answer) as server, posting_to(server.url) as client:
        assert await client.send() == response


async def test_what_is_sent() -> None:
    async with Server(OK) as server, posting_to(server.url) as client:
        await client.send(b'{"a": 1}')
    first, *headers = server.heads[0].rstrip().split("\r\n")
    assert first == "POST / HTTP/1.1"
    assert {"Host: h", "Content-Type: application/json", "Content-Length: 8"} <= set(headers)
    assert not any(header.startswith(("Cookie", "Expect", "Authorization")) for header in headers)
    assert server.bodies == [b'{"a": 1}']


async def test_nothing_is_kept_followed_or_unpacked_that_was_not_asked_for() -> None:
    packed = gzip.compress(b"ok")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\nSet-Cookie: a=b\r\n\r\n"
    moved = b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with Server(head.encode() + packed, moved) as server, posting_to(server.url) as client:
        assert (await client.send()).body == packed
        assert (await client.send()).status == 307
    assert [head.partition("\r\n")[0] for head in server.heads] == ["POST / HTTP/1.1"] * 2
    assert "cookie" not in server.heads[1].lower()


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (b"", ConnectionFailedError, "closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nConte", ConnectionFailedError, "closed the connection without an answer"),
        (OK[:-1], ConnectionFailedError, "the answer broke off before it was complete"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", BadBodyError, "cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", BadBodyError, "cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000, BadBodyError, "cannot be read as HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, BadBodyError, "cannot be read as HTTP"),
    ],
)
async def test_what_is_no_response(answer: bytes, error: type[TencentError], message: str) -> None:
    async with Server(answer) as server, posting_to(server.url) as client:
        with pytest.raises(error, match=message) as caught:
            await client.send()
        assert not caught.value.is_stale


def framed(framing: str, size: int) -> bytes:
    if framing == "chunked":
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"
    length = f"Content-Length: {size}\r\n" if framing == "length" else ""
    return f"HTTP/1.1 200 OK\r\n{length}\r\n".encode() + b"x" * size


@pytest.mark.parametrize("framing", ["length", "chunked", "to the end"])
async def test_a_body_may_be_as_large_as_the_limit_and_no_larger(framing: str) -> None:
    async with Server(framed(framing, LARGEST)) as server, posting_to(server.url) as client:
        assert len((await client.send()).body) == LARGEST
    async with Server(framed(framing, LARGEST + 1)) as server, posting_to(server.url) as client:
        with pytest.raises(BadBodyError, match="larger than 1024 KiB"):
            await client.send()


async def test_an_error_does_not_keep_the_body_that_it_is_about() -> None:
    async with Server(framed("to the end", 2 * LARGEST)) as server, posting_to(server.url) as client:
        errors = []
        tracemalloc.start()
        try:
            for _ in range(4):
                with pytest.raises(BadBodyError) as caught:
                    await client.send()
                errors.append(caught.value)
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept < len(errors) * LARGEST / 2


async def test_of_an_endless_body_no_more_than_the_limit_is_read() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async with raw_server(endless) as url, posting_to(url) as client:
        with pytest.raises(BadBodyError):
            await client.send()
    # What the buffers of the sockets take comes on top.
    assert sent < 16 * LARGEST


async def test_nothing_of_an_answer_outlives_its_request() -> None:
    """Although it was too large, and its connection is closed."""
    async with Server(framed("to the end", 4 * LARGEST)) as server, posting_to(server.url) as client:
        with pytest.raises(BadBodyError):
            await client.send()
        tracemalloc.start()
        try:
            for _ in range(25):
                with pytest.raises(BadBodyError):
                    await client.send()
            await asyncio.sleep(0)
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert kept < 2 * LARGEST


async def test_a_connection_is_used_again() -> None:
    async with Server(OK, OK, OK) as server, posting_to(server.url) as client:
        for _ in range(3):
            assert (await client.send()).body == b"ok"
    assert server.connections == 1


async def test_requests_at_once_have_a_connection_each() -> None:
    async with Server(OK, OK) as server, posting_to(server.url) as client:
        for _ in range(2):
            await asyncio.gather(*(client.send() for _ in range(5)))
    assert server.connections == 5


@pytest.mark.parametrize(
    "last",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_is_at_its_end_or_says_too_much_is_not_used_again(last: bytes) -> None:
    async with Server(last, OK) as server, posting_to(server.url) as client:
        assert (await client.send()).body == b"ok"
        assert (await client.send()).body == b"ok"
    assert server.connections == 2


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    async with Server(OK) as server, posting_to(server.url) as client:
        await client.send()
        await idle(server)
        assert (await client.send()).body == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("unasked", "error"),
    [
        (b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", HttpStatusError),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", BadBodyError),
    ],
)
async def test_what_came_unasked_on_an_idle_connection_is_told_as_stale(
    unasked: bytes, error: type[TencentError]
) -> None:
    """A load balancer says so that the connection was idle for too long. The next request goes out on a new one."""
    go_on, said = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)
        if not said.is_set():
            await go_on.wait()
            writer.write(unasked)
            await writer.drain()
            said.set()
        await reader.read()

    async with raw_server(serve) as url, posting_to(url) as client:
        assert (await client.send()).body == b"ok"
        go_on.set()
        await said.wait()
        try:
            await client.send()
        except error as caught:
            assert caught.is_stale  # noqa: PT017 -- where the connection was found out in time, nothing is raised
        assert (await client.send()).body == b"ok"


@pytest.mark.parametrize("silently", [False, True])
async def test_a_failure_on_a_connection_used_before_retires_all_of_them(silently: bool) -> None:
    loop = asyncio.get_running_loop()
    async with Server(*[OK] * 9) as server, Relay(URL(server.url).port or 0) as relay, posting_to(relay.url) as client:
        await asyncio.gather(*(client.send() for _ in range(5)))
        relay.forget(silently=silently)
        started = loop.time()
        with pytest.raises(RequestTimeoutError if silently else ConnectionFailedError) as caught:
            await client.send()
        assert caught.value.is_stale
        assert loop.time() - started < 10
        assert (await client.send()).body == b"ok"
        assert relay.connections == 6


async def test_connections_as_old_as_a_response_are_closed_once_they_are_retired() -> None:
    async with Server(*[OK] * 9) as server, posting_to(server.url) as client:
        first, second = await asyncio.gather(client.send(), client.send())
        await client.retire_connections(first)
        async with asyncio.timeout(60):
            await server.closed.wait()
        await client.send()
        assert server.connections == 3
        await client.retire_connections(second)
        await client.send()
        assert server.connections == 3


async def test_a_connection_that_was_idle_for_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "KEEP_ALIVE", 0.01)
    async with Server(OK, OK) as server, posting_to(server.url) as client:
        await client.send()
        await idle(server)
        await client.send()
    assert server.connections == 2


async def test_a_request_that_is_given_up_takes_its_connection_with_it() -> None:
    async with Server(None) as server, posting_to(server.url) as client:
        asking = asyncio.create_task(client.send())
        await server.asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        await idle(server)
        assert asking.cancelled()


async def test_no_answer_in_time() -> None:
    async with Server(None) as server, posting_to(server.url) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await client.send(seconds=0.05)
        assert not caught.value.is_stale


async def test_a_proxy_is_told_who_asks() -> None:
    async with Server(OK, OK) as server:
        proxy = Proxy(URL(server.url), "Basic dXNlcjpodXNo")
        async with posting_to("http://ccc.example.test/", proxy) as client:
            for _ in range(2):
                assert (await client.send()).body == b"ok"
    assert server.connections == 1
    for head in server.heads:
        assert head.startswith("POST http://ccc.example.test/ HTTP/1.1\r\n")
        assert "\r\nProxy-Authorization: Basic dXNlcjpodXNo\r\n" in head


async def test_idle_connections_are_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []

    def new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
        made.append(plain(address))
        return made[-1]

    plain = http_module._new_socket
    monkeypatch.setattr(http_module, "_new_socket", new_socket)
    async with Server(OK) as server, posting_to(server.url) as client:
        await client.send()
        assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert made[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60


async def test_other_tls_settings_close_what_is_idle_and_let_what_is_under_way_end() -> None:
    answer, asked, closed = asyncio.Event(), asyncio.Event(), asyncio.Semaphore(0)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await read_request(reader)
                asked.set()
                await answer.wait()
                writer.write(OK)
        finally:
            closed.release()

    async with asyncio.timeout(60), raw_server(handle) as url, posting_to(url) as client:
        under_way = asyncio.create_task(client.send())
        await asked.wait()
        await client.change_tls(None)
        assert closed.locked()
        answer.set()
        assert (await under_way).body == b"ok"
        await closed.acquire()
        assert (await client.send()).body == b"ok"
        assert closed.locked()
        await client.change_tls(None)
        await closed.acquire()
