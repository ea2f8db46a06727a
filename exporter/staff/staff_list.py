"""Reading who works for an application, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exporter.fields.numbers import MOST_IDS
from exporter.fields.texts import Texts
from exporter.staff.decode import MOST_MEMBERS, ListedGroup, ListedMember, StaffListPage, decode_list_page
from exporter.staff.model import StaffList, StaffMember
from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.client import Client

PAGE_SIZE = 500
MOST_PAGES = 40


class ApplicationStaffList:
    """The staff list of one application."""

    def __init__(self, client: Client, action: ApiAction, sdk_app_id: int) -> None:
        self._client = client
        self._action = action
        self._sdk_app_id = sdk_app_id
        self._texts = Texts()

    async def read(self, deadline: float, on_send: Callable[[], None]) -> StaffList:
        """Read the list until `deadline`, a time of the running loop's clock; `on_send` is called for each request.

        It ends with an empty page, or where as many members were listed as the API counts, or as may be. Raises
        TencentError.
        """
        draft = _Draft()
        listed = 0
        for number in range(MOST_PAGES):
            page = await self._page(number, deadline, on_send)
            draft.add(page.members)
            listed += len(page.members)
            if not page.members or listed >= (MOST_MEMBERS if page.total is None else min(page.total, MOST_MEMBERS)):
                break
        return StaffList(draft.members, draft.groups, asyncio.get_running_loop().time())

    async def _page(self, number: int, deadline: float, on_send: Callable[[], None]) -> StaffListPage:
        def decode(answer: Answer) -> StaffListPage:
            return decode_list_page(answer, self._texts)

        parameters = {"SdkAppId": self._sdk_app_id, "PageSize": PAGE_SIZE, "PageNumber": number}
        return await self._client.call(self._action, parameters, decode, deadline, self, on_send=on_send)


class _Draft:
    """A list that is being read. Where a member is listed twice, the last time counts."""

    def __init__(self) -> None:
        self.members: dict[str, StaffMember] = {}
        self.groups: dict[int, str] = {}
        self._memberships: dict[tuple[int | None, ...], tuple[int | None, ...]] = {}

    def add(self, listed: tuple[ListedMember, ...]) -> None:
        """Add the members of a page; nothing can be joined with those without an email."""
        for member in listed:
            if member.key:
                groups = tuple(dict.fromkeys([self._group(group) for group in member.groups]))
                # Most members belong to the same groups as others do.
                groups = self._memberships.setdefault(groups, groups)
                self.members[member.key] = StaffMember(member.number, groups)

    def _group(self, group: ListedGroup) -> int | None:
        known = self.groups
        if group.id is None or (group.id not in known and len(known) >= MOST_IDS):
            return None
        known[group.id] = group.name or known.get(group.id, "")
        return group.id
