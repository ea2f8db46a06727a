"""A client that answers what a test wants, at the time of the running loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

import msgspec

from exporter.tencent.action import ApiAction
from exporter.tencent.answer import Answer
from exporter.tencent.client import Client
from exporter.tencent.rate_limiter import Permit

Result = TypeVar("Result")


class NoObserver:
    def rate_limit_waited(self, seconds: float) -> None: ...

    def request_sent(self) -> None: ...

    def request_answered(self, seconds: float) -> None: ...

    def request_failed(self, code: str) -> None: ...


def action(name: str) -> ApiAction:
    return ApiAction(name, 20, 1024, NoObserver())


class FakeClient(Client):
    """`answers` gives what stands under `Response`, by the name of the action: it is called with the parameters."""

    def __init__(self, **answers: Callable[[Mapping[str, Any]], Awaitable[object]]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, float]] = []
        """The actions called, and when."""
        self.server_time = 1_700_000_000.0

    async def call(
        self,
        action: ApiAction,
        parameters: Mapping[str, object],
        decode: Callable[[Answer], Result],
        deadline: float,
        flow: Hashable,
        *,
        permit: Permit | None = None,
        on_send: Callable[[], None] = lambda: None,
    ) -> Result:
        loop = asyncio.get_running_loop()
        sent = loop.time()
        self.calls.append((action.name, sent))
        on_send()
        content = msgspec.json.encode({"Response": await self.answers[action.name](parameters)})
        return decode(Answer(content, self.server_time, sent, loop.time()))

    def times_of(self, name: str) -> list[float]:
        return [at for called, at in self.calls if called == name]
