"""`DescribeStaffInfoList`: who works at the center, in pages, as the API and the vendor's SDKs have it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Self

from exporter.emulator.center import ContactCenter
from exporter.emulator.damage import with_null_items
from exporter.emulator.errors import RequestRefusedError
from exporter.emulator.parameters import Parameters
from exporter.emulator.staff import StaffMember

LARGEST_PAGE = 9999
PARAMETERS = ("SdkAppId", "PageSize", "PageNumber", "StaffMail", "ModifiedTime", "SkillGroupId")

_HIRED_SECONDS_AGO = 30 * 86_400


@dataclass(frozen=True, slots=True)
class StaffInfoListRequest:
    """Which page of the people of which application is asked for; the filters are None where there are none."""

    sdk_app_id: int
    page_size: int
    page_number: int
    email: str | None
    modified_since: int | None
    group: int | None

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Read the parameters; the application, the size and the number are required. Raises RequestRefusedError."""
        request = cls(
            parameters.integer("SdkAppId"),
            parameters.integer("PageSize"),
            parameters.integer("PageNumber"),
            parameters.optional_text("StaffMail"),
            parameters.optional_integer("ModifiedTime"),
            parameters.optional_integer("SkillGroupId"),
        )
        if not 1 <= request.page_size <= LARGEST_PAGE:
            raise RequestRefusedError(
                "InvalidParameterValue", f"The parameter `PageSize` must be from 1 to {LARGEST_PAGE}."
            )
        if request.page_number < 0:
            raise RequestRefusedError("InvalidParameterValue", "The parameter `PageNumber` must not be negative.")
        return request

    def answer(self, center: ContactCenter, damage: Random | None) -> dict[str, object]:
        """Return the fields of the answer, with null fields where `damage` is there to choose them."""
        modified = center.start - _HIRED_SECONDS_AGO
        found = [member for member in center.staff.members if self._asks_for(member, modified)]
        page = found[self.page_number * self.page_size :][: self.page_size]
        people = [_info(member, center, modified) for member in page]
        if damage is None:
            return {"TotalCount": len(found), "StaffList": people}
        return {"TotalCount": len(found), "StaffList": with_null_items(people, damage, kept="Mail")}

    def _asks_for(self, member: StaffMember, modified: int) -> bool:
        return (
            (self.email is None or member.email == self.email)
            and (self.modified_since is None or self.modified_since <= modified)
            and (self.group is None or self.group in member.skill_groups)
        )


def _info(member: StaffMember, center: ContactCenter, modified: int) -> dict[str, object]:
    return {
        "Name": f"Agent {member.number}",
        "Mail": member.email,
        "Phone": f"+9998{int(member.number):09d}",
        "Nick": f"agent-{member.number}",
        "StaffNumber": member.number,
        "RoleId": 1,
        "RoleIdList": None,
        "RoleList": [1],
        "SkillGroupList": [
            {"SkillGroupId": group.id, "SkillGroupName": group.name, "Priority": 1, "Type": "TEL"}
            for group in center.skill_groups
            if group.id in member.skill_groups
        ],
        "LastModifyTimestamp": modified,
        "ExtensionNumber": member.number,
        "ForwardingConfig": None,
    }
