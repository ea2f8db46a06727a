from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from exporter.web.application import make_application
from tests.emulated import exporter_for, running_emulator
from tests.web.raw import SCRAPE, RawClient, Served, SlowCollection, serving

LARGE = 32 * 1024 * 1024
"""More than the buffers of a socket hold."""


async def scraping(stack: AsyncExitStack, served: Served, clients: int) -> list[RawClient]:
    opened = [await stack.enter_async_context(served.client()) for _ in range(clients)]
    for client in opened:
        client.send(SCRAPE)
    return opened


async def status(client: RawClient) -> bytes | None:
    answer = await client.answer()
    return answer and answer.split(b" ", 2)[1]


async def test_more_than_the_limit_are_refused_at_once_and_the_others_answered() -> None:
    async with serving(max_requests=3) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter)
        with structlog.testing.capture_logs() as logs:
            answered = await scraping(stack, served, 3)
            await collection.begins(3)
            for path in (b"/metrics", b"/probe?target=support", b"/sd", b"/"):
                refused = await served.ask(b"GET " + path + b" HTTP/1.1\r\nHost: exporter\r\n\r\n")
                assert refused is not None
                head, body = refused.split(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 503")
                assert b"Retry-After: 1" in head
                assert body == (
                    b"3 requests are being answered, which is the limit (--web.max-requests); try again later\n"
                )
            assert await served.is_healthy()
            unknown = await served.ask(b"GET /unknown HTTP/1.1\r\nHost: exporter\r\n\r\n")
            assert unknown is not None
            assert unknown.startswith(b"HTTP/1.1 404")
        told = [(log["event"], log["limit"]) for log in logs if log["log_level"] != "debug"]
        assert told == [("too many requests at once, answering 503", 3)]
        collection.go.set()
        assert [await status(client) for client in answered] == [b"200"] * 3
        assert await status((await scraping(stack, served, 1))[0]) == b"200"


@pytest.mark.parametrize("end", ["leave", "fail"])
async def test_the_place_of_a_request_that_ends_otherwise_is_free_again(end: str) -> None:
    async with serving(max_requests=1) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter)
        collection.fails = end == "fail"
        [first] = await scraping(stack, served, 1)
        await collection.begins()
        if end == "leave":
            first.writer.transport.abort()
        collection.go.set()
        if end == "fail":
            assert await status(first) == b"500"
        collection.fails = False
        while (found := await status((await scraping(stack, served, 1))[0])) == b"503":
            pass
        assert found == b"200"


async def test_a_client_that_does_not_read_keeps_its_place() -> None:
    async with serving(max_requests=1) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter, size=LARGE)
        collection.go.set()
        [lazy] = await scraping(stack, served, 1)
        head = await lazy.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        [second] = await scraping(stack, served, 1)
        assert await status(second) == b"503"
        lazy.writer.transport.abort()
        while (found := await status((await scraping(stack, served, 1))[0])) == b"503":
            pass
        assert found == b"200"


async def test_no_limit() -> None:
    async with serving(max_requests=0) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter)
        clients = await scraping(stack, served, 250)
        await collection.begins(250)
        collection.go.set()
        assert {await status(client) for client in clients} == {b"200"}


async def test_what_is_refused_is_counted() -> None:
    async with serving(max_requests=1) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter)
        [first] = await scraping(stack, served, 1)
        await collection.begins()
        await served.ask(SCRAPE)
        collection.go.set()
        answer = await first.answer()
        assert answer is not None
        text = b"".join(piece.encode() for family in served.exporter.self_metrics.families() for piece in family.pieces)
        assert b'tccc_exporter_http_requests_total{code="503",handler="/metrics"} 1.0' in text
        assert b'tccc_exporter_http_requests_total{code="200",handler="/metrics"} 1.0' in text


async def test_whoever_is_not_let_in_takes_nobodys_place() -> None:
    refused = asyncio.Event()

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "Authorization" in request.headers:
            return await handler(request)
        await refused.wait()
        raise web.HTTPUnauthorized

    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        application = make_application(exporter, max_requests=1)
        application.middlewares.append(refuse)
        async with TestClient(TestServer(application)) as client, asyncio.TaskGroup() as group:
            strangers = [group.create_task(client.get("/metrics")) for _ in range(5)]
            assert (await client.get("/metrics", headers={"Authorization": "x"})).status == 200
            refused.set()
            assert {(await stranger).status for stranger in strangers} == {401}
