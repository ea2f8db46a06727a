from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sessions.decode import Texts, decode_page
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
