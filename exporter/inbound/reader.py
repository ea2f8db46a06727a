"""Reading the inbound calls of an application."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from exporter.fields.texts import Texts
from exporter.inbound.decode import decode_inbound
from exporter.inbound.model import InboundReading
from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.client import Client

ACTION = "DescribeCallInMetrics"
LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer at most; one of 500 skill groups has some hundred thousand."""


class ApplicationInbound:
    """The inbound calls of one application."""

    def __init__(
        self, client: Client, action: ApiAction, sdk_app_id: int, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._action = action
        self._sdk_app_id = sdk_app_id
        self._now = now
        self._texts = Texts()

    async def read(self, deadline: float) -> InboundReading:
        """Read until `deadline`, a time of the running loop's clock. Raises TencentError."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        requests = 0

        def count_request() -> None:
            nonlocal requests
            requests += 1

        def decode(answer: Answer) -> InboundReading:
            return InboundReading(
                calls=decode_inbound(answer, self._texts),
                requests=requests,
                server_time=answer.server_time,
                finished=self._now(),
                at=answer.received,
                duration=loop.time() - started,
            )

        # The metrics of each number are not asked for, as numbers are personal data.
        parameters = {"SdkAppId": self._sdk_app_id, "EnabledSkillGroup": True}
        return await self._client.call(self._action, parameters, decode, deadline, self, on_send=count_request)
