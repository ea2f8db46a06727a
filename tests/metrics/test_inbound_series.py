from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.texts import Texts
from exporter.inbound.decode import decode_inbound
from exporter.inbound.model import InboundCalls, InboundReading, SkillGroupCalls, StageCounts
from exporter.metrics import catalog
from exporter.metrics.inbound_series import InboundMetrics
from exporter.metrics.observation import Observation
from exporter.metrics.series import Series
from exporter.metrics.skill_groups import MOST_SKILL_GROUPS, SkillGroups
from exporter.tencent.answer import Answer
from tests.metrics.samples import values_of

COUNTS = StageCounts(1, 2, 3, 4, 5, 60, 7, 800)
SALES = SkillGroupCalls(12, "Sales", StageCounts(queue=2, longest_queue=60))


def reading(
    *groups: SkillGroupCalls, total: StageCounts = COUNTS, other: StageCounts | None = None, at: float = 1000.0
) -> InboundReading:
    calls = InboundCalls(total, groups, other)
    return InboundReading(calls=calls, requests=1, server_time=at, finished=at, at=at, duration=0.1)


def by_group(series: Series) -> dict[tuple[str, ...], float]:
    return values_of(series, catalog.SKILL_GROUP_INBOUND_CALLS, "skill_group_id", "skill_group", "stage")


def queued(observation: Observation) -> dict[tuple[str, str], float]:
    """The calls in the queue by the labels of the group."""
    return {
        (key, name): value for (key, name, stage), value in by_group(observation.series).items() if stage == "queue"
    }


def test_calls_by_stage() -> None:
    observation = InboundMetrics("support", SkillGroups(3600.0)).observe(reading())
    assert values_of(observation.series, catalog.INBOUND_CALLS, "stage") == {
        ("ivr",): 1,
        ("queue",): 2,
        ("ringing",): 3,
        ("connected",): 4,
        ("transferred_out",): 5,
    }
    assert values_of(observation.series, catalog.INBOUND_LONGEST, "stage") == {
        ("queue",): 60,
        ("ringing",): 7,
        ("connected",): 800,
    }
    assert by_group(observation.series) == {}
    assert observation.signals == {("queued_calls", None): 2, ("longest_queue_seconds", None): 60}


def test_calls_of_skill_groups() -> None:
    observation = InboundMetrics("support", SkillGroups(3600.0)).observe(reading(SALES))
    assert by_group(observation.series) == {
        ("12", "Sales", "ivr"): 0,
        ("12", "Sales", "queue"): 2,
        ("12", "Sales", "ringing"): 0,
        ("12", "Sales", "connected"): 0,
        ("12", "Sales", "transferred_out"): 0,
    }
    longest = values_of(
        observation.series, catalog.SKILL_GROUP_INBOUND_LONGEST, "skill_group_id", "skill_group", "stage"
    )
    assert longest == {
        ("12", "Sales", "queue"): 60,
        ("12", "Sales", "ringing"): 0,
        ("12", "Sales", "connected"): 0,
    }
    assert observation.signals["queued_calls", 12] == 2
    assert observation.signals["longest_queue_seconds", 12] == 60


def test_groups_known_are_there_at_zero_whoever_has_seen_them() -> None:
    groups = SkillGroups(3600.0)
    metrics = InboundMetrics("support", groups)
    metrics.observe(reading(SALES))
    groups.see([(13, "Support")], at=1010.0, named_at=1010.0)
    observation = metrics.observe(reading(at=1020.0))
    assert queued(observation) == {("12", "Sales"): 0, ("13", "Support"): 0}
    assert observation.signals["queued_calls", 12] == observation.signals["queued_calls", 13] == 0


def test_a_renamed_group_is_there_once() -> None:
    metrics = InboundMetrics("support", SkillGroups(3600.0))
    metrics.observe(reading(SALES))
    renamed = SkillGroupCalls(12, "Sales Asia", SALES.counts)
    assert queued(metrics.observe(reading(renamed, at=1010.0))) == {("12", "Sales Asia"): 2}


def test_two_groups_of_one_name_are_told_apart() -> None:
    twin = SkillGroupCalls(13, "Sales", SALES.counts)
    observation = InboundMetrics("support", SkillGroups(3600.0)).observe(reading(SALES, twin))
    assert queued(observation) == {("12", "Sales"): 2, ("13", "Sales"): 2}


def test_what_is_beyond_the_most_groups_is_other_and_has_no_signals() -> None:
    groups = SkillGroups(3600.0)
    metrics = InboundMetrics("support", groups)
    metrics.observe(reading(*[SkillGroupCalls(key, "", StageCounts()) for key in range(100, 100 + MOST_SKILL_GROUPS)]))
    late = [SkillGroupCalls(key, "Late", StageCounts(queue=1, longest_queue=key)) for key in (1, 2)]
    observation = metrics.observe(reading(*late, other=StageCounts(queue=3, longest_queue=1), at=1010.0))
    assert queued(observation)["other", "other"] == 5
    assert len(queued(observation)) == MOST_SKILL_GROUPS + 1
    assert {key for _, key in observation.signals} == {None, *range(100, 100 + MOST_SKILL_GROUPS)}


def test_a_group_that_the_staff_has_made_known_has_its_calls_however_many_others_are_listed() -> None:
    groups = SkillGroups(3600.0)
    groups.see([(9999, "Late")], at=1000.0, named_at=1000.0)
    listed = [{"SkillGroupId": key, "Metrics": {"QueueCount": 1}} for key in (*range(1, MOST_SKILL_GROUPS + 100), 9999)]
    answer = Answer(msgspec.json.encode({"Response": {"SkillGroupMetrics": listed}}), 0.0)
    calls = decode_inbound(answer, Texts())
    shown = queued(
        InboundMetrics("support", groups).observe(reading(*calls.groups, total=calls.total, other=calls.other))
    )
    assert shown["9999", "Late"] == 1
    assert shown["other", "other"] == 100
    assert sum(shown.values()) == calls.total.queue


@given(st.lists(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 9)), max_size=20), max_size=5))
def test_no_call_is_lost_over_the_groups(readings: list[list[tuple[int, int]]]) -> None:
    metrics = InboundMetrics("support", SkillGroups(3600.0))
    for listed in readings:
        calls = [SkillGroupCalls(key, "", StageCounts(queue=count)) for key, count in listed]
        assert sum(queued(metrics.observe(reading(*calls))).values()) == sum(count for _, count in listed)
