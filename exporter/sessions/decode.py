"""From the JSON of `DescribePSTNActiveSessionList` to typed pages.

Tolerant where the API is known to be loose: any field of a session may be missing, null or empty, timestamps and texts
come as strings or numbers, unknown fields are passed over. Strict in the rest: what is not of the documented shape is
refused with the place where it is wrong, because a wrong guess would be a wrong number on somebody's wall.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec

from exporter.sessions.model import PAGE_SIZE, UNKNOWN, Direction, Page, Session
from exporter.sessions.timestamps import AbsurdTimestampError, Timestamps, read_timestamp
from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError
from exporter.tencent.lenient_json import decode_json

MOST_TOTAL = 10**9
LONGEST_COUNT = 20
"""Digits of a count that comes as text."""
LONGEST_TEXT = 256
"""Characters of a text. A longer status or staff member's name is cut; a longer id is refused, as ids must differ."""

MOST_TEXTS = 100_000
"""How many texts are kept at most, whatever the API sends."""
Scalar = str | int | float | None


class Texts(dict[Scalar, str]):
    """Looks up the text that a field stands for, fit for a label: `texts[field]`.

    Statuses and staff members come again and again, so one is kept of all equal ones. A snapshot takes half the memory
    so, and what is remembered of it shares its texts with the next one.
    """

    def __missing__(self, field: Scalar) -> str:
        text = _UNFIT.sub("\ufffd", _text(field).strip()[:LONGEST_TEXT])
        if not isinstance(field, str) or len(field) > LONGEST_TEXT:
            return text
        if len(self) >= MOST_TEXTS:
            self.clear()
        self[field] = text = self.setdefault(text, text)
        return text


_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters: the parser of Prometheus takes a NUL for the end, and other tools others for that of a line."""


def decode_page(answer: Answer, offset: int, texts: Texts) -> Page:
    """Decode the page that was asked for at `offset`. Raises BadBodyError.

    A session with an absurd timestamp, in milliseconds for instance, is taken without it. Where a tenth of the sessions
    of a page are like that, the page is refused; a single one among others is not a tenth.
    """
    try:
        wire = decode_json(_DECODER, answer.content).Response
        total = _count(wire.Total)
        _TIMESTAMPS.set_clock(answer.server_time)
        sessions = _sessions(wire.Sessions or (), texts)
    except (ValueError, RecursionError) as error:
        raise BadBodyError(
            f"the answer is not of the documented shape: {error}", request_id=answer.request_id
        ) from None
    return Page(offset, total, sessions, answer.server_time, answer.sent, answer.received)


class _WireSession(msgspec.Struct, gc=False):
    SessionID: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] | int | float | None = None
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
_TIMESTAMPS = Timestamps()

_DIRECTIONS: dict[Scalar, Direction] = {0: "inbound", "0": "inbound", 1: "outbound", "1": "outbound"}


def _count(value: int | str) -> int:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= LONGEST_COUNT):
        raise ValueError("Total is no whole number")
    count = int(value)
    if count < 0:
        raise ValueError("Total is negative")
    if count > MOST_TOTAL:
        raise ValueError(f"Total is over {MOST_TOTAL}")
    return count


def _sessions(listed: Sequence[_WireSession], texts: Texts) -> tuple[Session, ...]:
    if len(listed) > PAGE_SIZE:
        raise ValueError(f"{len(listed)} sessions on a page, at most {PAGE_SIZE} are documented")
    absurd: list[int] = []
    sessions = tuple([_session(session, index, texts, absurd) for index, session in enumerate(listed)])
    if absurd:
        _check_absurd(absurd, len(listed))
    return sessions


def _session(wire: _WireSession, index: int, texts: Texts, absurd: list[int]) -> Session:
    accepted_untimed = False
    try:
        started = _TIMESTAMPS[wire.StartTimestamp]
        if started is None:
            started = _TIMESTAMPS[wire.RingTimestamp]
        accepted = _TIMESTAMPS[wire.AcceptTimestamp]
    except AbsurdTimestampError:
        absurd.append(index)
        started, accepted, accepted_untimed = _times(wire, index)
    except ValueError:
        raise ValueError(_no_timestamp(wire, index)) from None
    key = wire.SessionID
    return Session(
        key if type(key) is str else _text(key),
        texts[wire.SessionStatus] or UNKNOWN,
        _DIRECTIONS.get(wire.Direction, "unknown"),
        started,
        accepted,
        texts[wire.StaffNumber],
        texts[wire.StaffEmail],
        accepted_untimed,
    )


def _times(wire: _WireSession, index: int) -> tuple[float | None, float | None, bool]:
    """Return when a session with an absurd timestamp was started and accepted, and whether the latter is untimed.

    An absurd start has no time; that of ringing stands in only for one that was not given.
    """
    try:
        started = _credible(wire.StartTimestamp)
        if read_timestamp(wire.StartTimestamp) is None:
            started = _credible(wire.RingTimestamp)
        accepted = _credible(wire.AcceptTimestamp)
        return started, accepted, accepted is None and read_timestamp(wire.AcceptTimestamp) is not None
    except ValueError:
        raise ValueError(_no_timestamp(wire, index)) from None


def _credible(field: Scalar) -> float | None:
    try:
        return _TIMESTAMPS[field]
    except AbsurdTimestampError:
        return None


def _check_absurd(absurd: Sequence[int], sessions: int) -> None:
    if len(absurd) * 10 >= sessions and (len(absurd) > 1 or sessions == 1):
        raise ValueError(
            f"{len(absurd)} of {sessions} sessions have times that cannot be, the first at"
            f" `$.Response.Sessions[{absurd[0]}]`: not in Unix seconds?"
        )


def _no_timestamp(wire: _WireSession, index: int) -> str:
    name = "AcceptTimestamp"
    for other in ("RingTimestamp", "StartTimestamp"):
        try:
            read_timestamp(getattr(wire, other))
        except ValueError:
            name = other
    return f"{name} is no timestamp at `$.Response.Sessions[{index}]`"


def _text(value: Scalar) -> str:
    if type(value) is str:
        return value
    return "" if value is None else str(value)
