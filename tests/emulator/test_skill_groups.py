from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.emulator.skill_groups import (
    MOST_SKILL_GROUPS,
    NO_GROUP,
    Membership,
    SkillGroup,
    check_skill_groups,
    default_skill_groups,
)


def test_groups_have_ids_from_one_on_and_different_names() -> None:
    groups = default_skill_groups(MOST_SKILL_GROUPS)
    assert [group.id for group in groups] == list(range(1, MOST_SKILL_GROUPS + 1))
    assert [group.name for group in groups[:4]] == ["billing", "technical", "general", "queue 4"]
    assert len({group.name for group in groups}) == MOST_SKILL_GROUPS
    check_skill_groups(groups)


@pytest.mark.parametrize("count", [-1, 501])
def test_a_number_of_groups_out_of_range_is_told(count: int) -> None:
    with pytest.raises(ValueError, match=f"^skill_groups: found {count}, allowed: 0 to 500$"):
        default_skill_groups(count)


def test_groups_that_cannot_be_are_told() -> None:
    with pytest.raises(ValueError, match="^id of a skill group: found 0, allowed: 1 or more$"):
        SkillGroup(0, "none")
    with pytest.raises(ValueError, match="^shares of skill group 7: allowed: numbers above 0$"):
        SkillGroup(7, "billing", staff=0.0)
    with pytest.raises(ValueError, match=r"^skill_groups: found the ids \[7, 7\], allowed: different ids$"):
        check_skill_groups([SkillGroup(7, "billing"), SkillGroup(7, "sales")])
    with pytest.raises(ValueError, match="^skill_groups: found 501, allowed: 0 to 500$"):
        check_skill_groups([SkillGroup(number, "x") for number in range(1, 502)])


def test_callers_choose_by_the_shares() -> None:
    membership = Membership([SkillGroup(4, "a", callers=1), SkillGroup(2, "b", callers=3)])
    assert membership.caller_shares == {4: 0.25, 2: 0.75}
    random = Random(1)
    chosen = Counter(membership.chosen(random) for _ in range(4000))
    assert chosen[2] == pytest.approx(3000, rel=0.05)
    assert chosen[4] == pytest.approx(1000, rel=0.1)


def test_people_belong_by_the_shares_and_some_of_them_to_two_groups() -> None:
    membership = Membership([SkillGroup(1, "a"), SkillGroup(2, "b", staff=0.1), SkillGroup(3, "c")])
    everybody = [membership.of(index) for index in range(1000)]
    main = Counter(groups[0] for groups in everybody)
    assert main[2] == pytest.approx(1000 * 0.1 / 2.1, rel=0.1)
    assert main[1] == pytest.approx(main[3], rel=0.05)
    assert sum(len(groups) == 2 for groups in everybody) > 200
    assert all(len(set(groups)) == len(groups) <= 2 for groups in everybody)


def test_without_groups_there_is_one_queue_that_is_nobodys() -> None:
    membership = Membership(())
    assert membership.ids == membership.of(5) == (NO_GROUP,)
    assert membership.chosen(Random(1)) == NO_GROUP
    assert membership.caller_shares == {NO_GROUP: 1.0}


@given(count=st.integers(1, 40), people=st.integers(4, 30))
def test_every_group_has_people_where_there_are_enough(count: int, people: int) -> None:
    membership = Membership(default_skill_groups(count))
    belonging = {group for index in range(people * count) for group in membership.of(index)}
    assert belonging == set(range(1, count + 1))
