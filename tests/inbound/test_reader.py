from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from exporter.inbound.model import InboundCalls, InboundReading, SkillGroupCalls, StageCounts
from exporter.inbound.reader import ACTION, ApplicationInbound
from exporter.tencent.errors import ConnectionFailedError
from tests.api_answers import client_of, http_answer
from tests.fake_client import FakeClient, action
from tests.hostile import Server
from tests.virtual_time import run

ANSWER = {"TotalMetrics": {"QueueCount": 2}, "SkillGroupMetrics": [{"SkillGroupId": 12, "Name": "Sales"}]}


def read(client: FakeClient) -> InboundReading:
    return run(ApplicationInbound(client, action(ACTION), 1400000000, now=lambda: 1_700_000_007.0).read(1e9))


def test_one_request_and_what_it_tells() -> None:
    asked: list[Mapping[str, object]] = []

    async def answer(parameters: Mapping[str, object]) -> object:
        asked.append(parameters)
        await asyncio.sleep(0.25)
        return ANSWER

    reading = read(FakeClient(**{ACTION: answer}))
    assert reading == InboundReading(
        calls=InboundCalls(StageCounts(queue=2), (SkillGroupCalls(12, "Sales", StageCounts()),)),
        requests=1,
        server_time=1_700_000_000.0,
        finished=1_700_000_007.0,
        at=1000.25,
        duration=0.25,
    )
    [parameters] = asked
    assert msgspec.json.encode(parameters) == b'{"SdkAppId":1400000000,"EnabledSkillGroup":true}'


def test_a_failure_is_raised() -> None:
    async def fail(_: object) -> object:
        raise ConnectionFailedError("refused")

    with pytest.raises(ConnectionFailedError):
        read(FakeClient(**{ACTION: fail}))


async def test_over_the_network_an_answer_that_makes_no_sense_is_asked_for_once_more() -> None:
    answers = http_answer({}, "first"), http_answer(ANSWER, "second")
    async with Server(*answers) as server, client_of(server.url) as client:
        inbound = ApplicationInbound(client, action(ACTION), 1400000000)
        reading = await inbound.read(asyncio.get_running_loop().time() + 10.0)
    assert (reading.calls.total.queue, reading.requests) == (2, 2)
    assert "x-tc-action: describecallinmetrics" in server.heads[0].lower()
    assert server.bodies == [b'{"SdkAppId":1400000000,"EnabledSkillGroup":true}'] * 2
