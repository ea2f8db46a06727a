from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.texts import Texts
from exporter.sessions.decode import decode_page
from exporter.sessions.model import Page, Session
from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError

WHOLE = {
    "SessionID": "4f0c",
    "RoomID": "1234",
    "Caller": "0086100",
    "Callee": "008675500",
    "ProtectedCaller": "",
    "ProtectedCallee": "",
    "StaffEmail": "ada@example.com",
    "StaffNumber": "0012",
    "SessionStatus": "inProgress",
    "Direction": 0,
    "StartTimestamp": "1700000000",
    "RingTimestamp": 1700000005,
    "AcceptTimestamp": "1700000010",
}


def decode(document: object) -> Page:
    return decode_page(Answer(msgspec.json.encode({"Response": document}), 1_700_000_100.0), 50, Texts())


def decode_one(**changes: object) -> Session:
    return decode({"Total": 1, "Sessions": [{**WHOLE, **changes}]}).sessions[0]


def test_a_whole_session() -> None:
    page = decode({"Total": 76, "Sessions": [WHOLE], "RequestId": "r", "New": {"field": 1}})
    assert page == Page(
        offset=50,
        total=76,
        server_time=1_700_000_100.0,
        sessions=(
            Session("4f0c", "inProgress", "inbound", 1_700_000_000.0, 1_700_000_010.0, "0012", "ada@example.com"),
        ),
    )


@pytest.mark.parametrize("value", ["1700000010", 1700000010, 1700000010.0, " 1700000010 "])
def test_timestamps_as_string_or_number(value: object) -> None:
    assert decode_one(AcceptTimestamp=value).accepted == 1_700_000_010.0


@pytest.mark.parametrize("value", [None, "", " ", 0, "0", -1])
def test_timestamps_that_are_not_there_yet(value: object) -> None:
    assert decode_one(AcceptTimestamp=value).accepted is None


def test_ringing_stands_in_for_a_missing_start() -> None:
    assert decode_one(StartTimestamp="").started == 1_700_000_005.0


@pytest.mark.parametrize(
    ("value", "direction"),
    [
        (0, "inbound"),
        ("0", "inbound"),
        (1, "outbound"),
        ("1", "outbound"),
        (2, "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_directions(value: object, direction: str) -> None:
    assert decode_one(Direction=value).direction == direction


def test_everything_missing_null_or_empty() -> None:
    for session in (dict.fromkeys(WHOLE), dict.fromkeys(WHOLE, ""), {}):
        page = decode({"Total": 1, "Sessions": [session]})
        assert page.sessions == (Session("", "unknown", "unknown"),)


def test_an_empty_list_may_be_null_or_missing() -> None:
    assert decode({"Total": 0, "Sessions": None}).sessions == ()
    assert decode({"Total": "0"}).total == 0


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "missing required field `Total`"),
        ({"Total": None}, r"\$.Response.Total"),
        ({"Total": -1}, "Total is negative"),
        ({"Total": "many"}, "Total is no whole number"),
        ({"Total": 1, "Sessions": {}}, r"\$.Response.Sessions"),
        ({"Total": 1, "Sessions": ["x"]}, r"\$.Response.Sessions\[0\]"),
        ({"Total": 1, "Sessions": [{"StaffEmail": []}]}, r"\$.Response.Sessions\[0\].StaffEmail"),
        (
            {"Total": 1, "Sessions": [{}, {"StartTimestamp": "noon"}]},
            r"StartTimestamp is no timestamp at `\$.Response.Sessions\[1\]`",
        ),
        ({"Total": 1, "Sessions": [{"AcceptTimestamp": "inf"}]}, "AcceptTimestamp is no timestamp"),
        ({"Total": 1, "Sessions": [{"AcceptTimestamp": "1_700_000_000"}]}, "AcceptTimestamp is no timestamp"),
        ([], "Expected `object`"),
        ("text", "Expected `object`"),
    ],
)
def test_what_is_not_of_the_documented_shape_is_refused_with_its_place(document: object, problem: str) -> None:
    with pytest.raises(BadBodyError, match=problem):
        decode(document)


def test_what_is_refused_tells_its_request() -> None:
    with pytest.raises(BadBodyError) as caught:
        decode({"RequestId": "request-1"})
    assert caught.value.request_id == "request-1"
    with pytest.raises(BadBodyError) as caught:
        decode({"RequestId": 7})
    assert not caught.value.request_id


@pytest.mark.parametrize("field", ["StartTimestamp", "RingTimestamp", "AcceptTimestamp"])
@pytest.mark.parametrize("value", ["noon", "0" * 50 + "1", "1e999", "nan", 10**400])
def test_what_is_no_timestamp_is_told_by_its_field(field: str, value: object) -> None:
    with pytest.raises(BadBodyError, match=rf"{field} is no timestamp at `\$.Response.Sessions\[0\]`"):
        decode({"Total": 1, "Sessions": [{field: value}]})


