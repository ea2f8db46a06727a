"""Where the server listens, and what becomes of connections that cannot be accepted."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
import structlog

from exporter.web.address import Address, ListenError
from exporter.web.config.live import LiveWebConfig
from exporter.web.connections import Limits
from exporter.web.listening import open_sockets
from exporter.web.server import default_limits
from tests.processes import EXPORTER, get, running, start_exporter
from tests.web.raw import HEALTH, serving
from tests.web.secured import secured

ANYWHERE = "0.0.0.0"  # noqa: S104
NOT_HERE = "192.0.2.1"
"""Reserved for documents, so no machine has it."""


def resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let every name stand for these addresses."""

    def resolve(_host: object, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        families = {host: socket.AF_INET6 if ":" in host else socket.AF_INET for host in hosts}
        return [(families[host], socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


async def listen(address: Address) -> list[str]:
    sockets = await open_sockets(address)
    hosts = [str(one.getsockname()[0]) for one in sockets]
    for one in sockets:
        one.close()
    return hosts


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["127.0.0.1"], ["127.0.0.1"]),
        (["127.0.0.2", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"]),
        (["127.0.0.1", "127.0.0.1"], ["127.0.0.1"]),
        ([NOT_HERE, "127.0.0.1"], ["127.0.0.1"]),
        (["2001:db8::1", "127.0.0.1", NOT_HERE], ["127.0.0.1"]),
    ],
)
async def test_it_listens_where_it_can(hosts: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, *hosts)
    with structlog.testing.capture_logs() as logs:
        assert await listen(Address("some.name", 0)) == expected
    told = [str(log["address"]) for log in logs]
    assert told == [str(Address(host, 0)) for host in dict.fromkeys(hosts) if host not in expected]
    assert all(log["error"] for log in logs)


@pytest.mark.parametrize("failure", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
async def test_a_machine_without_ipv6(failure: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def create(address: tuple[str, int], *, family: int, **options: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(failure, os.strerror(failure))
        return original(address, family=family, **options)  # type: ignore[arg-type]

    original = socket.create_server
    resolve_to(monkeypatch, "::", ANYWHERE)
    monkeypatch.setattr(socket, "create_server", create)
    assert await listen(Address(None, 0)) == [ANYWHERE]


async def test_it_fails_where_it_can_listen_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, NOT_HERE, "2001:db8::1")
    with pytest.raises(ListenError) as raised:
        await listen(Address("some.name", 0))
    assert raised.value.reason == os.strerror(errno.EADDRNOTAVAIL)


async def test_an_address_that_is_taken_is_no_address_to_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")
        with pytest.raises(ListenError) as raised:
            await listen(Address("some.name", port))
        assert raised.value.reason == os.strerror(errno.EADDRINUSE)
        # What was listened on before is let go.
        socket.create_server(("127.0.0.2", port)).close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "Temporary failure"),
        (UnicodeError("label too long"), "no host name"),
    ],
)
async def test_a_name_that_is_no_address(error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(ListenError) as raised:
        await listen(Address("nowhere.invalid", 0))
    assert raised.value.reason == reason


@contextmanager
def no_file_descriptors() -> Iterator[None]:
    """Let this process open no file for as long as the context lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with closing(socket.socket()) as lowest:
        free = lowest.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_without_file_descriptors_it_waits_quietly_and_goes_on() -> None:
    with structlog.testing.capture_logs() as logs:
        async with serving(Limits()) as served:
            with socket.socket() as late:
                late.setblocking(False)
                with no_file_descriptors():
                    await asyncio.get_running_loop().sock_connect(late, ("127.0.0.1", served.port))
                    async with asyncio.timeout(60):
                        while not any(log["log_level"] == "error" for log in logs):  # noqa: ASYNC110 -- nothing else tells of it
                            await asyncio.sleep(0)
                    # Two more attempts.
                    await asyncio.sleep(0.25)
                late.sendall(HEALTH)
                assert b"200 OK" in await asyncio.wait_for(asyncio.get_running_loop().sock_recv(late, 4096), 60)
    assert [log["event"] for log in logs if log["log_level"] != "debug"] == ["cannot accept connections"]


async def test_without_file_descriptors_the_longest_idle_connection_goes() -> None:
    async with serving(Limits()) as served, AsyncExitStack() as stack:
        idle = await stack.enter_async_context(served.client())
        idle.send(HEALTH)
        assert await idle.answer() is not None
        with socket.socket() as late:
            late.setblocking(False)
            with no_file_descriptors():
                await asyncio.get_running_loop().sock_connect(late, ("127.0.0.1", served.port))
                late.sendall(HEALTH)
                assert b"200 OK" in await asyncio.wait_for(asyncio.get_running_loop().sock_recv(late, 4096), 60)
        assert await idle.answer() is None


async def test_one_connection_that_cannot_be_opened_does_not_end_the_accepting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secured(tmp_path, "{}\n") as served:
        with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
            patched.setattr(LiveWebConfig, "current", AsyncMock(side_effect=ZeroDivisionError))
            assert await served.ask(HEALTH) is None
            assert await served.ask(HEALTH) is None
        assert [log["event"] for log in logs if log["log_level"] == "error"] == [
            "connection cannot be opened: internal error, please report"
        ]
        assert await served.is_healthy()


def test_half_of_the_file_descriptors_are_for_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, connections in ((64, 32), (1024, 512), (1_000_000, 512), (resource.RLIM_INFINITY, 512), (1, 1)):
        monkeypatch.setattr(resource, "getrlimit", lambda _kind, soft=soft: (soft, soft))
        assert default_limits() == Limits(connections=connections)


FEW_FILES = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_more_idle_clients_than_file_descriptors() -> None:
    command = (sys.executable, "-c", FEW_FILES, *EXPORTER[1:], "--demo", "--web.listen-address=127.0.0.1:0")
    with running(*command) as process, ExitStack() as stack:
        url = start_exporter(process)
        process.wait_for("To stop: Ctrl-C")
        for _ in range(150):
            port = int(url.rpartition(":")[2])
            stack.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(b"GET /")
        assert get(f"{url}/-/healthy")[0] == 200
        assert "tccc_up" in get(f"{url}/metrics")[1]
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
    assert "Traceback" not in process.output
    assert process.output.count("too many connections") == 1
