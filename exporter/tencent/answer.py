"""From the bytes of an HTTP answer to the document of an action, or to the error that the API tells."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import aiohttp
import msgspec

from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import ApiError, BadBodyError, TencentError

LARGEST_BODY = 8 * 1024 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What an action returned: the JSON document under `Response`, and the server's clock in Unix seconds.

    `sent` and `received` tell when the request went out and its answer was there, in times of the event loop's clock.
    """

    document: bytes
    request_id: str
    server_time: float
    sent: float = 0.0
    received: float = 0.0


async def read_body(stream: aiohttp.StreamReader) -> bytes:
    """Read a body to its end. Raises BadBodyError, and stops reading, once it is larger than 8 MiB."""
    chunks: list[bytes] = []
    size = 0
    while not stream.at_eof():
        chunk = await stream.readany()
        size += len(chunk)
        if size > LARGEST_BODY:
            raise BadBodyError(f"the answer is larger than {LARGEST_BODY // 1024**2} MiB")
        chunks.append(chunk)
    return b"".join(chunks)


@lru_cache(maxsize=16)
def parse_date(header: str | None) -> float | None:
    """Return a `Date` header as Unix seconds, None where it is missing or makes no sense."""
    try:
        date = parsedate_to_datetime(header or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def unwrap(
    content: bytes,
    server_time: float | None,
    now: float,
    credentials: Credentials,
    under_way: tuple[float, float] = (0.0, 0.0),
) -> Answer:
    """Take the document out of its envelope.

    `now` is this machine's clock in Unix seconds; it stands in for the server's where that is unknown. `under_way` is
    when the request was sent and its answer received. Raises ApiError for an error of the API, with the credentials
    blotted out of its message, and BadBodyError for anything else.
    """
    try:
        envelope = _ENVELOPE.decode(content)
        header = _HEADER.decode(envelope.Response)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBodyError(f"the answer has no usable envelope: {error}") from None
    if header.Error is not None:
        raise _api_error(header.Error, header.RequestId or "", server_time, now, credentials)
    server_time = now if server_time is None else server_time
    return Answer(bytes(envelope.Response), header.RequestId or "", server_time, *under_way)


class _Envelope(msgspec.Struct):
    Response: msgspec.Raw


class _Error(msgspec.Struct):
    Code: str
    Message: str | None = None


class _Header(msgspec.Struct):
    Error: _Error | None = None
    RequestId: str | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_HEADER = msgspec.json.Decoder(_Header)


def _api_error(
    error: _Error, request_id: str, server_time: float | None, now: float, credentials: Credentials
) -> TencentError:
    message = error.Message or "no message"
    secrets = [credentials.secret_id, credentials.secret_key.reveal()]
    if credentials.token is not None:
        secrets.append(credentials.token.reveal())
    # The longest first, so that no part of one is left where another is contained in it.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = message.replace(secret, "<secret>")
    clock_offset = None
    if error.Code == "AuthFailure.SignatureExpire" and server_time is not None:
        clock_offset = round(now - server_time)
        direction = "ahead of" if clock_offset >= 0 else "behind"
        message = f"this machine's clock is {abs(clock_offset)} s {direction} the server's ({message})"
    return ApiError(error.Code, message, request_id=request_id, clock_offset=clock_offset)
