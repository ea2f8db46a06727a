from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.numbers import MOST_IDS
from exporter.fields.texts import Texts
from exporter.inbound.decode import decode_inbound
from exporter.inbound.model import InboundCalls, SkillGroupCalls, StageCounts
from exporter.tencent.answer import Answer
from exporter.tencent.errors import BadBodyError

METRICS = {
    "IvrCount": 1,
    "QueueCount": 2,
    "RingCount": 3,
    "AcceptCount": 4,
    "TransferOuterCount": 5,
    "MaxQueueDuration": 60,
    "MaxRingDuration": 7,
    "MaxAcceptDuration": 800,
    "AvgQueueDuration": 12.5,
}
COUNTS = StageCounts(1, 2, 3, 4, 5, 60, 7, 800)
NOTHING = StageCounts()


def decode(document: object) -> InboundCalls:
    return decode_inbound(Answer(msgspec.json.encode({"Response": document}), 0.0), Texts())


def group(key: object = 12, name: object = "Sales", **metrics: object) -> dict[str, object]:
    return {"SkillGroupId": key, "Name": name, "Metrics": metrics}


def test_a_whole_answer() -> None:
    document = {
        "Timestamp": 1700000000,
        "TotalMetrics": METRICS,
        "SkillGroupMetrics": [{"SkillGroupId": 12, "Name": " Sales\n", "Metrics": METRICS}],
        "NumberMetrics": [{"Number": "0086100", "Metrics": METRICS}],
        "RequestId": "r",
    }
    assert decode(document) == InboundCalls(COUNTS, (SkillGroupCalls(12, "Sales", COUNTS),))


@pytest.mark.parametrize("listed", [None, []])
def test_groups_may_be_null(listed: object) -> None:
    assert decode({"TotalMetrics": METRICS, "SkillGroupMetrics": listed}) == InboundCalls(COUNTS)


def test_groups_may_be_missing() -> None:
    assert decode({"TotalMetrics": METRICS}) == InboundCalls(COUNTS)
    assert decode({"Timestamp": "1700000000"}) == InboundCalls(NOTHING)


@pytest.mark.parametrize("damage", [{"Metrics": None}, {"Metrics": {}}, {"Metrics": dict.fromkeys(METRICS)}])
def test_a_group_without_metrics_has_no_calls(damage: Mapping[str, object]) -> None:
    one = {"SkillGroupId": 12, "Name": "Sales", **damage}
    assert decode({"TotalMetrics": METRICS, "SkillGroupMetrics": [one]}).groups == (
        SkillGroupCalls(12, "Sales", NOTHING),
    )
    del one["Metrics"]
    assert decode({"SkillGroupMetrics": [one]}).groups[0].counts == NOTHING


@pytest.mark.parametrize("total", [{}, {"TotalMetrics": None}])
def test_without_a_total_it_is_that_of_the_groups(total: dict[str, object]) -> None:
    calls = decode(
        {
            **total,
            "SkillGroupMetrics": [
                group(1, QueueCount=2, MaxQueueDuration=30),
                group(2, QueueCount="3", MaxQueueDuration="90"),
                group(None, QueueCount=4),
            ],
        }
    )
    assert calls.total == StageCounts(queue=9, longest_queue=90)


def test_the_total_of_the_api_counts_where_there_is_one() -> None:
    calls = decode({"TotalMetrics": {"QueueCount": 9}, "SkillGroupMetrics": [group(1, QueueCount=2)]})
    assert calls.total == StageCounts(queue=9)


def test_a_group_listed_twice_has_the_calls_of_both() -> None:
    calls = decode(
        {
            "SkillGroupMetrics": [
                group(12, "Sales", QueueCount=1, MaxQueueDuration=9),
                group("12", "", QueueCount=2, MaxQueueDuration=4),
            ]
        }
    )
    assert calls.groups == (SkillGroupCalls(12, "Sales", StageCounts(queue=3, longest_queue=9)),)


@pytest.mark.parametrize("missing", [None, ""])
def test_groups_without_an_id_are_not_told_apart(missing: object) -> None:
    calls = decode({"SkillGroupMetrics": [group(missing, QueueCount=1), group(missing, QueueCount=2), group(1)]})
    assert calls.groups == (SkillGroupCalls(1, "Sales", NOTHING),)
    assert calls.other == StageCounts(queue=3)


