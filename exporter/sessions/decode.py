"""From the JSON of `DescribePSTNActiveSessionList` to typed pages.

Tolerant where the API is known to be loose: any field of a session may be missing, null or empty, timestamps and texts
come as strings or numbers, unknown fields are passed over. Strict in the rest: what is not of the documented shape is
refused with the place where it is wrong, because a wrong guess would be a wrong number on somebody's wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from exporter.fields.numbers import read_count
from exporter.fields.shape import documented_shape
from exporter.fields.texts import LONGEST_TEXT, UNKNOWN, Scalar, Texts, plain_text
from exporter.fields.timestamps import AbsurdTimestampError, Timestamps, check_absurd, read_timestamp
from exporter.sessions.model import PAGE_SIZE, Direction, Page, Session
from exporter.tencent.answer import Answer
from exporter.tencent.lenient_json import decode_json


def decode_page(answer: Answer, offset: int, texts: Texts) -> Page:
    """Decode the page that was asked for at `offset`. Raises BadBodyError.

    A session with an absurd timestamp, in milliseconds for instance, is taken without it. Where a tenth of the sessions
    of a page are like that, the page is refused; a single one among others is not a tenth.
    """
    with documented_shape(answer):
        wire = decode_json(_DECODER, answer.content).Response
        total = read_count(wire.Total, "Total")
        _TIMESTAMPS.set_clock(answer.server_time)
        sessions = _sessions(wire.Sessions or (), texts)
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


def _sessions(listed: Sequence[_WireSession], texts: Texts) -> tuple[Session, ...]:
    if len(listed) > PAGE_SIZE:
        raise ValueError(f"{len(listed)} sessions on a page, at most {PAGE_SIZE} are documented")
    absurd: list[int] = []
    sessions = tuple([_session(session, index, texts, absurd) for index, session in enumerate(listed)])
    check_absurd(absurd, len(listed), "sessions", "$.Response.Sessions")
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
        key if type(key) is str else plain_text(key),
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


def _no_timestamp(wire: _WireSession, index: int) -> str:
    name = "AcceptTimestamp"
    for other in ("RingTimestamp", "StartTimestamp"):
        try:
            read_timestamp(getattr(wire, other))
        except ValueError:
            name = other
    return f"{name} is no timestamp at `$.Response.Sessions[{index}]`"
