"""What systemd hands over and what it is told, before a stand-in and before its own tool."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from exporter.systemd import HandoverError, ServiceManager, take_sockets
from tests.end_to_end.tools import free_port, tool
from tests.processes import EXPORTER, PATIENCE, get, running

LAUNCHER = """\
import os, sys
os.environ["LISTEN_PID"] = os.environ["LISTEN_PID"] or str(os.getpid())
descriptor = int(sys.argv[1])
if descriptor != 3:
    os.dup2(descriptor, 3)
    os.close(descriptor)
os.set_inheritable(3, True)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""Starts a program as systemd does: in its own process, the socket as file descriptor 3."""


class Notified:
    """A socket in the place of systemd's."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.bind(address)

    def next(self) -> str:
        """Return what is told next, watchdog or not."""
        return self._socket.recv(4096).decode()

    def next_state(self) -> str:
        """Return what is told next but that the service is alive."""
        while (told := self.next()) == "WATCHDOG=1":
            pass
        return told

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[Notified]:
    made = Notified(str(tmp_path / "notify"))
    yield made
    made.close()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def test_states(notified: Notified, environment: dict[str, str]) -> None:
    manager = ServiceManager(environment)
    manager.ready()
    assert notified.next() == "READY=1"
    before = time.monotonic_ns() // 1000
    manager.reloading()
    match = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", notified.next())
    assert match
    assert before <= int(match[1]) <= time.monotonic_ns() // 1000
    manager.stopping()
    assert notified.next() == "STOPPING=1"


def test_an_abstract_address() -> None:
    name = f"tccc-exporter-test-{os.getpid()}"
    listening = Notified(f"\0{name}")
    ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()
    assert listening.next() == "READY=1"
    listening.close()


async def test_the_watchdog_is_told_from_the_event_loop_at_half_its_interval(
    notified: Notified, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = ServiceManager({**environment, "WATCHDOG_USEC": "40000", "WATCHDOG_PID": str(os.getpid())})
    delays: list[float] = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def note(delay: float, *arguments: object) -> asyncio.TimerHandle:
        delays.append(delay)
        return call_later(delay, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "call_later", note)
    manager.start_watchdog()
    assert await asyncio.to_thread(notified.next) == "WATCHDOG=1"
    assert await asyncio.to_thread(notified.next) == "WATCHDOG=1"
    manager.stop_watchdog()
    assert set(delays) == {0.02}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "-5000000"},
        {"WATCHDOG_USEC": "9" * 400},
        {"WATCHDOG_USEC": "9" * 5000},
        {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
    ],
)
async def test_no_watchdog(notified: Notified, environment: dict[str, str], settings: dict[str, str]) -> None:
    manager = ServiceManager({**environment, **settings})
    manager.start_watchdog()
    manager.stopping()
    assert notified.next() == "STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "relative", "vsock:2:1", "/" + "x" * 200, "@" + "x" * 200])
def test_nobody_who_listens_is_no_trouble(address: str) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address})
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            manager.ready()
    assert [log["event"] for log in logs] == (["cannot notify systemd"] if address else [])


def test_one_who_does_not_read_holds_nobody_up(notified: Notified, environment: dict[str, str]) -> None:
    manager = ServiceManager(environment)
    with structlog.testing.capture_logs() as logs:
        while not logs:
            manager.ready()
    assert notified.next() == "READY=1"
    manager.stopping()


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({}, "LISTEN_FDS is not set: nothing is handed over; start the service by a .socket unit"),
        ({"LISTEN_FDS": "1"}, "LISTEN_PID is '', not this process: the sockets are for another one"),
        ({"LISTEN_FDS": "1", "LISTEN_PID": "1"}, "LISTEN_PID is '1', not this process"),
        ({"LISTEN_FDS": "0", "LISTEN_PID": str(os.getpid())}, "LISTEN_FDS is '0', allowed: a whole number from 1"),
        ({"LISTEN_FDS": "two", "LISTEN_PID": str(os.getpid())}, "LISTEN_FDS is 'two', allowed"),
    ],
)
def test_no_sockets(environment: dict[str, str], problem: str) -> None:
    given = dict(environment)
    with pytest.raises(HandoverError, match=f"^{re.escape(problem)}"):
        take_sockets(given)
    assert given == {}


def start(
    listening: socket.socket, *flags: str, pid: str = "", **environment: str
) -> tuple[tuple[str, ...], dict[str, str]]:
    command = (sys.executable, "-c", LAUNCHER, str(listening.fileno()), *EXPORTER[1:], "--demo", *flags)
    return command, {"LISTEN_FDS": "1", "LISTEN_PID": pid, **environment}


def test_the_exporter_on_a_socket_that_is_handed_over(notified: Notified, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        port = listening.getsockname()[1]
        command, variables = start(listening, "--web.systemd-socket", **environment, WATCHDOG_USEC="200000")
        with running(*command, environment=variables, pass_fds=[listening.fileno()]) as exporter:
            assert notified.next_state() == "READY=1"
            exporter.wait_for(rf"msg=listening .*127\.0\.0\.1:{port}")
            assert get(f"http://127.0.0.1:{port}/-/healthy")[0] == 200
            assert notified.next() == "WATCHDOG=1"
            assert notified.next() == "WATCHDOG=1"
            exporter.signal(signal.SIGTERM)
            assert notified.next_state() == "STOPPING=1"
            assert exporter.wait() == 0


def test_a_unix_socket_that_is_handed_over(tmp_path: Path) -> None:
    path = str(tmp_path / "exporter.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        listening.set_inheritable(True)
        command, variables = start(listening, "--web.systemd-socket")
        with running(*command, environment=variables, pass_fds=[listening.fileno()]) as exporter:
            exporter.wait_for(re.escape(f"unix:{path}"))
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(PATIENCE)
                client.connect(path)
                client.sendall(b"GET /-/ready HTTP/1.0\r\n\r\n")
                assert client.recv(4096).startswith(b"HTTP/1.0 200 OK")


def test_a_socket_that_nobody_hands_over() -> None:
    with running(*EXPORTER, "--demo", "--web.systemd-socket") as exporter:
        assert exporter.wait() == 1
        assert exporter.output.count("level=error") == 1
        assert 'msg="cannot listen on the sockets of systemd" error="LISTEN_FDS is not set' in exporter.output


def test_a_connection_in_place_of_a_listening_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.set_inheritable(True)
        command, variables = start(theirs, "--web.systemd-socket")
        with running(*command, environment=variables, pass_fds=[theirs.fileno()]) as exporter:
            assert exporter.wait() == 1
            assert "file descriptor 3 is no listening stream socket; Accept=yes is not supported" in exporter.output


def test_by_the_tool_of_systemd() -> None:
    port = free_port()
    activate = (tool("systemd-socket-activate"), "-l", f"127.0.0.1:{port}", "-l", f"[::1]:{port}")
    path = os.environ["PATH"]
    with running(*activate, "-E", f"PATH={path}", *EXPORTER, "--demo", "--web.systemd-socket") as exporter:
        exporter.wait_for("Listening on")
        # The exporter is started by this request, and answers it.
        assert get(f"http://127.0.0.1:{port}/-/healthy") == (200, "tccc-exporter is healthy.\n")
        assert get(f"http://[::1]:{port}/-/ready")[0] == 200
        exporter.signal(signal.SIGTERM)
        assert exporter.wait() == 0
