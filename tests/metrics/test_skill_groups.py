from __future__ import annotations

from collections.abc import Mapping

import pytest

from exporter.metrics.skill_groups import MOST_SKILL_GROUPS, SkillGroups


def write(labels: Mapping[str, str]) -> str:
    return "|".join(labels.values())


def shown(groups: SkillGroups) -> list[str]:
    return [group.labels(write, "stage", "queue") for group in groups.known]


def test_groups_are_known_by_id_and_name() -> None:
    groups = SkillGroups(3600.0)
    groups.see([(12, "Sales"), (13, "")], at=1000.0, named_at=1000.0)
    assert shown(groups) == ["12|Sales|queue", "13|unknown|queue"]
    groups.see([(13, "Support")], at=1010.0, named_at=1010.0)
    groups.see([(12, "")], at=1010.0, named_at=1010.0)
    assert shown(groups) == ["12|Sales|queue", "13|Support|queue"]


def test_the_latest_name_counts_whichever_collector_tells_it_last() -> None:
    groups = SkillGroups(3600.0)
    groups.see([(12, "Sales")], at=1000.0, named_at=1000.0)
    groups.see([(12, "Sales Asia")], at=1100.0, named_at=1100.0)
    groups.see([(12, "Sales")], at=1110.0, named_at=1000.0)
    assert shown(groups) == ["12|Sales Asia|queue"]


def test_a_group_that_nobody_has_seen_for_long_is_forgotten() -> None:
    groups = SkillGroups(60.0)
    groups.see([(12, "Sales"), (13, "Support")], at=1000.0, named_at=1000.0)
    groups.see([(13, "Support")], at=1060.0, named_at=1060.0)
    assert shown(groups) == ["12|Sales|queue", "13|Support|queue"]
    groups.see([], at=1061.0, named_at=1061.0)
    assert shown(groups) == ["13|Support|queue"]
    groups.retention = 10.0
    groups.see([], at=1071.0, named_at=1071.0)
    assert shown(groups) == []


def test_groups_beyond_the_most_are_other_until_there_is_room() -> None:
    groups = SkillGroups(60.0)
    groups.see([(key, "") for key in range(MOST_SKILL_GROUPS + 1)], at=1000.0, named_at=1000.0)
    assert len(shown(groups)) == MOST_SKILL_GROUPS
    for key in (MOST_SKILL_GROUPS, None, 10**6):
        assert groups.get(key).labels(write, "stage", "queue") == "other|other|queue"
    groups.see([(MOST_SKILL_GROUPS, "Late")], at=1100.0, named_at=1100.0)
    assert shown(groups) == [f"{MOST_SKILL_GROUPS}|Late|queue"]


@pytest.mark.parametrize("times", [1, 5])
def test_labels_are_written_once(times: int) -> None:
    written: list[Mapping[str, str]] = []

    def note(labels: Mapping[str, str]) -> str:
        written.append(labels)
        return write(labels)

    groups = SkillGroups(60.0)
    for at in range(times):
        groups.see([(12, "Sales")], at=at, named_at=at)
        for stage in ("queue", "ringing"):
            assert groups.get(12).labels(note, "stage", stage) == f"12|Sales|{stage}"
    assert len(written) == 2
