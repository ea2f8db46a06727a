"""`DescribeStaffStatusMetrics`: https://www.tencentcloud.com/document/product/1229/59795."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Self

from exporter.emulator.center import ContactCenter
from exporter.emulator.damage import with_null_items
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.parameters import Parameters
from exporter.emulator.staff import StaffMember
from exporter.emulator.statuses import StaffStatus

PARAMETERS = ("SdkAppId", "StaffList", "GroupIdList", "StatusList")


@dataclass(frozen=True, slots=True)
class StaffStatusMetricsRequest:
    """Of which application the statuses of people are asked for: of all, or of those in each list that is not empty."""

    sdk_app_id: int
    emails: frozenset[str]
    groups: frozenset[int]
    statuses: frozenset[str]

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Read the parameters, of which only the application is required. Raises RequestRefusedError."""
        request = cls(
            parameters.integer("SdkAppId"),
            parameters.texts("StaffList"),
            parameters.integers("GroupIdList"),
            parameters.texts("StatusList"),
        )
        if request.statuses - set(StaffStatus):
            raise RequestRefusedError(
                "InvalidParameterValue", f"The parameter `StatusList` must be of: {', '.join(StaffStatus)}."
            )
        return request

    def answer(self, center: ContactCenter, damage: Random | None) -> dict[str, object]:
        """Return the fields of the answer, with null fields where `damage` is there to choose them."""
        metrics = [_metrics(member, center) for member in center.staff.members if self._asks_for(member)]
        if damage is None:
            return {"Metrics": metrics}
        return {"Metrics": with_null_items(metrics, damage, kept="Email")}

    def _asks_for(self, member: StaffMember) -> bool:
        return (
            (not self.emails or member.email in self.emails)
            and (not self.groups or not self.groups.isdisjoint(member.skill_groups))
            and (not self.statuses or member.status in self.statuses)
        )


def _metrics(member: StaffMember, center: ContactCenter) -> dict[str, object]:
    timesheet = member.timesheet
    durations = timesheet.durations(center.now - center.start)
    return {
        "Email": member.email,
        "Status": timesheet.status,
        "StatusExtra": None,
        "OnlineDuration": int(sum(durations.values())),
        "FreeDuration": int(durations[StaffStatus.FREE]),
        "BusyDuration": int(durations[StaffStatus.BUSY]),
        "NotReadyDuration": int(durations[StaffStatus.NOT_READY]),
        "RestDuration": int(durations[StaffStatus.REST]),
        "AfterCallWorkDuration": int(durations[StaffStatus.AFTER_CALL_WORK]),
        "Reason": member.reason,
        "ReserveRest": member.reserved is StaffStatus.REST,
        "ReserveNotReady": member.reserved is StaffStatus.NOT_READY,
        "UseMobileAccept": 0,
        "UseMobileCallOut": False,
        "LastOnlineTimestamp": None if timesheet.online_since is None else int(center.start + timesheet.online_since),
        "LastStatusTimestamp": int(center.start + timesheet.since),
        "ClientInfo": [] if timesheet.status is StaffStatus.OFFLINE else [{"ClientType": "Web", "IsConnected": True}],
    }
