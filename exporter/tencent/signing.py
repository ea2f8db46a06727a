"""The TC3-HMAC-SHA256 signature of Tencent Cloud API 3.0.

The rules are those of https://www.tencentcloud.com/document/product/213/33224: a canonical form of the request is
hashed, and the hash is signed with a key derived from the secret key, the UTC date and the service.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache

import msgspec

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED_HEADERS = "content-type;host"
SECONDS_PER_DAY = 86_400


class SignedRequest(msgspec.Struct, frozen=True):
    """The parts of a request that its signature covers.

    `query` is the query string as it is sent, without the question mark, `host` and `content_type` are the values of
    the headers of these names, and `timestamp` (Unix seconds) is that of `X-TC-Timestamp`. The path is always `/`.
    """

    method: str
    host: str
    content_type: str
    body: bytes
    service: str
    timestamp: int
    query: str = ""


def signature(request: SignedRequest, secret_key: str) -> str:
    """Return the signature of a request as 64 hexadecimal digits."""
    canonical_request = (
        f"{request.method}\n/\n{request.query}\n"
        f"content-type:{request.content_type}\nhost:{request.host}\n\n"
        f"{SIGNED_HEADERS}\n{hashlib.sha256(request.body).hexdigest()}"
    )
    date = utc_date(request.timestamp)
    string_to_sign = (
        f"{ALGORITHM}\n{request.timestamp}\n{date}/{request.service}/tc3_request\n"
        f"{hashlib.sha256(canonical_request.encode()).hexdigest()}"
    )
    key = _signing_key(secret_key, date, request.service)
    return hmac.digest(key, string_to_sign.encode(), "sha256").hex()


def authorization(request: SignedRequest, secret_id: str, secret_key: str) -> str:
    """Return the value of the `Authorization` header for a request."""
    scope = f"{utc_date(request.timestamp)}/{request.service}/tc3_request"
    return (
        f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, "
        f"Signature={signature(request, secret_key)}"
    )


def utc_date(timestamp: int) -> str:
    """Return the date of a Unix timestamp in UTC, as `2020-02-10`."""
    return _date(timestamp // SECONDS_PER_DAY)


@lru_cache(maxsize=4)
def _date(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * SECONDS_PER_DAY))


@lru_cache(maxsize=64)
def _signing_key(secret_key: str, date: str, service: str) -> bytes:
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
