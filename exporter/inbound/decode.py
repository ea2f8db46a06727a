"""From the JSON of `DescribeCallInMetrics` to typed counts.

Tolerant where the API is known to be loose: lists, groups' metrics and single counts may be missing or null, counts
come as numbers or texts, unknown fields are passed over. What is not of the documented shape is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import msgspec

from exporter.fields.numbers import MOST_IDS, Number, read_count, read_id
from exporter.fields.shape import documented_shape
from exporter.fields.texts import Scalar, Texts
from exporter.inbound.model import InboundCalls, SkillGroupCalls, StageCounts
from exporter.tencent.answer import Answer
from exporter.tencent.lenient_json import decode_json


def decode_inbound(answer: Answer, texts: Texts) -> InboundCalls:
    """Decode an answer. Raises BadBodyError.

    Where the API gives no total, it is that of the groups. A group that is listed twice has the calls of both; groups
    without an id are not told apart.
    """
    with documented_shape(answer):
        wire = decode_json(_DECODER, answer.content).Response
        if wire.Timestamp is None and wire.TotalMetrics is None and wire.SkillGroupMetrics is None:
            raise ValueError("there is none of Timestamp, TotalMetrics and SkillGroupMetrics at `$.Response`")
        listed = wire.SkillGroupMetrics or ()
        total = None if wire.TotalMetrics is None else _counts(wire.TotalMetrics, "TotalMetrics")
        groups, without_id = _groups(listed, texts)
    ids = sorted(groups)
    told_apart = tuple([groups[key] for key in ids[:MOST_IDS]])
    folded = [*without_id, *[groups[key].counts for key in ids[MOST_IDS:]]]
    if total is None:
        total = _sum([*[group.counts for group in told_apart], *folded])
    return InboundCalls(total, told_apart, _sum(folded) if folded else None)


class _WireMetrics(msgspec.Struct, gc=False):
    IvrCount: Number = None
    QueueCount: Number = None
    RingCount: Number = None
    AcceptCount: Number = None
    TransferOuterCount: Number = None
    MaxQueueDuration: Number = None
    MaxRingDuration: Number = None
    MaxAcceptDuration: Number = None


class _WireGroup(msgspec.Struct):
    SkillGroupId: Number = None
    Name: Scalar = None
    Metrics: _WireMetrics | None = None


class _WireCalls(msgspec.Struct):
    Timestamp: object = None
    TotalMetrics: _WireMetrics | None = None
    SkillGroupMetrics: list[_WireGroup] | None = None


class _WireAnswer(msgspec.Struct):
    Response: _WireCalls


_DECODER = msgspec.json.Decoder(_WireAnswer)
_METRICS = _WireMetrics.__struct_fields__
"""In the order of the fields of StageCounts."""
_NO_CALLS = StageCounts()


def _groups(listed: Sequence[_WireGroup], texts: Texts) -> tuple[dict[int, SkillGroupCalls], list[StageCounts]]:
    """Return the groups by id, and the counts of those without one."""
    groups: dict[int, SkillGroupCalls] = {}
    without_id: list[StageCounts] = []
    for index, group in enumerate(listed):
        place = f"SkillGroupMetrics[{index}]"
        counts = _NO_CALLS if group.Metrics is None else _counts(group.Metrics, f"{place}.Metrics")
        key, name = read_id(group.SkillGroupId, f"{place}.SkillGroupId"), texts[group.Name]
        if key is None:
            without_id.append(counts)
            continue
        if earlier := groups.get(key):
            counts, name = earlier.counts.merged(counts), name or earlier.name
        groups[key] = SkillGroupCalls(key, name, counts)
    return groups, without_id


def _counts(metrics: _WireMetrics, place: str) -> StageCounts:
    return StageCounts(
        *[
            read_count(value or 0, f"{place}.{name}")
            for name, value in zip(_METRICS, msgspec.structs.astuple(metrics), strict=True)
        ]
    )


def _sum(counts: Sequence[StageCounts]) -> StageCounts:
    return reduce(StageCounts.merged, counts, _NO_CALLS)
