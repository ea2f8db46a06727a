"""What goes over the wire: a session as the API's JSON object, and the envelope around every answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import msgspec

from exporter.emulator.call import Call, CallDirection

HOTLINE = "+9990000000000"
"""The number of every contact center. No country has the code 999 (ITU-T E.164), so nobody has the number."""


class SessionObject(msgspec.Struct, frozen=True):
    """The API's `PSTNSessionInfo`: https://www.tencentcloud.com/document/product/1229/59767.

    Not there yet: no staff member and no acceptance are empty texts, no ringing is 0. The protected numbers are empty,
    as without number protection.
    """

    session_id: str = msgspec.field(name="SessionID")
    room_id: str = msgspec.field(name="RoomID")
    caller: str = msgspec.field(name="Caller")
    callee: str = msgspec.field(name="Callee")
    start_timestamp: str = msgspec.field(name="StartTimestamp")
    accept_timestamp: str = msgspec.field(name="AcceptTimestamp")
    ring_timestamp: int = msgspec.field(name="RingTimestamp")
    staff_email: str = msgspec.field(name="StaffEmail")
    staff_number: str = msgspec.field(name="StaffNumber")
    session_status: str = msgspec.field(name="SessionStatus")
    direction: int = msgspec.field(name="Direction")
    protected_caller: str = msgspec.field(name="ProtectedCaller", default="")
    protected_callee: str = msgspec.field(name="ProtectedCallee", default="")


def session_object(session: Call, start: int) -> SessionObject:
    """Return what the API says of a session of a center that started at `start` (Unix seconds)."""
    customer = f"+999{session.key.int % 10**10:010d}"
    inbound = session.direction is CallDirection.INBOUND
    member = session.staff_member
    return SessionObject(
        session_id=session.session_id,
        room_id=str(session.key.int >> 101),
        caller=customer if inbound else HOTLINE,
        callee=HOTLINE if inbound else customer,
        start_timestamp=str(_unix(start, session.started)),
        accept_timestamp="" if session.accepted is None else str(_unix(start, session.accepted)),
        ring_timestamp=0 if session.rang is None else _unix(start, session.rang),
        staff_email="" if member is None else member.email,
        staff_number="" if member is None else member.number,
        session_status=session.status.value,
        direction=session.direction.value,
    )


def encoded_session(session: Call, start: int) -> msgspec.Raw:
    """Return the JSON of a session's object, made anew only where the session has changed."""
    state = (session.rang, session.accepted, session.staff_member)
    if session.encoded is None or session.encoded[0] != state:
        session.encoded = (state, msgspec.json.encode(session_object(session, start)))
    return msgspec.Raw(session.encoded[1])


def answer(fields: Mapping[str, object], request_id: str) -> bytes:
    """Return the answer that has these fields."""
    return msgspec.json.encode({"Response": {**fields, "RequestId": request_id}})


def result(total: int, sessions: Iterable[object], request_id: str) -> bytes:
    """Return the answer to a request for a page of the session list."""
    return answer({"Total": total, "Sessions": sessions}, request_id)


def error(code: str, message: str, request_id: str) -> bytes:
    """Return the answer that tells an error."""
    return answer({"Error": {"Code": code, "Message": message}}, request_id)


def with_null_fields(session: SessionObject, random: Random) -> dict[str, object]:
    """Return a session with random fields null, empty, missing, or a timestamp in the other type; it keeps its id."""
    damaged: dict[str, object] = {}
    for name, value in msgspec.to_builtins(session).items():
        match "kept" if name == "SessionID" else random.choice(("null", "empty", "missing", "other type", "kept")):
            case "null":
                damaged[name] = None
            case "empty":
                damaged[name] = ""
            case "missing":
                pass
            case "other type" if name.endswith("Timestamp") and value != "":
                damaged[name] = str(value) if isinstance(value, int) else int(value)
            case _:
                damaged[name] = value
    return damaged


def _unix(start: int, offset: float) -> int:
    return int(start + offset)
