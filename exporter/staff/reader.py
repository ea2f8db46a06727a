"""Reading the statuses of an application's staff, beside the staff list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from exporter.fields.texts import Texts
from exporter.staff.decode import decode_statuses
from exporter.staff.model import StaffList, StaffReading, StaffStatus
from exporter.staff.refresh import StaffListRefresh
from exporter.staff.staff_list import ApplicationStaffList
from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.client import Client

STATUS_ACTION = "DescribeStaffStatusMetrics"
LIST_ACTION = "DescribeStaffInfoList"
LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer of either action at most; a status has some 400, and there are no pages of them."""
LIST_PATIENCE = 2.5
"""Seconds that the first statuses wait for the staff list at most: less than a scrape waits for them."""


class ApplicationStaff:
    """The staff of one application. Close it when done: the staff list is read in the background."""

    def __init__(
        self,
        client: Client,
        status_action: ApiAction,
        list_action: ApiAction,
        sdk_app_id: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._action = status_action
        self._sdk_app_id = sdk_app_id
        self._now = now
        self._texts = Texts()
        self._staff_list = ApplicationStaffList(client, list_action, sdk_app_id)
        self._refresh = StaffListRefresh(self._read_list)
        self._requests = 0

    async def read(self, deadline: float) -> StaffReading:
        """Read the statuses until `deadline`, a time of the running loop's clock. Raises TencentError.

        The first reading waits for the staff list for some seconds; later ones take it as it was read last. Where it
        cannot be read, that fails no reading, see StaffReading. To cancel a reading gives up that of the list too.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            answer, members, finished = await self._client.call(
                self._action, {"SdkAppId": self._sdk_app_id}, self._decode, deadline, self, on_send=self._count_request
            )
            # Others get their turn: those of ten thousand have been decoded, and series are made of them next.
            await asyncio.sleep(0)
            self._refresh.start_if_due(is_outdated=_lacks_any_of(self._refresh.latest, members))
            await self._refresh.wait_for_first(min(deadline, started + LIST_PATIENCE))
        except asyncio.CancelledError:
            self._refresh.cancel()
            raise
        requests, self._requests = self._requests, 0
        return StaffReading(
            members=members,
            staff_list=self._refresh.latest,
            list_error=self._refresh.error,
            requests=requests,
            server_time=answer.server_time,
            finished=finished,
            at=answer.received,
            duration=loop.time() - started,
        )

    async def close(self) -> None:
        """Give up reading the staff list."""
        await self._refresh.close()

    async def _read_list(self, deadline: float) -> StaffList:
        return await self._staff_list.read(deadline, self._count_request)

    def _decode(self, answer: Answer) -> tuple[Answer, tuple[StaffStatus, ...], float]:
        return answer, decode_statuses(answer, self._texts), self._now()

    def _count_request(self) -> None:
        self._requests += 1


def _lacks_any_of(staff_list: StaffList | None, members: tuple[StaffStatus, ...]) -> bool:
    return staff_list is not None and any(one.key and one.key not in staff_list.members for one in members)
