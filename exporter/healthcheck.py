"""`--healthcheck`: asks the exporter that runs on this machine whether it is healthy, for containers.

It starts quickly, so it imports next to nothing. It knows the address alone: whether the exporter speaks TLS shows when
it is asked.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exporter.flags import parse_flags
from exporter.streams import write_stderr
from exporter.web.address import Address
from exporter.web.routes import HEALTHY

if TYPE_CHECKING:
    import ssl

TIMEOUT = 2.0
"""Seconds for everything together."""

LONGEST_STATUS_LINE = 256

_LOOPBACK = {None: ("127.0.0.1", "::1"), "0.0.0.0": ("127.0.0.1",), "::": ("::1",)}  # noqa: S104
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |$)")
_ALIVE = b"HTTP/1.1 200 OK"
_NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL"}
_HANGS_UP = "hangs up, on plain HTTP and in the TLS handshake; where that demands a client certificate, allow TLS 1.3"


class UnhealthyError(Exception):
    """Why an exporter is not healthy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the exporter at the first `--web.listen-address`; return 0 where it is healthy, else 1, with a line why."""
    return healthcheck(parse_flags(arguments).listen_addresses[0])


def healthcheck(address: Address) -> int:
    """Ask the exporter that listens at an address; return 0 where it is healthy, else 1, with a line why on stderr."""
    problem = [f"no answer within {TIMEOUT:g} s"]

    def ask() -> None:
        try:
            _ask(address)
        except UnhealthyError as error:
            problem[0] = str(error)
        else:
            problem.clear()

    # In a thread, because nothing ends the look-up of a name.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(TIMEOUT)
    if problem:
        write_stderr(f"tccc-exporter: {address}{HEALTHY.path}: {problem[0]}\n")
    return 1 if problem else 0


def _ask(address: Address) -> None:
    """Return where an exporter is healthy. Raises UnhealthyError."""
    status, reasons = "", []
    for host in _LOOPBACK.get(address.host, (address.host or "",)):
        try:
            status = _status(host, address.port)
            break
        except OSError as error:
            reasons.append((error.strerror or str(error)).lower())
        except UnicodeError:
            reasons.append("no host name")
    else:
        raise UnhealthyError(reasons[0])
    if status == "401":
        raise UnhealthyError("answered 401: let health checks in by --web.auth-exempt-health")
    if status != "200":
        raise UnhealthyError(f"answered {status}")


def _status(host: str, port: int) -> str:
    """Return the status that is answered, in plain HTTP or else by TLS. Raises OSError and UnhealthyError."""
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        try:
            line = _status_line(connection)
        except ConnectionError:
            line = b""
    if not line.startswith(b"HTTP/"):
        line = _status_line_by_tls(host, port)
    match = _STATUS_LINE.match(line)
    if match is None:
        raise UnhealthyError("answers, but speaks no HTTP")
    return match[1].decode()


def _status_line_by_tls(host: str, port: int) -> bytes:
    # Only here, since it takes longer to import than everything else.
    import ssl  # noqa: PLC0415

    # Its own certificate need not be for a loopback address, and what is asked and answered is no secret.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        try:
            encrypted = context.wrap_socket(connection)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError):
            raise UnhealthyError(_HANGS_UP) from None
        except ssl.SSLError as error:
            raise UnhealthyError(_words(error)) from None
        with encrypted:
            try:
                return _status_line(encrypted) or _ALIVE
            except (ssl.SSLError, ConnectionError):
                # Whoever hangs up behind the handshake wants a certificate, which there is none of here, and is alive.
                return _ALIVE


def _status_line(connection: socket.socket) -> bytes:
    connection.sendall(f"GET {HEALTHY.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    line = b""
    while b"\n" not in line and len(line) < LONGEST_STATUS_LINE and (piece := connection.recv(LONGEST_STATUS_LINE)):
        line += piece
    return line.partition(b"\r\n")[0]


def _words(error: ssl.SSLError) -> str:
    if error.reason in _NO_TLS:
        return "answers, but speaks no HTTP"
    if error.reason == "UNEXPECTED_EOF_WHILE_READING":
        return _HANGS_UP
    return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
