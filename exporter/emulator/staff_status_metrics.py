"""`DescribeStaffStatusMetrics`: https://www.tencentcloud.com/document/product/1229/59795."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Self

import msgspec

from exporter.emulator.center import ContactCenter
from exporter.emulator.damage import with_null_items
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.parameters import Parameters
from exporter.emulator.staff import StaffMember
from exporter.emulator.statuses import StaffStatus

PARAMETERS = ("SdkAppId", "StaffList", "GroupIdList", "StatusList")


class ClientObject(msgspec.Struct, frozen=True, rename="pascal"):
    """The API's `ClientInfo`: where somebody is logged in."""

    client_type: str
    is_connected: bool


_AT_THE_DESK = (ClientObject("Web", is_connected=True),)


class StaffStatusObject(msgspec.Struct, frozen=True, rename="pascal"):
    """The API's `StaffStatusMetrics`; durations are seconds of the current day."""

    email: str
    status: str
    online_duration: int
    free_duration: int
    busy_duration: int
    not_ready_duration: int
    rest_duration: int
    after_call_work_duration: int
    reason: str
    reserve_rest: bool
    reserve_not_ready: bool
    last_online_timestamp: int | None
    last_status_timestamp: int
    client_info: tuple[ClientObject, ...]
    status_extra: None = None
    use_mobile_accept: int = 0
    use_mobile_call_out: bool = False


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
        return {"Metrics": with_null_items(msgspec.to_builtins(metrics), damage, kept="Email")}

    def _asks_for(self, member: StaffMember) -> bool:
        return (
            (not self.emails or member.email in self.emails)
            and (not self.groups or not self.groups.isdisjoint(member.skill_groups))
            and (not self.statuses or member.status in self.statuses)
        )


def _metrics(member: StaffMember, center: ContactCenter) -> StaffStatusObject:
    timesheet = member.timesheet
    durations = timesheet.durations(center.now - center.start)
    return StaffStatusObject(
        email=member.email,
        status=timesheet.status,
        online_duration=int(sum(durations.values())),
        free_duration=int(durations[StaffStatus.FREE]),
        busy_duration=int(durations[StaffStatus.BUSY]),
        not_ready_duration=int(durations[StaffStatus.NOT_READY]),
        rest_duration=int(durations[StaffStatus.REST]),
        after_call_work_duration=int(durations[StaffStatus.AFTER_CALL_WORK]),
        reason=member.reason,
        reserve_rest=member.reserved is StaffStatus.REST,
        reserve_not_ready=member.reserved is StaffStatus.NOT_READY,
        last_online_timestamp=None if timesheet.online_since is None else int(center.start + timesheet.online_since),
        last_status_timestamp=int(center.start + timesheet.since),
        client_info=() if timesheet.status is StaffStatus.OFFLINE else _AT_THE_DESK,
    )