def test_too_many_groups_are_added_up() -> None:
    ids = [*range(MOST_IDS + 3, 0, -1)]
    calls = decode({"SkillGroupMetrics": [group(key, QueueCount=1) for key in ids]})
    assert [one.id for one in calls.groups] == [*range(1, MOST_IDS + 1)]
    assert (calls.other, calls.total.queue) == (StageCounts(queue=3), MOST_IDS + 3)


def test_names_are_cut_and_hold_no_control_characters() -> None:
    names = [decode({"SkillGroupMetrics": [group(1, name)]}).groups[0].name for name in ("n" * 300, "a\x00b", None, 7)]
    assert names == ["n" * 256, "a\ufffdb", "", "7"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "none of Timestamp, TotalMetrics and SkillGroupMetrics"),
        ({"RequestId": "r"}, "none of Timestamp, TotalMetrics and SkillGroupMetrics"),
        (
            {"Timestamp": None, "TotalMetrics": None, "SkillGroupMetrics": None},
            "none of Timestamp, TotalMetrics and SkillGroupMetrics",
        ),
        ({"TotalMetrics": []}, r"\$.Response.TotalMetrics"),
        ({"TotalMetrics": {"QueueCount": -1}}, "TotalMetrics.QueueCount is negative"),
        ({"TotalMetrics": {"QueueCount": True}}, r"\$.Response.TotalMetrics.QueueCount"),
        ({"SkillGroupMetrics": {}}, r"\$.Response.SkillGroupMetrics"),
        ({"SkillGroupMetrics": [None]}, r"\$.Response.SkillGroupMetrics\[0\]"),
        (
            {"SkillGroupMetrics": [group(1), group(2, RingCount=10**9 + 1)]},
            r"SkillGroupMetrics\[1\].Metrics.RingCount is over 1000000000",
        ),
        ({"SkillGroupMetrics": [group("sales")]}, r"SkillGroupMetrics\[0\].SkillGroupId is no whole number"),
        ({"SkillGroupMetrics": [group(2**63)]}, r"SkillGroupMetrics\[0\].SkillGroupId has more than 64 bits"),
        ([], "Expected `object`"),
    ],
)
def test_what_is_not_of_the_documented_shape_is_refused_with_its_place(document: object, problem: str) -> None:
    with pytest.raises(BadBodyError, match=problem):
        decode(document)


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)
SOME_METRICS = st.dictionaries(st.sampled_from(sorted(METRICS)), st.integers(0, 99) | st.none() | ANY_JSON)
SOME_GROUPS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={"SkillGroupId": st.integers(0, 5) | ANY_JSON, "Name": ANY_JSON, "Metrics": SOME_METRICS | ANY_JSON},
    )
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Timestamp": ANY_JSON,
            "TotalMetrics": SOME_METRICS | ANY_JSON,
            "SkillGroupMetrics": SOME_GROUPS | ANY_JSON,
        },
    )
)
def test_any_damage_is_either_decoded_or_refused(document: Any) -> None:
    try:
        calls = decode(document)
    except BadBodyError:
        return
    parts = [*[one.counts for one in calls.groups], *([calls.other] if calls.other else [])]
    assert min(value for counts in (calls.total, *parts) for value in msgspec.structs.astuple(counts)) >= 0
    if document.get("TotalMetrics") is None:
        assert calls.total.queue == sum(counts.queue for counts in parts)
        assert calls.total.longest_queue == max([counts.longest_queue for counts in parts], default=0)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 10**9) | st.integers(0, 10**9).map(str), st.integers(0, 10**9)),
        min_size=1,
    )
)
def test_no_call_is_lost_or_counted_twice(listed: list[tuple[int, int | str, int]]) -> None:
    calls = decode(
        {"SkillGroupMetrics": [group(key, AcceptCount=count, MaxAcceptDuration=age) for key, count, age in listed]}
    )
    assert {one.id for one in calls.groups} == {key for key, _, _ in listed}
    assert sum(one.counts.connected for one in calls.groups) == sum(int(count) for _, count, _ in listed)
    assert calls.total.connected == sum(int(count) for _, count, _ in listed)
    assert calls.total.longest_connected == max(age for _, _, age in listed)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda content: b'{"Response": %b}' % content))
def test_any_bytes_are_either_decoded_or_refused(content: bytes) -> None:
    try:
        decode_inbound(Answer(content, 0.0), Texts())
    except BadBodyError:
        return
