"""What the network and the HTTP library report, in the terms of this package's own exceptions, and in plain words."""

from __future__ import annotations

import errno
import os
import re
import ssl

import aiohttp

from exporter.tencent.errors import (
    ConnectionFailedError,
    DnsError,
    HttpStatusError,
    NoHttpError,
    RequestTimeoutError,
    TencentError,
    TlsError,
)


def translated(error: aiohttp.ClientError | OSError) -> TencentError:
    """Return what is to be raised in place of an error of aiohttp or of the operating system."""
    match error:
        case TimeoutError():
            return RequestTimeoutError("no answer in time")
        case aiohttp.ClientConnectorDNSError():
            return DnsError(f"cannot resolve {error.host}: {_reason(error.os_error)}")
        case aiohttp.ClientConnectorCertificateError():
            return TlsError(f"certificate of {error.host} is not trusted: {_tls_reason(error.certificate_error)}")
        case aiohttp.ClientConnectorSSLError():
            return TlsError(f"TLS with {_address(error)} failed: {_tls_reason(error.os_error)}")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return TlsError(f"TLS failed: {_tls_reason(error)}")
        case aiohttp.ClientConnectorError():
            return ConnectionFailedError(_not_connected(error))
        case aiohttp.ClientHttpProxyError():
            return HttpStatusError(error.status)
        case aiohttp.ClientResponseError():
            return NoHttpError("the answer cannot be read as HTTP")
        case aiohttp.ServerDisconnectedError():
            return ConnectionFailedError("the server closed the connection without an answer")
        case aiohttp.ClientPayloadError():
            return ConnectionFailedError("the answer broke off before it was complete")
        case _:
            return ConnectionFailedError(f"the connection failed: {_reason(error)}")


def _not_connected(error: aiohttp.ClientConnectorError) -> str:
    reasons = _reasons(error.os_error)
    if reasons == [_words(errno.ECONNREFUSED)]:
        return f"connection refused by {_address(error)}"
    return f"cannot connect to {_address(error)}: {', '.join(reasons)}"


def _address(error: aiohttp.ClientConnectorError) -> str:
    host = f"[{error.host}]" if ":" in error.host else error.host
    kind = "the proxy " if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
    return f"{kind}{host}:{error.port}"


def _reason(error: BaseException) -> str:
    return ", ".join(_reasons(error))


def _reasons(error: BaseException) -> list[str]:
    """Return the words for what the system reported: for each address of a host where several were tried in vain."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return [_words(number)]
    if numbers := re.findall(r"\[Errno (\d+)\]", str(error)):
        return list(dict.fromkeys(_words(int(one)) for one in numbers))
    if isinstance(error, ConnectionResetError):
        return [_words(errno.ECONNRESET)]
    # The resolver has numbers of its own, and words for them.
    return [str(getattr(error, "strerror", None) or type(error).__name__)]


def _words(number: int) -> str:
    text = os.strerror(number)
    return text[:1].lower() + text[1:]


def _tls_reason(error: BaseException) -> str:
    reason = str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or "")
    if reason:
        return reason.replace("_", " ").lower() if reason.isupper() else reason
    return _reason(error)
