from __future__ import annotations

import asyncio

import pytest

from exporter.tencent.circuit_breaker import FAILURES, CircuitBreaker, ProbeFailedError
from exporter.tencent.errors import ConnectionFailedError
from tests.virtual_time import run

FLOW = "flow"


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(FAILURES):
        assert not breaker.is_open(FLOW)
        breaker.failed(FLOW)
    assert breaker.is_open(FLOW)
    return breaker


async def waiting_for(breaker: CircuitBreaker, count: int = 3) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(breaker.become_probe(FLOW)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


def test_an_answer_between_failures_keeps_the_circuit_closed() -> None:
    breaker = CircuitBreaker()
    for _ in range(10):
        breaker.failed(FLOW)
        breaker.failed(FLOW)
        breaker.answered()
    assert not breaker.is_open(FLOW)


def test_one_call_probes_and_an_answer_lets_all_others_go() -> None:
    async def scenario() -> None:
        breaker = opened()
        assert await breaker.become_probe(FLOW)
        others = await waiting_for(breaker)
        assert not any(other.done() for other in others)
        breaker.answered()
        breaker.probe_ended(None)
        assert await asyncio.gather(*others) == [False] * 3
        assert not await breaker.become_probe(FLOW)

    run(scenario())


def test_a_flow_whose_own_requests_have_not_failed_is_kept_from_nothing() -> None:
    async def scenario() -> None:
        breaker = opened()
        assert await breaker.become_probe(FLOW)
        assert not breaker.is_open("another")
        assert not await breaker.become_probe("another")
        breaker.failed("another")
        assert breaker.is_open("another")
        breaker.answered()
        assert not breaker.is_open(FLOW)
        assert not breaker.is_open("another")

    run(scenario())


def test_a_probe_that_fails_for_good_fails_for_all_who_wait() -> None:
    async def scenario() -> None:
        breaker = opened()
        assert await breaker.become_probe(FLOW)
        others = await waiting_for(breaker)
        refused = ConnectionFailedError("refused")
        breaker.probe_ended(refused)
        for other in others:
            with pytest.raises(ProbeFailedError) as caught:
                await other
            assert caught.value.cause is refused
        assert await breaker.become_probe(FLOW)

    run(scenario())


def test_where_the_probe_is_given_up_another_call_probes() -> None:
    async def scenario() -> None:
        breaker = opened()
        assert await breaker.become_probe(FLOW)
        first, *others = await waiting_for(breaker)
        breaker.probe_ended(None)
        assert await first
        assert not any(other.done() for other in others)
        for other in others:
            other.cancel()
        await asyncio.wait(others)

    run(scenario())
