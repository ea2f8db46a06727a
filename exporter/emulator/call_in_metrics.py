"""`DescribeCallInMetrics`: https://www.tencentcloud.com/document/product/1229/59768."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Self

from exporter.emulator import wire
from exporter.emulator.center import ContactCenter
from exporter.emulator.damage import with_null_items, with_nulls
from exporter.emulator.inbound import CallMetrics
from exporter.emulator.parameters import Parameters

PARAMETERS = ("SdkAppId", "EnabledSkillGroup", "EnabledNumber", "GroupIdList")


@dataclass(frozen=True, slots=True)
class CallInMetricsRequest:
    """Of which application the inbound calls are asked for, and by what.

    `groups` are the skill groups that are shown, all where it is empty.
    """

    sdk_app_id: int
    by_skill_group: bool
    by_number: bool
    groups: frozenset[int]

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Read the parameters, of which only the application is required. Raises RequestRefusedError."""
        return cls(
            parameters.integer("SdkAppId"),
            parameters.boolean("EnabledSkillGroup", default=True),
            parameters.boolean("EnabledNumber", default=False),
            parameters.integers("GroupIdList"),
        )

    def answer(self, center: ContactCenter, damage: Random | None) -> dict[str, object]:
        """Return the fields of the answer, with null fields where `damage` is there to choose them.

        There is one number, which everybody calls. A list that was not asked for is null.
        """
        inbound = center.inbound()
        total = _metrics(inbound.total)
        found = [
            {"SkillGroupId": group.id, "Metrics": _metrics(inbound.skill_groups[group.id]), "Name": group.name}
            for group in center.skill_groups
            if not self.groups or group.id in self.groups
        ]
        groups: list[dict[str, object]] | None = found
        if damage is not None:
            total = with_nulls(total, damage)
            groups = with_null_items(found, damage, kept="SkillGroupId")
        number = {"Number": wire.HOTLINE, "Metrics": total, "SkillGroupMetrics": groups}
        return {
            "Timestamp": int(center.now),
            "TotalMetrics": total,
            "NumberMetrics": [number] if self.by_number else None,
            "SkillGroupMetrics": groups if self.by_skill_group else None,
        }


def _metrics(metrics: CallMetrics) -> dict[str, object]:
    return {
        "IvrCount": metrics.ivr.count,
        "QueueCount": metrics.queue.count,
        "RingCount": metrics.ringing.count,
        "AcceptCount": metrics.accepted.count,
        "TransferOuterCount": metrics.transferred_out,
        "MaxQueueDuration": int(metrics.queue.longest),
        "AvgQueueDuration": int(metrics.queue.mean),
        "MaxRingDuration": int(metrics.ringing.longest),
        "AvgRingDuration": int(metrics.ringing.mean),
        "MaxAcceptDuration": int(metrics.accepted.longest),
        "AvgAcceptDuration": int(metrics.accepted.mean),
    }