NOW = 1_700_000_100
DAY = 86_400
YEAR = 365 * DAY
ABSURD = [
    NOW * 1000,
    str(NOW * 1000),
    NOW * 1_000_000,
    NOW * 10**9,
    NOW + DAY + 1,
    str(NOW + YEAR),
    253_402_300_799,
    1e300,
    946_684_799,
    "1",
]


def decode_many(number: int, **changes: Sequence[object]) -> Page:
    """Decode a page of so many sessions, the first of which have other values in a field."""
    sessions = [
        {
            **WHOLE,
            "SessionID": str(index),
            **{name: values[index] for name, values in changes.items() if index < len(values)},
        }
        for index in range(number)
    ]
    return decode({"Total": number, "Sessions": sessions})


@pytest.mark.parametrize("value", ABSURD)
def test_an_absurd_answer_is_an_answer_at_no_time(value: object) -> None:
    session, *others = decode_many(25, AcceptTimestamp=[value]).sessions
    assert (session.started, session.accepted, session.accepted_untimed) == (1_700_000_000.0, None, True)
    assert session.is_accepted
    assert all(other.accepted == 1_700_000_010.0 and not other.accepted_untimed for other in others)


@pytest.mark.parametrize("value", ABSURD)
@pytest.mark.parametrize("field", ["StartTimestamp", "RingTimestamp"])
def test_an_absurd_start_is_none(field: str, value: object) -> None:
    starts: dict[str, Sequence[object]] = {"StartTimestamp": [""], "AcceptTimestamp": [None], field: [value]}
    session = decode_many(25, **starts).sessions[0]
    assert (session.started, session.accepted, session.is_accepted) == (None, None, False)


@pytest.mark.parametrize("value", [NOW + DAY, str(NOW + DAY - 1), 946_684_800, NOW + 3])
def test_what_can_be_is_taken(value: int | str) -> None:
    assert decode_many(2, AcceptTimestamp=[value]).sessions[0].accepted == float(value)


def test_ringing_that_nobody_asks_for_may_be_absurd() -> None:
    assert decode_many(25, RingTimestamp=[1] * 25).sessions[24].started == 1_700_000_000.0


@pytest.mark.parametrize(
    ("sessions", "absurd", "is_refused"),
    [
        (1, 1, True),
        (2, 1, False),
        (2, 2, True),
        (9, 1, False),
        (9, 2, True),
        (10, 1, False),
        (20, 2, True),
        (21, 2, False),
        (25, 1, False),
        (25, 2, False),
        (25, 3, True),
        (25, 25, True),
    ],
)
@pytest.mark.parametrize("field", ["StartTimestamp", "AcceptTimestamp"])
def test_a_page_where_a_tenth_of_the_times_cannot_be_is_refused(
    field: str, sessions: int, absurd: int, is_refused: bool
) -> None:
    if is_refused:
        with pytest.raises(BadBodyError, match=f"{absurd} of {sessions} sessions have times that cannot be"):
            decode_many(sessions, **{field: [NOW * 1000] * absurd})
    else:
        page = decode_many(sessions, **{field: [NOW * 1000] * absurd})
        assert sum(session.accepted is None or session.started is None for session in page.sessions) == absurd


def test_a_time_that_is_ahead_is_none_until_it_comes() -> None:
    content = msgspec.json.encode(
        {"Response": {"Total": 2, "Sessions": [{**WHOLE, "AcceptTimestamp": NOW + 2 * DAY}, WHOLE]}}
    )
    for server_time, accepted in ((NOW, None), (NOW + DAY, NOW + 2 * DAY), (NOW, None)):
        page = decode_page(Answer(content, server_time), 0, Texts())
        assert page.sessions[0].accepted == accepted


def test_more_sessions_than_a_page_can_hold() -> None:
    assert len(decode_many(25).sessions) == 25
    with pytest.raises(BadBodyError, match="26 sessions on a page"):
        decode_many(26)


@pytest.mark.parametrize("digits", [10, 20, 400, 5000])
@pytest.mark.parametrize("written", ["%b", '"%b"', "-%b", "%b.0", "1e%b"])
def test_counts_that_cannot_be_are_refused(written: str, digits: int) -> None:
    total = written.encode() % (b"9" * digits)
    with pytest.raises(BadBodyError):
        decode_page(Answer(b'{"Response": {"Total": %b}}' % total, NOW), 0, Texts())


def test_the_largest_count() -> None:
    assert decode({"Total": 10**9}).total == 10**9


def test_long_texts_are_cut_and_long_ids_refused() -> None:
    session = decode_one(SessionID="i" * 256, SessionStatus="s" * 300, StaffNumber="1" * 300, StaffEmail="客" * 300)
    assert (len(session.id), session.status, session.staff_number) == (256, "s" * 256, "1" * 256)
    assert session.staff_email == "客" * 256
    with pytest.raises(BadBodyError, match=r"length <= 256 - at `\$.Response.Sessions\[0\].SessionID`"):
        decode_one(SessionID="i" * 257)


def test_long_texts_are_not_kept() -> None:
    texts = Texts()
    page = {"Response": {"Total": 1, "Sessions": [{**WHOLE, "StaffNumber": "1" * 10_000}]}}
    decode_page(Answer(msgspec.json.encode(page), NOW), 0, texts)
    assert max(len(str(text)) for text in texts) < 100


