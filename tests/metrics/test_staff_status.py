from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.observation import Observation
from exporter.metrics.series import Series
from exporter.metrics.skill_groups import MOST_SKILL_GROUPS, SkillGroup, SkillGroups
from exporter.metrics.staff import StaffLabel, StaffTrackerOptions
from exporter.metrics.staff_status import StaffStatusMetrics
from exporter.metrics.status_labels import MOST_STATUSES
from exporter.staff.model import STATUSES, StaffList, StaffMember, StaffReading, StaffStatus
from tests.metrics.samples import values_of

NOW = 1_700_000_000.0
NUMBER: tuple[StaffLabel, ...] = ("staff_number",)
BOTH: tuple[StaffLabel, ...] = ("staff_number", "staff_email")
TIMED = [status for status in STATUSES if status != "offline"]


def options(labels: tuple[StaffLabel, ...] = NUMBER, retention: float = 60.0, most: int = 2000) -> StaffTrackerOptions:
    return StaffTrackerOptions(labels, retention, most)


def metrics(settings: StaffTrackerOptions | None = None, groups: SkillGroups | None = None) -> StaffStatusMetrics:
    return StaffStatusMetrics("support", groups or SkillGroups(60.0), settings or options())


def person(key: str, status: str = "free", age: float | None = 100.0) -> StaffStatus:
    return StaffStatus(key, key.title(), status, None if age is None else NOW - age)


LIST = StaffList(
    {"ada": StaffMember("0001", (12,)), "bob": StaffMember("0002", (12, 13)), "eve": StaffMember("")},
    {12: "Sales", 13: "Support"},
    1000.0,
)


def reading(*members: StaffStatus, staff_list: StaffList | None = LIST, at: float = 1000.0) -> StaffReading:
    return StaffReading(
        members=members, staff_list=staff_list, requests=1, server_time=NOW, finished=NOW, at=at, duration=0.1
    )


def since(series: Series, labels: Sequence[str] = NUMBER) -> dict[tuple[str, ...], float]:
    """How long ago it was, by labels and status."""
    return {key: NOW - value for key, value in values_of(series, catalog.STAFF_STATUS_SINCE, *labels, "status").items()}


def statuses(observation: Observation) -> dict[str, float]:
    return {
        status: value for (status,), value in values_of(observation.series, catalog.STAFF_MEMBERS, "status").items()
    }


def longest(observation: Observation) -> dict[str, float]:
    values = values_of(observation.series, catalog.STAFF_LONGEST_STATUS, "status")
    return {status: value for (status,), value in values.items()}


def members_of_groups(observation: Observation) -> dict[tuple[str, str], dict[str, float]]:
    """By the labels of the group, the members in each status; those at 0 left out."""
    values = values_of(observation.series, catalog.SKILL_GROUP_STAFF_MEMBERS, "skill_group_id", "skill_group", "status")
    found: dict[tuple[str, str], dict[str, float]] = {}
    for (key, name, status), value in values.items():
        found.setdefault((key, name), {}).update({status: value} if value else {})
    return found


def test_members_by_status_and_the_longest() -> None:
    observation = metrics().observe(
        reading(
            person("ada", "free", 30.0),
            person("bob", "free", 50.0),
            person("eve", "offline", 999.0),
            person("", "rest"),
        )
    )
    assert statuses(observation) == {**dict.fromkeys(STATUSES, 0), "free": 2, "offline": 1, "rest": 1}
    assert longest(observation) == {**dict.fromkeys(TIMED, 0), "free": 50, "rest": 100}
    assert observation.signals["free_staff", None] == 2
    assert observation.signals["longest_after_call_work_seconds", None] == 0


def test_documented_statuses_are_there_where_nobody_is() -> None:
    observation = metrics().observe(reading(staff_list=None))
    assert statuses(observation) == dict.fromkeys(STATUSES, 0)
    assert longest(observation) == dict.fromkeys(TIMED, 0)
    assert observation.signals == {("free_staff", None): 0, ("longest_after_call_work_seconds", None): 0}


def test_other_statuses_come_as_they_are_and_too_many_are_other() -> None:
    one = metrics()
    observation = one.observe(reading(person("ada", "lunch", 70.0), person("bob", "unknown", None)))
    assert (statuses(observation)["lunch"], statuses(observation)["unknown"]) == (1, 1)
    assert longest(observation)["lunch"] == 70
    assert "unknown" not in longest(observation)
    many = [person(str(number), f"status-{number}", number) for number in range(30)]
    observation = one.observe(reading(*many))
    assert len(statuses(observation)) <= MOST_STATUSES + 1
    assert sum(statuses(observation).values()) == 30
    assert (statuses(observation)["other"] > 1, longest(observation)["other"]) == (True, 29)


