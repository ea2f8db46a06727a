from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.numbers import MOST_IDS
from exporter.staff.model import StaffList, StaffMember
from exporter.staff.reader import LIST_ACTION
from exporter.staff.staff_list import MOST_PAGES, PAGE_SIZE, ApplicationStaffList
from tests.fake_client import FakeClient, action
from tests.virtual_time import run


def member(number: int, *groups: int | None, mail: str | None = None) -> dict[str, object]:
    listed = [{"SkillGroupId": group, "SkillGroupName": f"group {group}"} for group in groups]
    return {
        "Mail": f"{number}@example.com" if mail is None else mail,
        "StaffNumber": f"{number:04}",
        "SkillGroupList": listed,
    }


def read(page: Callable[[int], Mapping[str, Any]]) -> tuple[StaffList, list[Mapping[str, Any]]]:
    """Read a list given page by page; return it and what was asked for."""
    asked: list[Mapping[str, Any]] = []

    async def answer(parameters: Mapping[str, Any]) -> object:
        asked.append(parameters)
        return page(parameters["PageNumber"])

    staff_list = ApplicationStaffList(FakeClient(**{LIST_ACTION: answer}), action(LIST_ACTION), 1400000000)
    return run(staff_list.read(1e9, lambda: None)), asked


def paged(members: list[dict[str, object]], total: int | None) -> Callable[[int], Mapping[str, Any]]:
    return lambda number: {
        "TotalCount": total,
        "StaffList": members[number * PAGE_SIZE : (number + 1) * PAGE_SIZE],
    }


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (PAGE_SIZE, 1), (PAGE_SIZE + 1, 2), (3 * PAGE_SIZE, 3)])
def test_pages_are_read_until_all_are_there(count: int, pages: int) -> None:
    staff_list, asked = read(paged([member(number) for number in range(count)], count))
    assert len(staff_list.members) == count
    assert asked == [{"SdkAppId": 1400000000, "PageSize": PAGE_SIZE, "PageNumber": number} for number in range(pages)]


@pytest.mark.parametrize("total", [None, 10**9])
def test_an_empty_page_is_the_end_whatever_the_total(total: int | None) -> None:
    staff_list, asked = read(paged([member(number) for number in range(PAGE_SIZE + 1)], total))
    assert (len(staff_list.members), len(asked)) == (PAGE_SIZE + 1, 3)


def test_a_list_without_an_end_is_left_some_time() -> None:
    staff_list, asked = read(lambda _: {"TotalCount": 10**9, "StaffList": [member(1)]})
    assert (len(staff_list.members), len(asked)) == (1, MOST_PAGES)


def test_of_a_member_listed_twice_the_last_time_counts() -> None:
    listed = [member(1, 12), member(2), member(3, 13, mail=" 1@EXAMPLE.com"), member(4, mail=""), {}]
    staff_list, _ = read(paged(listed, 5))
    assert staff_list.members == {"1@example.com": StaffMember("0003", (13,)), "2@example.com": StaffMember("0002")}


def test_groups_without_a_name_keep_the_one_they_have_elsewhere() -> None:
    nameless = {**member(2), "SkillGroupList": [{"SkillGroupId": 12}]}
    for listed in ([member(1, 12), nameless], [nameless, member(1, 12)]):
        assert read(paged(listed, 2))[0].groups == {12: "group 12"}


def test_too_many_groups_are_not_told_apart() -> None:
    everywhere = member(1, *range(MOST_IDS + 2))
    staff_list, _ = read(paged([everywhere, member(2, MOST_IDS, 3, None), member(3, MOST_IDS)], 3))
    assert set(staff_list.groups) == {*range(MOST_IDS)}
    assert staff_list.members["1@example.com"].groups == (*range(MOST_IDS), None)
    assert staff_list.members["2@example.com"].groups == (None, 3)
    assert staff_list.members["3@example.com"].groups == (None,)


@given(st.lists(st.integers(0, 20), max_size=2 * PAGE_SIZE), st.none() | st.integers(0, 2000))
def test_whatever_the_total_everybody_up_to_it_is_there(numbers: list[int], total: int | None) -> None:
    staff_list, _ = read(paged([member(number) for number in numbers], total))
    needed = numbers if total is None else numbers[:total]
    assert {f"{number}@example.com" for number in needed} <= set(staff_list.members)
