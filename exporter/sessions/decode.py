"""From the JSON of `DescribePSTNActiveSessionList` to typed pages.

Tolerant where the API is known to be loose: any field of a session may be missing, null or empty, timestamps and texts
come as strings or numbers, unknown fields are passed over. Strict in the rest: what is not of the documented shape is
refused with the place where it is wrong, because a wrong guess would be a wrong number on somebody's wall.
"""

from __future__ import annotations

import math

import msgspec

from exporter.sessions.model import UNKNOWN, Direction, Page, Session
from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError

LONGEST_TIMESTAMP = 40
"""Characters of a text that may be a timestamp."""

MOST_TEXTS = 100_000
"""How many texts are kept at most, whatever the API sends."""
MOST_TIMESTAMPS = 8192

Scalar = str | int | float | None


class Texts(dict[Scalar, str]):
    """Looks up the text that a field stands for: `texts[field]`.

    Statuses and staff members come again and again, so one is kept of all equal ones. A snapshot takes half the memory
    so, and what is remembered of it shares its texts with the next one.
    """

    def __missing__(self, field: Scalar) -> str:
        if not isinstance(field, str):
            return _text(field)
        if len(self) >= MOST_TEXTS:
            self.clear()
        self[field] = field
        return field


class _Timestamps(dict[Scalar, float | None]):
    """Looks up the timestamp that a field stands for: `timestamps[field]`; raises ValueError where it is none.

    Those of a snapshot are mostly those of the one before.
    """

    def __missing__(self, field: Scalar) -> float | None:
        if len(self) >= MOST_TIMESTAMPS:
            self.clear()
        self[field] = timestamp = _timestamp(field)
        return timestamp


def decode_page(answer: Answer, offset: int, texts: Texts) -> Page:
    """Decode the page that was asked for at `offset`. Raises BadBodyError."""
    try:
        wire = _DECODER.decode(answer.content).Response
        total = _count(wire.Total)
        sessions = tuple([_session(session, index, texts) for index, session in enumerate(wire.Sessions or ())])
    except (ValueError, RecursionError) as error:
        raise BadBodyError(
            f"the answer is not of the documented shape: {error}", request_id=answer.request_id
        ) from None
    return Page(offset, total, sessions, answer.server_time, answer.sent, answer.received)


class _WireSession(msgspec.Struct, gc=False):
    SessionID: Scalar = None
    SessionStatus: Scalar = None
    Direction: Scalar = None
    StartTimestamp: Scalar = None
    RingTimestamp: Scalar = None
    AcceptTimestamp: Scalar = None
    StaffNumber: Scalar = None
    StaffEmail: Scalar = None


class _WirePage(msgspec.Struct):
    Total: int | str
    Sessions: list[_WireSession] | None = None


class _WireAnswer(msgspec.Struct):
    Response: _WirePage


_DECODER = msgspec.json.Decoder(_WireAnswer)
_TIMESTAMPS = _Timestamps()

_DIRECTIONS: dict[Scalar, Direction] = {0: "inbound", "0": "inbound", 1: "outbound", "1": "outbound"}


def _count(value: int | str) -> int:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("Total is no whole number")
    count = int(value)
    if count < 0:
        raise ValueError("Total is negative")
    return count


def _session(wire: _WireSession, index: int, texts: Texts) -> Session:
    try:
        started = _TIMESTAMPS[wire.StartTimestamp]
        if started is None:
            started = _TIMESTAMPS[wire.RingTimestamp]
        accepted = _TIMESTAMPS[wire.AcceptTimestamp]
    except ValueError:
        raise ValueError(f"{_no_timestamp(wire)} is no timestamp at `$.Response.Sessions[{index}]`") from None
    key = wire.SessionID
    return Session(
        key if type(key) is str else _text(key),
        texts[wire.SessionStatus] or UNKNOWN,
        _DIRECTIONS.get(wire.Direction, "unknown"),
        started,
        accepted,
        texts[wire.StaffNumber],
        texts[wire.StaffEmail],
    )


def _no_timestamp(wire: _WireSession) -> str:
    for name in ("StartTimestamp", "RingTimestamp"):
        try:
            _timestamp(getattr(wire, name))
        except ValueError:
            return name
    return "AcceptTimestamp"


def _text(value: Scalar) -> str:
    if type(value) is str:
        return value
    return "" if value is None else str(value)


def _timestamp(value: Scalar) -> float | None:
    """Read a timestamp in Unix seconds.

    Zero and less stand for "not yet": no call of this API is from 1970. Raises ValueError.
    """
    if isinstance(value, str):
        value = value.strip()
        # Python would read 1_700 as a number.
        if "_" in value or len(value) > LONGEST_TIMESTAMP:
            raise ValueError
    if not value:
        return None
    try:
        seconds = float(value)
    except OverflowError:
        raise ValueError from None
    if math.isnan(seconds) or seconds == math.inf:
        raise ValueError
    return seconds if seconds > 0.0 else None
