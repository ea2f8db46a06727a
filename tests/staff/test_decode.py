from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.texts import Texts
from exporter.staff.decode import ListedGroup, ListedMember, StaffListPage, decode_list_page, decode_statuses
from exporter.staff.model import StaffStatus
from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError

NOW = 1_700_000_100
WHOLE = {
    "Email": "Ada@Example.com",
    "Status": "free",
    "StatusExtra": {"Type": "im", "Direct": ""},
    "LastOnlineTimestamp": 1_699_990_000,
    "LastStatusTimestamp": 1_700_000_000,
    "OnlineDuration": 10_000,
    "FreeDuration": 100,
    "BusyDuration": 9_000,
    "NotReadyDuration": 0,
    "RestDuration": 900,
    "AfterCallWorkDuration": 0,
    "Reason": "",
}
LISTED = {
    "Name": "Ada Lovelace",
    "Mail": "ada@example.com ",
    "Phone": "0086100",
    "Nick": "Ada",
    "StaffNumber": "0012",
    "SkillGroupList": [{"SkillGroupId": 12, "SkillGroupName": "Sales"}, {"SkillGroupId": "13", "SkillGroupName": None}],
}


def decode(document: object) -> tuple[StaffStatus, ...]:
    return decode_statuses(Answer(msgspec.json.encode({"Response": document}), NOW), Texts())


def decode_one(**changes: object) -> StaffStatus:
    [one] = decode({"Metrics": [{**WHOLE, **changes}]})
    return one


def decode_list(document: object) -> StaffListPage:
    return decode_list_page(Answer(msgspec.json.encode({"Response": document}), NOW), Texts())


def test_a_whole_status() -> None:
    assert decode_one() == StaffStatus("ada@example.com", "Ada@Example.com", "free", 1_700_000_000.0)


@pytest.mark.parametrize("document", [{"Metrics": None}, {"Metrics": []}, {}])
def test_the_list_may_be_null_or_missing(document: object) -> None:
    assert decode(document) == ()


def test_everything_missing_null_or_empty() -> None:
    for one in (dict.fromkeys(WHOLE), dict.fromkeys(WHOLE, ""), {}):
        assert decode({"Metrics": [one]}) == (StaffStatus("", "", "unknown"),)


@pytest.mark.parametrize(
    ("status", "label"),
    [("afterCallWork", "afterCallWork"), (" rest ", "rest"), ("lunch", "lunch"), (3, "3"), ("s" * 300, "s" * 256)],
)
def test_statuses_are_any_text(status: object, label: str) -> None:
    assert decode_one(Status=status).status == label


@pytest.mark.parametrize("value", ["1700000000", 1_700_000_000.0, " 1700000000 "])
def test_times_come_as_texts_or_numbers(value: object) -> None:
    assert decode_one(LastStatusTimestamp=value).since == 1_700_000_000.0


@pytest.mark.parametrize("value", [None, "", 0, "0"])
def test_times_that_are_not_there(value: object) -> None:
    assert decode_one(LastStatusTimestamp=value).since is None


@pytest.mark.parametrize(
    ("members", "absurd", "is_refused"),
    [(1, 1, True), (2, 1, False), (2, 2, True), (10, 1, False), (20, 2, True), (21, 2, False), (21, 3, True)],
)
@pytest.mark.parametrize("value", [NOW * 1000, 1, str(NOW + 2 * 86_400)])
def test_absurd_times_are_none_and_many_are_refused(value: object, members: int, absurd: int, is_refused: bool) -> None:
    listed = [
        {**WHOLE, "Email": f"{index}@example.com", **({"LastStatusTimestamp": value} if index < absurd else {})}
        for index in range(members)
    ]
    if is_refused:
        with pytest.raises(BadBodyError, match=rf"{absurd} of {members} staff members .* `\$.Response.Metrics\[0\]`"):
            decode({"Metrics": listed})
    else:
        assert [one.since is None for one in decode({"Metrics": listed})] == [True] * absurd + [False] * (
            members - absurd
        )


def test_of_a_member_listed_twice_the_last_status_counts() -> None:
    statuses = decode(
        {"Metrics": [WHOLE, {**WHOLE, "Email": " ada@example.COM", "Status": "rest"}, {"Status": "rest"}, {}]}
    )
    assert [(one.key, one.status) for one in statuses] == [("ada@example.com", "rest"), ("", "rest"), ("", "unknown")]