@pytest.mark.parametrize("number", [" 007 ", "007\n", "\u3000007\t", "007"])
def test_staff_members_and_statuses_are_trimmed_and_ids_are_not(number: str) -> None:
    session = decode_one(SessionID=" 1 ", SessionStatus=" ringing ", StaffNumber=number, StaffEmail=f" ada{number}")
    assert (session.id, session.status, session.staff_number) == (" 1 ", "ringing", "007")
    assert session.staff_email == f"ada{number}".strip()


def test_equal_texts_are_kept_once() -> None:
    texts = Texts()
    assert texts["".join([" ", "007"])] is texts["".join(["0", "07 "])]


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u3000"])
def test_blanks_stand_for_nothing(blank: str) -> None:
    session = decode_one(SessionStatus=blank, StaffNumber=blank, StaffEmail=blank)
    assert (session.status, session.staff_number, session.staff_email) == ("unknown", "", "")


@pytest.mark.parametrize("character", [*map(chr, range(0x20)), "\x7f", "\x85", "\x9f", "\u2028", "\u2029"])
def test_control_characters_are_in_no_label(character: str) -> None:
    session = decode_one(SessionStatus=f"a{character}b", StaffNumber=f"1{character}2", StaffEmail=f"x{character}y")
    assert (session.status, session.staff_number, session.staff_email) == ("a\ufffdb", "1\ufffd2", "x\ufffdy")


LONE = [r"\ud800", r"\uD83D", r"\udc00\ud800", r"\ud800\ud800", r"\udfff", r"\ud83dx", r"\ud83d\n", r"\\\ud800"]


@pytest.mark.parametrize("written", LONE)
@pytest.mark.parametrize(
    "field", ["Caller", "RoomID", "New", "SessionID", "SessionStatus", "StaffNumber", "StaffEmail"]
)
def test_a_lone_surrogate_blinds_nobody(field: str, written: str) -> None:
    session = json.dumps({**WHOLE, field: "MARK", "ProtectedCaller": "\U0001f600\\ud800"})
    content = '{"Response": {"Total": 1, "Sessions": [%s]}}' % session.replace("MARK", f"a{written}")  # noqa: UP031
    assert r"\ud83d\ude00" in content
    [decoded] = decode_page(Answer(content.encode(), NOW), 0, Texts()).sessions
    for text in (decoded.id, decoded.status, decoded.staff_number, decoded.staff_email):
        text.encode()
    assert decoded.accepted == 1_700_000_010.0


def test_ids_that_differ_by_a_lone_surrogate_go_on_differing() -> None:
    sessions = ",".join([rf'{{"SessionID": "a\ud8{number:02x}"}}' for number in range(20)])
    content = '{"Response": {"Total": 20, "Sessions": [%s]}}' % sessions  # noqa: UP031
    page = decode_page(Answer(content.encode(), NOW), 0, Texts())
    assert len({session.id for session in page.sessions}) == 20


@given(st.text(st.characters(codec=None), max_size=20), st.text(st.characters(codec=None), max_size=20))
def test_any_text_of_json_is_decoded_and_differs_where_it_did(one: str, other: str) -> None:
    document = {
        "Response": {"Total": 2, "Sessions": [{"SessionID": text, "StaffEmail": text} for text in (one, other)]}
    }
    first, second = decode_page(Answer(json.dumps(document).encode(), NOW), 0, Texts()).sessions
    assert (first.id == second.id) == (one == other)
    for session in (first, second):
        assert not re.search(r"[\x00-\x1f\ud800-\udfff]", session.staff_email)
        session.id.encode()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from(sorted(WHOLE)), ANY_JSON, max_size=6)


@st.composite
def damaged_documents(draw: st.DrawFn) -> Any:
    sessions: Any = [
        {
            key: value
            for key, value in {**WHOLE, **draw(FIELDS)}.items()
            if key not in draw(st.sets(st.sampled_from(sorted(WHOLE)), max_size=3))
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    document = {"Total": draw(st.just(len(sessions)) | ANY_JSON), "Sessions": draw(st.just(sessions) | ANY_JSON)}
    for key in draw(st.sets(st.sampled_from(["Total", "Sessions"]))):
        del document[key]
    return document


@given(damaged_documents())
def test_any_damage_is_either_decoded_or_refused(document: Any) -> None:
    try:
        page = decode(document)
    except BadBodyError:
        return
    assert page.total >= 0
    assert len(page.sessions) == len(document.get("Sessions") or ())
    for session in page.sessions:
        assert session.direction in {"inbound", "outbound", "unknown"}
        assert session.status
        assert session.accepted is None or session.accepted > 0


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda content: b'{"Response": %b}' % content))
def test_any_bytes_are_either_decoded_or_refused(content: bytes) -> None:
    try:
        page = decode_page(Answer(content, 0.0), 0, Texts())
    except BadBodyError:
        return
    assert page.total >= 0
