"""What is said of a failure: in words, with the address, and without anything that a library or a system made up."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from exporter.tencent.errors import ConnectionFailedError, DnsError, TencentError, TlsError
from exporter.tencent.failures import translated

KEY = ConnectionKey("ccc.example.test", 443, True, True, None, None, None)
KEY_V6 = ConnectionKey("2001:db8::1", 443, True, True, None, None, None)


def connector(error: OSError, key: ConnectionKey = KEY) -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(key, error)


REFUSED = OSError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 443)")
SEVERAL = OSError(
    "Multiple exceptions: [Errno 101] Connect call failed ('2001:db8::1', 443, 0, 0), "
    "[Errno 111] Connect call failed ('10.0.0.1', 443), [Errno 111] Connect call failed ('10.0.0.2', 443)"
)
WRONG_VERSION = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
WRONG_VERSION.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (connector(REFUSED), ConnectionFailedError, "connection refused by ccc.example.test:443"),
        (connector(REFUSED, KEY_V6), ConnectionFailedError, "connection refused by [2001:db8::1]:443"),
        (
            aiohttp.ClientProxyConnectionError(KEY, REFUSED),
            ConnectionFailedError,
            "connection refused by the proxy ccc.example.test:443",
        ),
        (
            connector(OSError(errno.EHOSTUNREACH, "Connect call failed ('10.0.0.1', 443)")),
            ConnectionFailedError,
            "cannot connect to ccc.example.test:443: no route to host",
        ),
        (
            connector(SEVERAL),
            ConnectionFailedError,
            "cannot connect to ccc.example.test:443: network is unreachable, connection refused",
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "Name or service not known")),
            DnsError,
            "cannot resolve ccc.example.test: Name or service not known",
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, WRONG_VERSION),
            TlsError,
            "TLS with ccc.example.test:443 failed: wrong version number",
        ),
        (
            aiohttp.ServerDisconnectedError(),
            ConnectionFailedError,
            "the server closed the connection without an answer",
        ),
        (
            aiohttp.ClientPayloadError("Response payload is not completed: <ContentLengthError: 400, message='...'>"),
            ConnectionFailedError,
            "the answer broke off before it was complete",
        ),
        (
            aiohttp.ClientOSError(errno.ECONNRESET, "Connection reset by peer"),
            ConnectionFailedError,
            "the connection failed: connection reset by peer",
        ),
        (
            aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
            ConnectionFailedError,
            "the connection failed: connection reset by peer",
        ),
        (OSError(), ConnectionFailedError, "the connection failed: OSError"),
    ],
    ids=str,
)
def test_words(error: aiohttp.ClientError | OSError, kind: type[TencentError], message: str) -> None:
    failure = translated(error)
    assert type(failure) is kind
    assert failure.message == message