def test_what_is_too_long_for_an_email_is_none() -> None:
    assert decode_one(Email="a" * 256).key == "a" * 256
    assert decode_one(Email="a" * 257) == StaffStatus("", "", "free", 1_700_000_000.0)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"Metrics": {}}, r"\$.Response.Metrics"),
        ({"Metrics": [None]}, r"\$.Response.Metrics\[0\]"),
        ({"Metrics": [{"Email": []}]}, r"\$.Response.Metrics\[0\].Email"),
        (
            {"Metrics": [{}, {"LastStatusTimestamp": "noon"}]},
            r"LastStatusTimestamp is no timestamp at `\$.Response.Metrics\[1\]`",
        ),
        ([], "Expected `object`"),
    ],
)
def test_what_is_not_of_the_documented_shape_is_refused_with_its_place(document: object, problem: str) -> None:
    with pytest.raises(BadBodyError, match=problem):
        decode(document)


def test_a_page_of_the_staff_list() -> None:
    page = decode_list({"TotalCount": 1, "StaffList": [LISTED], "RequestId": "r"})
    groups = (ListedGroup(12, "Sales"), ListedGroup(13, ""))
    assert page == StaffListPage(1, (ListedMember("ada@example.com", "0012", groups),))


def test_no_name_and_no_phone_number_is_held() -> None:
    shown = repr(decode_list({"TotalCount": 1, "StaffList": [LISTED]}))
    assert not any(text in shown for text in ("Lovelace", "0086100", "Nick"))


def test_what_the_staff_list_may_lack() -> None:
    for one in (dict.fromkeys(LISTED), {}):
        assert decode_list({"TotalCount": "1", "StaffList": [one]}) == StaffListPage(1, (ListedMember("", "", ()),))
    assert decode_list({"TotalCount": 0, "StaffList": None}) == StaffListPage(0, ())
    assert decode_list({"StaffList": []}) == StaffListPage(None, ())
    assert decode_list({"TotalCount": 1, "StaffList": [{"SkillGroupList": [{}]}]}).members[0].groups == (
        ListedGroup(None, ""),
    )


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "neither TotalCount nor StaffList"),
        ({"TotalCount": -1}, "TotalCount is negative"),
        ({"TotalCount": 1, "StaffList": "none"}, r"\$.Response.StaffList"),
        ({"StaffList": [{"SkillGroupList": [{"SkillGroupId": 2**63}]}]}, "SkillGroupId has more than 64 bits"),
    ],
)
def test_a_page_of_another_shape_is_refused(document: object, problem: str) -> None:
    with pytest.raises(BadBodyError, match=problem):
        decode_list(document)


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)
STATUSES = st.dictionaries(st.sampled_from(["Email", "Status", "LastStatusTimestamp"]), ANY_JSON)
MEMBERS = st.dictionaries(st.sampled_from(["Mail", "StaffNumber", "SkillGroupList"]), ANY_JSON)


@given(st.fixed_dictionaries({}, optional={"Metrics": st.lists(STATUSES) | ANY_JSON}))
def test_any_damage_of_statuses_is_either_decoded_or_refused(document: Any) -> None:
    try:
        statuses = decode(document)
    except BadBodyError:
        return
    assert len(statuses) <= len(document.get("Metrics") or ())
    assert all(one.status and bool(one.key) == bool(one.email) for one in statuses)


@given(
    st.fixed_dictionaries({}, optional={"TotalCount": ANY_JSON, "StaffList": st.lists(MEMBERS | ANY_JSON) | ANY_JSON})
)
def test_any_damage_of_the_staff_list_is_either_decoded_or_refused(document: Any) -> None:
    try:
        page = decode_list(document)
    except BadBodyError:
        return
    assert len(page.members) == len(document.get("StaffList") or ())


@given(st.lists(st.sampled_from(["free", "busy", "offline", "lunch", None])))
def test_no_member_is_lost_or_counted_twice(statuses: list[str | None]) -> None:
    listed = [{"Email": f"{index}@example.com", "Status": status} for index, status in enumerate(statuses)]
    assert [one.status for one in decode({"Metrics": listed})] == [status or "unknown" for status in statuses]
