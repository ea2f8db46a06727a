"""The answer to an action, or the error that the API tells in place of it."""

from __future__ import annotations

import msgspec

from exporter.tencent.codes import SIGNATURE_EXPIRED
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import ApiError, one_line
from exporter.tencent.lenient_json import decode_json
from exporter.tencent.redaction import redact

LONGEST_ID = 128
"""Characters that are read of a request's id; those of Tencent Cloud have 36."""
LONGEST_TEXT = 64 * 1024
"""Characters of what the API says that are looked through for what must not be shown."""


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
        return read_header(self.content).request_id


class Header(msgspec.Struct, frozen=True):
    """What every answer has, whatever the action: each part is empty where the API told none.

    `warning` is what the API has to say of an action that still works.
    """

    request_id: str = ""
    error_code: str = ""
    error_message: str = ""
    warning: str = ""


def read_header(content: bytes) -> Header:
    """Read what every answer has. Of what is no answer of the API nothing is read."""
    try:
        response = decode_json(_ENVELOPE, content).Response
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Header()
    error = response.Error
    return Header(
        _text(response.RequestId)[:LONGEST_ID],
        "" if error is None else error.Code,
        "" if error is None else _text(error.Message) or "no message",
        _text(response.DeprecatedWarning),
    )


def api_error(header: Header, clock_offset: float, *, credentials: Credentials, sent: bytes) -> ApiError:
    """Return the error of an answer, its message without credentials and personal data.

    `clock_offset` is by how many seconds this machine's clock is ahead of the server's, `sent` the body of the request.
    """
    message = shown_text(header.error_message, credentials, sent)
    offset = None
    if header.error_code == SIGNATURE_EXPIRED and clock_offset:
        offset = round(clock_offset)
        direction = "ahead of" if offset >= 0 else "behind"
        message = f"this machine's clock is {abs(offset)} s {direction} the server's ({message})"
    return ApiError(header.error_code, message, request_id=header.request_id, clock_offset=offset)


def shown_text(text: str, credentials: Credentials, sent: bytes) -> str:
    """Return a text of the API as one line of at most 300 characters, without credentials and personal data."""
    secrets = [credentials.secret_id, credentials.secret_key.reveal()]
    if credentials.token is not None:
        secrets.append(credentials.token.reveal())
    return one_line(redact(text[:LONGEST_TEXT], secrets, known=sent))


class _Error(msgspec.Struct):
    Code: str
    Message: object = None


class _Response(msgspec.Struct):
    Error: _Error | None = None
    RequestId: object = None
    DeprecatedWarning: object = None


class _Envelope(msgspec.Struct):
    Response: _Response


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