def test_no_age_is_negative() -> None:
    observation = metrics().observe(reading(person("ada", "free", -30.0), person("bob", "busy", None)))
    assert longest(observation) == dict.fromkeys(TIMED, 0)


def test_members_of_skill_groups() -> None:
    observation = metrics().observe(
        reading(
            person("ada", "afterCallWork", 40.0),
            person("bob", "afterCallWork", 90.0),
            person("eve", "busy"),
            person("zoe", "busy"),
            person("", "busy"),
        )
    )
    assert members_of_groups(observation) == {
        ("12", "Sales"): {"afterCallWork": 2},
        ("13", "Support"): {"afterCallWork": 1},
    }
    ages = values_of(
        observation.series, catalog.SKILL_GROUP_STAFF_LONGEST_STATUS, "skill_group_id", "skill_group", "status"
    )
    assert (ages["12", "Sales", "afterCallWork"], ages["13", "Support", "afterCallWork"]) == (90, 90)
    assert {status for _, _, status in ages} == {*TIMED}
    assert observation.signals == {
        ("free_staff", None): 0,
        ("longest_after_call_work_seconds", None): 90,
        ("free_staff", 12): 0,
        ("longest_after_call_work_seconds", 12): 90,
        ("free_staff", 13): 0,
        ("longest_after_call_work_seconds", 13): 90,
    }


def test_groups_known_from_elsewhere_are_there_at_zero() -> None:
    groups = SkillGroups(60.0)
    groups.see([(7, "Night shift")], at=990.0, named_at=990.0)
    observation = metrics(groups=groups).observe(reading())
    assert members_of_groups(observation) == {("7", "Night shift"): {}, ("12", "Sales"): {}, ("13", "Support"): {}}
    assert observation.signals["free_staff", 7] == 0


def test_without_a_staff_list_totals_stay_and_all_else_goes() -> None:
    one = metrics()
    one.observe(reading(person("ada")))
    observation = one.observe(reading(person("ada"), staff_list=None, at=1010.0))
    assert statuses(observation)["free"] == 1
    assert members_of_groups(observation) == {}
    assert since(observation.series) == {}
    assert {group for _, group in observation.signals} == {None}


def test_an_old_list_brings_no_old_name_back() -> None:
    groups = SkillGroups(60.0)
    one = metrics(groups=groups)
    one.observe(reading(person("ada")))
    groups.see([(12, "Sales Asia")], at=1010.0, named_at=1010.0)
    observation = one.observe(reading(person("ada"), at=1020.0))
    assert members_of_groups(observation) == {("12", "Sales Asia"): {"free": 1}, ("13", "Support"): {}}


def test_a_member_of_many_groups_that_are_not_told_apart_counts_once_in_other() -> None:
    groups = SkillGroups(60.0)
    groups.see([(key, "") for key in range(1000, 1000 + MOST_SKILL_GROUPS)], at=1000.0, named_at=1000.0)
    observation = metrics(groups=groups).observe(reading(person("bob")))
    assert members_of_groups(observation)["other", "other"] == {"free": 1}


def test_a_group_is_gone_through_once_for_all_who_belong_to_the_same_groups() -> None:
    asked: list[int | None] = []

    class Counted(SkillGroups):
        def get(self, key: int | None) -> SkillGroup:
            asked.append(key)
            return super().get(key)

    keys = tuple(range(20))
    persons = [person(f"{number}", STATUSES[number % 6], float(number)) for number in range(1000)]
    listed = StaffList({one.key: StaffMember("", keys) for one in persons}, dict.fromkeys(keys, "Sales"), 1000.0)
    observation = metrics(groups=Counted(60.0)).observe(reading(*persons, staff_list=listed))
    assert sorted(map(str, asked)) == sorted(map(str, keys))
    for key in keys:
        assert sum(members_of_groups(observation)[str(key), "Sales"].values()) == 1000
    assert observation.signals["free_staff", 7] == observation.signals["free_staff", None] == 167
    assert longest(observation)["afterCallWork"] == 994.0


