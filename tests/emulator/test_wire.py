from __future__ import annotations

from random import Random
from uuid import UUID

import msgspec

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.staff import StaffMember
from exporter.emulator.wire import HOTLINE, session_object, with_null_fields

KEY = UUID("0cf5be1b-de75-4445-a0c4-8dff3fa4b68b")
MEMBER = StaffMember("1007", "agent-1007@example.com")
CUSTOMER = f"+999{KEY.int % 10**10:010d}"


def test_a_caller_in_the_queue() -> None:
    session = Call(1, KEY, CallDirection.INBOUND, started=-0.5)
    assert msgspec.to_builtins(session_object(session, start=1000)) == {
        "SessionID": "0cf5be1b-de75-4445-a0c4-8dff3fa4b68b",
        "RoomID": str(KEY.int >> 101),
        "Caller": CUSTOMER,
        "Callee": HOTLINE,
        "StartTimestamp": "999",
        "AcceptTimestamp": "",
        "RingTimestamp": 0,
        "StaffEmail": "",
        "StaffNumber": "",
        "SessionStatus": "seatJoining",
        "Direction": 0,
        "ProtectedCaller": "",
        "ProtectedCallee": "",
    }


def test_an_outbound_call_in_progress() -> None:
    session = Call(1, KEY, CallDirection.OUTBOUND, started=5.9, staff_member=MEMBER, rang=5.9, accepted=20.0)
    assert msgspec.to_builtins(session_object(session, start=1000)) == {
        "SessionID": "0cf5be1b-de75-4445-a0c4-8dff3fa4b68b",
        "RoomID": str(KEY.int >> 101),
        "Caller": HOTLINE,
        "Callee": CUSTOMER,
        "StartTimestamp": "1005",
        "AcceptTimestamp": "1020",
        "RingTimestamp": 1005,
        "StaffEmail": "agent-1007@example.com",
        "StaffNumber": "1007",
        "SessionStatus": "inProgress",
        "Direction": 1,
        "ProtectedCaller": "",
        "ProtectedCallee": "",
    }


def test_null_fields_damage_everything_but_the_session_id() -> None:
    random = Random(1)
    session = Call(1, KEY, CallDirection.OUTBOUND, started=5.9, staff_member=MEMBER, rang=5.9, accepted=20.0)
    intact = session_object(session, start=1000)
    damaged = [with_null_fields(intact, random) for _ in range(300)]
    for name, value in msgspec.to_builtins(intact).items():
        values = {repr(fields.get(name, "missing")) for fields in damaged}
        if name == "SessionID":
            assert values == {repr(value)}
        else:
            assert values >= {"None", "''", "'missing'", repr(value)}
    assert {fields.get("StartTimestamp") for fields in damaged} >= {"1005", 1005}
    assert {fields.get("RingTimestamp") for fields in damaged} >= {"1005", 1005}
    assert 1020 in {fields.get("AcceptTimestamp") for fields in damaged}


def test_an_empty_timestamp_has_no_other_type() -> None:
    random = Random(1)
    waiting = session_object(Call(1, KEY, CallDirection.INBOUND, started=0.0), start=1000)
    accepted = {with_null_fields(waiting, random).get("AcceptTimestamp", "missing") for _ in range(100)}
    assert accepted == {None, "", "missing"}
