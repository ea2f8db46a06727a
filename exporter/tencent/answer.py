"""The answer to an action, or the error that the API tells in place of it."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import ApiError, TencentError


class Answer(msgspec.Struct, frozen=True):
    """What came for an action: `content`, the JSON document with what the action returned under `Response`.

    `server_time` is the server's clock in Unix seconds. `sent` and `received` tell when the request went out and its
    answer was there, in times of the event loop's clock.
    """

    content: bytes
    server_time: float
    sent: float = 0.0
    received: float = 0.0

    @property
    def request_id(self) -> str:
        """The id under which Tencent Cloud knows the request, empty where it told none."""
        header = _header(self.content)
        return "" if header is None else _text(header.RequestId)


@lru_cache(maxsize=16)
def parse_date(header: str | None) -> float | None:
    """Return a `Date` header as Unix seconds, None where it is missing or makes no sense."""
    try:
        date = parsedate_to_datetime(header or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def raise_api_error(content: bytes, server_time: float | None, now: float, credentials: Credentials) -> None:
    """Raise ApiError where an answer holds an error of the API, its message with the credentials blotted out.

    `server_time` and `now` are the server's clock, where it is known, and this machine's, in Unix seconds.
    """
    # Nearly all answers hold none, and this is far from decoding them.
    if b'"Error"' not in content:
        return
    header = _header(content)
    if header is not None and header.Error is not None:
        raise _api_error(header.Error, _text(header.RequestId), server_time, now, credentials)


class _Error(msgspec.Struct):
    Code: str
    Message: object = None


class _Header(msgspec.Struct):
    Error: _Error | None = None
    RequestId: object = None


class _Envelope(msgspec.Struct):
    Response: _Header


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _header(content: bytes) -> _Header | None:
    try:
        return _ENVELOPE.decode(content).Response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _api_error(
    error: _Error, request_id: str, server_time: float | None, now: float, credentials: Credentials
) -> TencentError:
    message = _text(error.Message) or "no message"
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
