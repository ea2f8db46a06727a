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

LONGEST_TIMESTAMP = 20
"""Digits up to which a text is a finite number for certain."""

Scalar = str | int | float | None


def decode_page(answer: Answer, offset: int) -> Page:
    """Decode the page that was asked for at `offset`. Raises BadBodyError."""
    try:
        wire = _DECODER.decode(answer.document)
        total = _count(wire.Total)
        sessions = tuple(_session(session, index) for index, session in enumerate(wire.Sessions or ()))
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


_DECODER = msgspec.json.Decoder(_WirePage)

_DIRECTIONS: dict[Scalar, Direction] = {0: "inbound", "0": "inbound", 1: "outbound", "1": "outbound"}


def _count(value: int | str) -> int:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("Total is no whole number")
    count = int(value)
    if count < 0:
        raise ValueError("Total is negative")
    return count


def _session(wire: _WireSession, index: int) -> Session:
    try:
        started = _timestamp("StartTimestamp", wire.StartTimestamp)
        if started is None:
            started = _timestamp("RingTimestamp", wire.RingTimestamp)
        accepted = _timestamp("AcceptTimestamp", wire.AcceptTimestamp) if wire.AcceptTimestamp else None
    except ValueError as error:
        raise ValueError(f"{error} at `$.Sessions[{index}]`") from None
    return Session(
        _text(wire.SessionID),
        _text(wire.SessionStatus) or UNKNOWN,
        _DIRECTIONS.get(wire.Direction, "unknown"),
        started,
        accepted,
        _text(wire.StaffNumber),
        _text(wire.StaffEmail),
    )


def _text(value: Scalar) -> str:
    if type(value) is str:
        return value
    return "" if value is None else str(value)


def _timestamp(name: str, value: Scalar) -> float | None:
    """Zero and less stand for "not yet": no call of this API is from 1970."""
    if type(value) is str:
        if value.isascii() and value.isdigit() and len(value) <= LONGEST_TIMESTAMP:
            return float(value) or None
        value = value.strip()
        # Python would read 1_700 as a number.
        if "_" in value:
            raise ValueError(f"{name} is no timestamp")
    if not value:
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no timestamp") from None
    if 0.0 < seconds < math.inf:
        return seconds
    if seconds <= 0.0:
        return None
    raise ValueError(f"{name} is no timestamp")
