from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.budget import RateBudget
from tests.virtual_time import run


@asynccontextmanager
async def place(budget: RateBudget, deadline: float) -> AsyncIterator[None]:
    await budget.take(deadline)
    try:
        yield
    finally:
        budget.give_back()


@given(
    rate=st.integers(1, 6),
    requests=st.lists(
        st.tuples(st.floats(0, 3), st.floats(0, 2), st.floats(0, 2), st.booleans()), min_size=1, max_size=40
    ),
)
def test_no_more_arrivals_in_any_second_than_the_budget_allows(
    rate: int, requests: list[tuple[float, float, float, bool]]
) -> None:
    """Requests come at any time, take any time on the way there and back, and some are given up on the way."""
    arrivals: list[float] = []

    async def request(budget: RateBudget, start: float, there: float, back: float, given_up: bool) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(start)
        async with place(budget, loop.time() + 1e6):
            if given_up:
                # It arrives while nobody waits for it any more.
                arrivals.append(loop.time())
                return
            await asyncio.sleep(there)
            arrivals.append(loop.time())
            await asyncio.sleep(back)

    async def scenario() -> None:
        budget = RateBudget(rate)
        await asyncio.gather(*(request(budget, *one) for one in requests))

    run(scenario())
    assert len(arrivals) == len(requests)
    arrivals.sort()
    for earlier, later in zip(arrivals, arrivals[rate:], strict=False):
        assert later - earlier >= 1.0 - 2e-6


def test_a_burst_goes_out_at_once() -> None:
    async def scenario() -> list[float]:
        budget = RateBudget(20)
        loop = asyncio.get_running_loop()
        start, sent = loop.time(), []

        async def request() -> None:
            async with place(budget, start + 60):
                sent.append(loop.time() - start)

        await asyncio.gather(*(request() for _ in range(45)))
        return sent

    assert run(scenario()) == pytest.approx([0.0] * 20 + [1.0] * 20 + [2.0] * 5)


def test_who_waits_too_long_gets_no_place_and_takes_none() -> None:
    async def scenario() -> None:
        budget = RateBudget(1)
        loop = asyncio.get_running_loop()
        async with place(budget, loop.time() + 5):
            with pytest.raises(TimeoutError):
                async with place(budget, loop.time() + 0.5):
                    pytest.fail("there was no place")
        async with place(budget, loop.time() + 1.1):
            pass

    run(scenario())


def test_a_place_given_to_someone_who_just_left_is_not_lost() -> None:
    async def scenario() -> None:
        budget = RateBudget(1)
        loop = asyncio.get_running_loop()
        async with place(budget, loop.time() + 5):
            pass

        async def wait() -> None:
            async with place(budget, loop.time() + 60):
                pytest.fail("it was cancelled before")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.5)
        # Cancelled in the same moment in which the place becomes free.
        loop.call_at(loop.time() + 0.5, waiting.cancel)
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        async with place(budget, loop.time() + 2):
            pass

    run(scenario())