def test_since_when_each_is_in_a_status() -> None:
    members = [
        person("ada", "free", 30.0),
        person("bob", "rest", 50.0),
        person("eve", "busy", 60.0),
        person("zoe", "busy", 70.0),
        person("off", "offline"),
        person("new", "free", None),
        person("", "free", 999.0),
    ]
    observation = metrics().observe(reading(*members))
    assert since(observation.series) == {("0001", "free"): 30, ("0002", "rest"): 50, ("unknown", "busy"): 70}
    assert since(metrics(options(BOTH)).observe(reading(*members)).series, BOTH) == {
        ("0001", "Ada", "free"): 30,
        ("0002", "Bob", "rest"): 50,
        ("unknown", "Eve", "busy"): 60,
        ("unknown", "Zoe", "busy"): 70,
    }
    assert since(metrics(options(())).observe(reading(*members)).series) == {}


def test_a_member_gets_another_number() -> None:
    one = metrics()
    assert since(one.observe(reading(person("ada"))).series) == {("0001", "free"): 100}
    renumbered = StaffList({"ada": StaffMember("0007")}, {}, 1010.0)
    assert since(one.observe(reading(person("ada"), staff_list=renumbered)).series) == {("0007", "free"): 100}


def numbered(*keys: str) -> StaffList:
    return StaffList({key: StaffMember(key) for key in keys}, {}, 1000.0)


def test_those_beyond_the_most_series_are_together_with_the_oldest_time_of_each_status() -> None:
    members = [person("a"), person("b"), person("c", "rest", 5.0), person("d", "rest", 9.0), person("e", "free", 2.0)]
    observation = metrics(options(most=2)).observe(reading(*members[::-1], staff_list=numbered(*"abcde")))
    assert since(observation.series) == {
        ("a", "free"): 100,
        ("b", "free"): 100,
        ("other", "rest"): 9,
        ("other", "free"): 2,
    }


def test_who_has_a_series_keeps_it_while_others_come_and_go() -> None:
    one, staff = metrics(options(most=2, retention=60.0)), numbered(*"abcd")

    def shown(at: float, **members: str) -> set[str]:
        here = [person(key, status) for key, status in members.items()]
        return {number for number, _ in since(one.observe(reading(*here, staff_list=staff, at=at)).series)}

    assert shown(1000.0, c="free", d="free") == {"c", "d"}
    assert shown(1010.0, a="free", b="free", c="free", d="busy") == {"c", "d", "other"}
    assert shown(1020.0, a="free", c="free", d="offline") == {"c", "other"}
    assert shown(1070.0, a="free", c="free", d="free") == {"c", "d", "other"}
    assert shown(1131.0, a="free", c="free", d="offline") == {"a", "c"}
    assert shown(1140.0, a="free", c="free", d="free") == {"a", "c", "other"}


def test_other_options_hold_for_what_is_shown() -> None:
    one = metrics()
    earlier = one.observe(reading(person("ada"))).series
    latest = one.observe(reading(person("ada"), person("bob"), at=1010.0)).series
    one.change(options(("staff_email",), most=1))
    assert since(earlier, ("staff_email",)) == {}
    assert since(latest, ("staff_email",)) == {("Ada", "free"): 100, ("other", "free"): 100}
    assert values_of(earlier, catalog.STAFF_MEMBERS, "status")["free",] == 1
    one.change(options(()))
    assert since(latest) == {}
    assert since(one.observe(reading(person("ada"), at=1020.0)).series) == {}


def test_options_may_change_before_anything_is_read() -> None:
    one = metrics()
    one.change(options(BOTH))
    assert since(one.observe(reading(person("ada"))).series, BOTH) == {("0001", "Ada", "free"): 100}


@pytest.mark.parametrize("most", [1, 3, 2000])
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["free", "busy", "offline", "lunch"])), max_size=6
    )
)
def test_whatever_comes_sums_agree_and_series_are_bounded(most: int, days: list[Mapping[str, str]]) -> None:
    one = metrics(options(most=most, retention=15.0))
    staff = StaffList({key: StaffMember(key, (12,)) for key in "abcdef"}, {12: "Sales"}, 1000.0)
    for number, day in enumerate(days):
        members = [person(key, status) for key, status in day.items()]
        observation = one.observe(reading(*members, staff_list=staff, at=1000.0 + 10 * number))
        assert sum(statuses(observation).values()) == len(day)
        assert sum(members_of_groups(observation)["12", "Sales"].values()) == len(day)
        shown = since(observation.series)
        assert len({key for key, _ in shown} - {"other"}) <= most
        on_duty = {key: status for key, status in day.items() if status != "offline"}
        assert {status for _, status in shown} == {*on_duty.values()}
        assert {key for key, _ in shown} - {"other"} <= on_duty.keys()
