"""What hostile and careless clients meet, on real sockets."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
import structlog

from exporter.web.connections import Limits
from tests.web.raw import HEALTH, PATIENCE, SCRAPE, RawClient, SlowCollection, serving

SHORT = 0.05
LONG = 3600.0


def limits(
    *,
    connections: int = 100,
    ahead: int = 256 * 1024,
    head: float = LONG,
    request: float = LONG,
    unread: float = LONG,
    idle: float = LONG,
) -> Limits:
    """Limits of which none is reached but the ones given."""
    return Limits(connections, ahead, head, request, unread, idle)


async def trickle(client: RawClient, data: bytes) -> None:
    """Send without end, a few bytes at a time."""
    client.send(data)
    while not client.reader.at_eof():
        client.send(b"a")
        await asyncio.sleep(SHORT / 10)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET /-/healthy HTTP/1.1\r\n",
        b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\nX-A: b",
        b"\r\n\r\n",
    ],
)
async def test_a_head_that_does_not_come(sent: bytes) -> None:
    async with serving(limits(head=SHORT)) as served:
        async with served.client() as client:
            client.send(sent)
            assert await client.answer() is None
        assert await served.is_healthy()


@pytest.mark.parametrize("sent", [b"GET /-/healthy HTTP/1.1\r\nX-A: ", b"GET /"])
async def test_a_head_that_comes_slowly(sent: bytes) -> None:
    async with serving(limits(head=SHORT)) as served, served.client() as client, asyncio.TaskGroup() as group:
        trickling = group.create_task(trickle(client, sent))
        await client.closed()
        trickling.cancel()


async def test_a_second_head_that_does_not_come() -> None:
    async with serving(limits(head=SHORT)) as served, served.client() as client:
        client.send(HEALTH)
        assert await client.answer() is not None
        client.send(b"GET /metr")
        assert await client.answer() is None


async def test_a_second_head_that_has_begun_before_the_first_answer() -> None:
    async with serving(limits(head=SHORT)) as served, served.client() as client:
        client.send(HEALTH + b"GET /metr")
        assert await client.answer() is not None
        client.send(b"ics")
        assert await client.answer() is None


async def test_requests_sent_ahead_are_answered() -> None:
    async with serving(limits(head=10.0)) as served, served.client() as client:
        client.send(HEALTH * 20)
        answers = [await client.answer() for _ in range(20)]
        assert all(answer is not None and b"200 OK" in answer for answer in answers)


async def test_a_body_that_comes_slowly() -> None:
    async with serving(limits(head=SHORT)) as served, served.client() as client, asyncio.TaskGroup() as group:
        head = b"POST /metrics HTTP/1.1\r\nHost: exporter\r\nContent-Length: 100000\r\n\r\n"
        trickling = group.create_task(trickle(client, head))
        answer = await client.answer()
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 405 ")
        await client.closed()
        trickling.cancel()


async def test_a_body_without_end() -> None:
    async with serving(limits(ahead=64 * 1024)) as served, served.client() as client:
        collection = SlowCollection(served.exporter)
        client.send(
            b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nContent-Length: 1000000000\r\n\r\n" + bytes(1024 * 1024)
        )
        assert await client.answer() is None
        collection.go.set()


async def test_an_idle_connection_is_closed_in_the_end() -> None:
    async with serving(limits(idle=SHORT)) as served, served.client() as client:
        client.send(HEALTH)
        assert await client.answer() is not None
        assert await client.answer() is None


async def test_a_scrape_may_take_longer_than_a_head_and_than_idleness() -> None:
    async with serving(limits(head=SHORT, idle=SHORT)) as served, served.client() as client:
        collection = SlowCollection(served.exporter)
        client.send(SCRAPE)
        for _ in range(3):
            async with served.client() as silent:
                await silent.closed()
        collection.go.set()
        answer = await client.answer()
        assert answer is not None
        assert b"tccc_up 1.0" in answer


async def test_a_request_that_is_never_answered() -> None:
    async with serving(limits(request=SHORT)) as served, served.client() as client:
        SlowCollection(served.exporter)
        client.send(SCRAPE)
        assert await client.answer() is None
        assert await served.is_healthy()


async def test_a_client_that_does_not_read_gives_up_its_place() -> None:
    async with serving(limits(connections=1, unread=SHORT)) as served, served.client() as client:
        collection = SlowCollection(served.exporter, size=32 * 1024 * 1024)
        collection.go.set()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.send(SCRAPE)
        await collection.begins()
        async with asyncio.timeout(PATIENCE):
            while not await served.is_healthy():
                pass
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await client.answer() is None


async def test_a_client_that_reads_slowly_gets_all() -> None:
    async with serving(limits(unread=10.0)) as served, served.client() as client:
        collection = SlowCollection(served.exporter, size=16 * 1024 * 1024)
        collection.go.set()
        client.send(SCRAPE)
        answer = await client.answer()
        assert answer is not None
        assert answer.count(b"\n") > 16 * 1024


async def test_among_too_many_the_longest_idle_goes() -> None:
    async with serving(limits(connections=3)) as served, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(served.client()) for _ in range(3)]
        # In this order the connections have had their last answers.
        for client in (clients[1], clients[0], clients[2]):
            client.send(HEALTH)
            assert await client.answer() is not None
        with structlog.testing.capture_logs() as logs:
            newest = await stack.enter_async_context(served.client())
            newest.send(HEALTH)
            assert await newest.answer() is not None
            assert await clients[1].answer() is None
            assert await served.is_healthy()
            assert await clients[0].answer() is None
        clients[2].send(HEALTH)
        assert await clients[2].answer() is not None
        warned = [log["event"] for log in logs if log["log_level"] != "debug"]
        assert warned == ["too many connections, closing those that ask for nothing"]


async def test_a_flood_of_silent_clients_keeps_nobody_out() -> None:
    async with serving(limits(connections=5)) as served, AsyncExitStack() as stack:
        scraping = await stack.enter_async_context(served.client())
        collection = SlowCollection(served.exporter)
        scraping.send(SCRAPE)
        for _ in range(50):
            silent = await stack.enter_async_context(served.client())
            silent.send(b"GET /")
            assert await served.is_healthy()
        collection.go.set()
        assert await scraping.answer() is not None


async def test_where_all_have_a_request_the_new_one_goes() -> None:
    async with serving(limits(connections=3)) as served, AsyncExitStack() as stack:
        collection = SlowCollection(served.exporter)
        clients = [await stack.enter_async_context(served.client()) for _ in range(3)]
        for client in clients:
            client.send(SCRAPE)
        await collection.begins(3)
        assert not await served.is_healthy()
        collection.go.set()
        for client in clients:
            assert await client.answer() is not None
        assert await served.is_healthy()
