"""What the network and the HTTP library report, in the terms of this package's own exceptions."""

from __future__ import annotations

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
            return DnsError(f"cannot resolve {error.host}: {error.os_error.strerror or error.os_error}")
        case aiohttp.ClientConnectorCertificateError():
            return TlsError(f"certificate of {error.host} is not trusted: {_tls_reason(error.certificate_error)}")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return TlsError(f"TLS failed: {_tls_reason(error)}")
        case aiohttp.ClientConnectorError():
            return ConnectionFailedError(
                f"cannot connect to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}"
            )
        case aiohttp.ClientHttpProxyError():
            return HttpStatusError(error.status)
        case aiohttp.ClientResponseError():
            return NoHttpError("the answer cannot be read as HTTP")
        case aiohttp.ServerDisconnectedError():
            return ConnectionFailedError("the server closed the connection without an answer")
        case _:
            return ConnectionFailedError(f"the connection broke: {str(error) or type(error).__name__}")


def _tls_reason(error: BaseException) -> str:
    return getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
