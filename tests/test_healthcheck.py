"""Whether a container's health check finds out how the exporter is."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import trustme

from exporter import healthcheck as module
from exporter.healthcheck import healthcheck, main
from exporter.web.address import Address
from tests.processes import EXPORTER, running, start_exporter

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"

Answer = Callable[[socket.socket], None]


@contextmanager
def listening(answer: Answer, host: str = "127.0.0.1") -> Iterator[int]:
    """Answer every connection by a function, each in a thread of its own; give the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)


def answering(answer: bytes) -> Answer:
    def send(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    return send


def by_tls(context: ssl.SSLContext, answer: bytes = OK) -> Answer:
    def send(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            answering(answer)(encrypted)

    return send


@pytest.fixture
def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("exporter.test").configure_cert(context)
    return context


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", None])  # noqa: S104
@pytest.mark.parametrize("answer", [OK, b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200\r\n\r\n"])
def test_a_healthy_one(host: str | None, answer: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(answering(answer)) as port:
        assert healthcheck(Address(host, port)) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["::1", "::", None])
def test_on_ipv6_alone(host: str | None) -> None:
    with listening(answering(OK), "::1") as port:
        assert healthcheck(Address(host, port)) == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_by_tls_whatever_its_certificate_is_for(version: ssl.TLSVersion, server_tls: ssl.SSLContext) -> None:
    server_tls.minimum_version = server_tls.maximum_version = version
    with listening(by_tls(server_tls)) as port:
        assert healthcheck(Address(None, port)) == 0


async def test_one_that_demands_a_certificate_is_alive(server_tls: ssl.SSLContext) -> None:
    server_tls.verify_mode = ssl.CERT_REQUIRED
    with listening(by_tls(server_tls)) as port:
        assert await asyncio.to_thread(healthcheck, Address(None, port)) == 0
    # asyncio hangs up without telling why.
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=server_tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await asyncio.to_thread(healthcheck, Address(None, port)) == 0


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "answered 503"),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "answered 401: let health checks in by --web.auth-exempt-health"),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://x/\r\n\r\n", "answered 301"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answers, but speaks no HTTP"),
        (b"\x00" * 4096, "answers, but speaks no HTTP"),
        (b"HTTP/2 200\r\n", "answers, but speaks no HTTP"),
        (b"HTTP/1.1\r\n", "answers, but speaks no HTTP"),
        (
            b"",
            "hangs up, on plain HTTP and in the TLS handshake; where that demands a client certificate, allow TLS 1.3",
        ),
    ],
)
def test_one_that_is_not(answer: bytes, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(answering(answer)) as port:
        assert healthcheck(Address(None, port)) == 1
    assert capsys.readouterr() == ("", f"tccc-exporter: :{port}/-/healthy: {problem}\n")


def test_by_tls_one_that_is_not(server_tls: ssl.SSLContext, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(by_tls(server_tls, b"HTTP/1.1 500 Internal Server Error\r\n\r\n")) as port:
        assert healthcheck(Address(None, port)) == 1
    assert capsys.readouterr().err == f"tccc-exporter: :{port}/-/healthy: answered 500\n"


@pytest.mark.parametrize("host", ["127.0.0.1", None])
def test_nobody_there(host: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = Address(host, unused.getsockname()[1])
        assert healthcheck(address) == 1
    assert capsys.readouterr().err == f"tccc-exporter: {address}/-/healthy: connection refused\n"


def test_a_name_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck(Address("nobody.invalid", 1)) == 1
    assert capsys.readouterr().err.startswith("tccc-exporter: nobody.invalid:1/-/healthy: ")


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 2"])
def test_one_that_hangs(sent: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    go_on = threading.Event()

    def hang(connection: socket.socket) -> None:
        connection.sendall(sent)
        go_on.wait(10)

    with listening(hang) as port:
        assert healthcheck(Address(None, port)) == 1
        go_on.set()
    error = capsys.readouterr().err
    assert error in {
        f"tccc-exporter: :{port}/-/healthy: {problem}\n" for problem in ("no answer within 0.1 s", "timed out")
    }


def test_one_that_trickles_has_no_more_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.2)

    def trickle(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"H")
            time.sleep(0.05)

    with listening(trickle) as port:
        assert healthcheck(Address(None, port)) == 1
    assert capsys.readouterr().err == f"tccc-exporter: :{port}/-/healthy: no answer within 0.2 s\n"


def test_the_first_address_is_asked() -> None:
    with listening(answering(OK)) as port:
        assert main([f"--web.listen-address=127.0.0.1:{port}", "--web.listen-address=:1", "--healthcheck"]) == 0
        assert main(["--web.listen-address=127.0.0.1:1", f"--web.listen-address=:{port}", "--healthcheck"]) == 1


def test_the_command_asks_the_exporter() -> None:
    with running(*EXPORTER, "--demo", "--web.listen-address=127.0.0.1:0") as exporter:
        address = start_exporter(exporter).removeprefix("http://")
        with running(*EXPORTER, "--healthcheck", f"--web.listen-address={address}") as check:
            assert check.wait() == 0
            assert check.output == ""
    with running(*EXPORTER, "--healthcheck", f"--web.listen-address={address}") as check:
        assert check.wait() == 1
        assert check.output == f"tccc-exporter: {address}/-/healthy: connection refused\n"
    with running(*EXPORTER, "--healthcheck", "--web.listen-address=x") as check:
        assert check.wait() == 2
