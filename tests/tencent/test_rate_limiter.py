from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.emulator.rate import RateLimit, RateWindow, new_rate_limit
from exporter.tencent.backoff import BACKOFF_FACTOR, PACING
from exporter.tencent.coalescing import COALESCE_SECONDS
from exporter.tencent.errors import ApiError
from exporter.tencent.rate_limiter import Permit, RateLimiter
from exporter.tencent.rate_window import CLOCK_RESOLUTION, WARM_AFTER
from exporter.tencent.retry import with_retries
from tests.virtual_time import run

FOREVER = 1e6
TOLERANCE = 2 * CLOCK_RESOLUTION


@dataclass(frozen=True)
class Journey:
    """A request: when it is wanted, in which flow, and how long it takes there and back."""

    start: float
    flow: int
    there: float
    back: float
    given_up: bool = False


async def round_trip(limiter: RateLimiter, seconds: float) -> None:
    """Send a request that is answered after so many seconds."""
    with await limiter.acquire("flow", FOREVER) as permit:
        permit.sent()
        await asyncio.sleep(seconds)
        permit.answered()


def acquired(limiter: RateLimiter) -> Permit:
    permit = limiter.try_acquire()
    assert permit is not None
    return permit


def free_permits(limiter: RateLimiter) -> int:
    """Take all permits that are free."""
    count = 0
    while limiter.try_acquire():
        count += 1
    return count


def arrivals_of(rate: int, journeys: Sequence[Journey], *, warm: float | None = None) -> list[float]:
    """Send requests by a limiter, and return when they arrive.

    One that is given up is so at the very moment in which it arrives. With `warm` the limiter has seen enough
    round trips of that length to believe them.
    """
    arrivals: list[float] = []

    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(rate)

        async def send(one: Journey) -> None:
            await asyncio.sleep(one.start)
            with await limiter.acquire(one.flow, FOREVER) as permit:
                permit.sent()
                await asyncio.sleep(one.there)
                arrivals.append(loop.time())
                if not one.given_up:
                    await asyncio.sleep(one.back)
                    permit.answered()

        if warm is not None:
            for _ in range(WARM_AFTER * rate + 1):
                await round_trip(limiter, warm)
            await asyncio.sleep(2.0)
        await asyncio.gather(*map(send, journeys))

    run(scenario())
    return sorted(arrivals)


def check(rate: int, arrivals: Sequence[float]) -> None:
    for earlier, later in zip(arrivals, arrivals[rate:], strict=False):
        assert later - earlier >= 1.0 - TOLERANCE


def check_fixed(rate: int, arrivals: Sequence[float], offset: float) -> None:
    # The tolerance shortens the server's second, as in the check of the sliding one.
    shortened = [arrival for arrival in arrivals if (arrival + offset) % 1.0 < 1.0 - TOLERANCE]
    assert max(Counter(int(arrival + offset) for arrival in shortened).values(), default=0) <= rate


def journeys(
    there: st.SearchStrategy[float], back: st.SearchStrategy[float], *, most: int = 60
) -> st.SearchStrategy[list[Journey]]:
    one = st.builds(Journey, st.floats(0, 3), st.integers(0, 2), there, back, st.booleans())
    return st.lists(one, min_size=1, max_size=most)


@given(rate=st.integers(1, 6), wanted=journeys(st.floats(0, 2), st.floats(0, 2), most=12), offset=st.floats(0, 1))
def test_no_more_arrivals_in_any_second_while_round_trips_are_unknown(
    rate: int, wanted: list[Journey], offset: float
) -> None:
    """However long each request takes there and back."""
    first = wanted[: WARM_AFTER * rate]
    arrivals = arrivals_of(rate, first)
    assert len(arrivals) == len(first)
    check(rate, arrivals)
    check_fixed(rate, arrivals, offset)


@settings(deadline=None)
@given(st.data(), st.integers(1, 5), st.floats(0.001, 0.4), st.floats(0, 1), st.floats(0, 1))
def test_no_more_arrivals_in_any_second_once_round_trips_are_known(
    data: st.DataObject, rate: int, bare: float, split: float, offset: float
) -> None:
    """The bare network takes `bare` there and back, split in any way; jitter adds up to as much again to each way."""
    there, back = bare * split, bare * (1 - split)
    jitter = st.floats(0, bare)
    wanted = data.draw(journeys(jitter.map(lambda more: there + more), jitter.map(lambda more: back + more)))
    slowest_believed = 2 * bare
    arrivals = arrivals_of(rate, wanted, warm=data.draw(st.floats(bare, slowest_believed)))
    assert len(arrivals) == len(wanted)
    check(rate, arrivals)
    check_fixed(rate, arrivals, offset)


@settings(deadline=None)
@given(rate=st.integers(1, 5), bare=st.floats(0.01, 0.3), connecting=st.floats(0, 1), offset=st.floats(0, 1))
def test_no_more_arrivals_in_any_second_where_connections_have_to_be_made_first(
    rate: int, bare: float, connecting: float, offset: float
) -> None:
    cold = [Journey(0.0, 0, bare / 2 + connecting, bare / 2)] * rate
    kept = [Journey(0.0, 0, bare / 2, bare / 2)] * (4 * WARM_AFTER * rate)
    arrivals = arrivals_of(rate, cold + kept)
    check(rate, arrivals)
    check_fixed(rate, arrivals, offset)


def sending_times(rate: int, requests: int, seconds: float = 0.0) -> list[float]:
    async def scenario() -> list[float]:
        loop, limiter, sent = asyncio.get_running_loop(), RateLimiter(rate), []
        start = loop.time()

        async def request() -> None:
            with await limiter.acquire("flow", FOREVER) as permit:
                permit.sent()
                sent.append(loop.time() - start)
                await asyncio.sleep(seconds)
                permit.answered()

        await asyncio.gather(*(request() for _ in range(requests)))
        return sent

    return run(scenario())


def test_a_burst_goes_out_at_once() -> None:
    assert sending_times(20, 45) == pytest.approx([0.0] * 20 + [1.0] * 20 + [2.0] * 5, abs=1e-5)


def test_half_the_smallest_round_trip_is_taken_off_once_it_is_known() -> None:
    bursts = sending_times(10, 60, seconds=0.1)[::10]
    pauses = [later - earlier for earlier, later in pairwise(bursts)]
    # The first answer that knows is the one after 20, when the permits of the third burst are given back.
    assert pauses == pytest.approx([1.1, 1.1, 1.05, 1.05, 1.05], abs=1e-4)


def test_permits_that_are_free_soon_after_one_another_are_given_out_together() -> None:
    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(4)
        start, sent = loop.time(), []

        async def request(given_up_after: float) -> None:
            with await limiter.acquire("flow", FOREVER) as permit:
                permit.sent()
                sent.append(loop.time() - start)
                await asyncio.sleep(given_up_after)

        await asyncio.gather(*map(request, (0.0, 0.8 * COALESCE_SECONDS, COALESCE_SECONDS, 1.2 * COALESCE_SECONDS)))
        await asyncio.gather(*(request(9.0) for _ in range(4)))
        assert sent[4:] == pytest.approx([1.0 + COALESCE_SECONDS] * 3 + [1.0 + 1.2 * COALESCE_SECONDS], abs=1e-4)

    run(scenario())


def test_a_permit_that_is_free_much_sooner_waits_for_none_that_is_free_later() -> None:
    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(2)
        for _ in range(WARM_AFTER * 2 + 1):
            await round_trip(limiter, 0.2)
        await asyncio.sleep(2.0)
        given_up, answered = acquired(limiter), acquired(limiter)
        start = loop.time()
        given_up.sent()
        given_up.release()
        waiting = asyncio.create_task(limiter.acquire("flow", FOREVER))
        answered.sent()
        await asyncio.sleep(0.01)
        answered.answered()
        answered.release()
        await waiting
        # The smallest round trip is that of the request answered last.
        assert loop.time() - start == pytest.approx(1.0, abs=COALESCE_SECONDS)

    run(scenario())


def test_one_request_does_not_wait_behind_hundreds_of_another_flow() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(5)
        order: list[str] = []

        async def request(flow: str) -> None:
            with await limiter.acquire(flow, FOREVER) as permit:
                permit.sent()
                order.append(flow)

        many = [asyncio.create_task(request("busy")) for _ in range(300)]
        await asyncio.sleep(0.5)
        await request("idle")
        assert order == ["busy"] * 5 + ["busy", "idle"] or order == ["busy"] * 5 + ["idle"]
        for task in many:
            task.cancel()
        await asyncio.wait(many)

    run(scenario())


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_flows_take_turns(lengths: list[int]) -> None:
    async def scenario() -> None:
        limiter = RateLimiter(1)
        order: list[int] = []

        async def request(flow: int) -> None:
            with await limiter.acquire(flow, FOREVER) as permit:
                permit.sent()
                order.append(flow)

        first = acquired(limiter)
        tasks = [asyncio.create_task(request(flow)) for flow, length in enumerate(lengths) for _ in range(length)]
        await asyncio.sleep(0)
        first.release()
        await asyncio.gather(*tasks)
        # As though each flow were dealt one permit a round.
        rounds = [[number for number, length in enumerate(lengths) if length > dealt] for dealt in range(max(lengths))]
        assert order == [number for dealt in rounds for number in dealt]

    run(scenario())


def test_no_permit_is_granted_past_those_who_wait() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(1)
        first = acquired(limiter)
        assert not limiter.try_acquire()
        waiting = asyncio.create_task(limiter.acquire("flow", FOREVER))
        await asyncio.sleep(0)
        first.release()
        assert not limiter.try_acquire()
        await waiting

    run(scenario())


def test_who_waits_too_long_gets_no_permit_and_takes_none() -> None:
    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(1)
        first = acquired(limiter)
        first.sent()
        with pytest.raises(TimeoutError):
            await limiter.acquire("flow", loop.time() + 0.5)
        with pytest.raises(TimeoutError):
            await limiter.acquire("flow", loop.time())
        first.release()
        await limiter.acquire("flow", loop.time() + 1.1)

    run(scenario())


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.integers(0, 2),
            # Permits become free at whole seconds, so these come at the very moment of a grant, before it and after.
            st.sampled_from([0.0, 0.5, 1.0, 2.0]) | st.floats(0, 3) | st.none(),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 4),
)
def test_whoever_leaves_takes_no_permit_along(requests: list[tuple[float, int, float | None, bool]], rate: int) -> None:
    """By a deadline or a cancellation, waiting or just granted a permit."""

    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(rate)

        async def request(start: float, flow: int, patience: float | None, by_deadline: bool) -> None:
            await asyncio.sleep(start)
            deadline = FOREVER
            if patience is not None and by_deadline:
                deadline = loop.time() + patience
            elif patience is not None:
                task = asyncio.current_task()
                assert task is not None
                loop.call_at(loop.time() + patience, task.cancel)
            with await limiter.acquire(flow, deadline) as permit:
                permit.sent()

        tasks = [asyncio.create_task(request(*one)) for one in requests]
        await asyncio.wait(tasks)
        await asyncio.sleep(5.0)
        assert free_permits(limiter) == rate

    run(scenario())


def test_a_permit_granted_to_someone_who_just_left_is_not_lost() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(1)
        first = acquired(limiter)
        leaving = asyncio.create_task(limiter.acquire("flow", FOREVER))
        waiting = asyncio.create_task(limiter.acquire("flow", FOREVER))
        await asyncio.sleep(0)
        first.release()
        leaving.cancel()
        await asyncio.wait([leaving])
        assert leaving.cancelled()
        async with asyncio.timeout(0.1):
            await waiting

    run(scenario())


def test_a_refusal_reduces_the_rate_at_once() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        assert limiter.in_force == 20
        limiter.throttled()
        assert limiter.in_force == pytest.approx(20 * BACKOFF_FACTOR)

    run(scenario())


def test_a_refusal_now_and_then_is_the_price_of_sharing() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        for _ in range(100):
            limiter.throttled()
            await asyncio.sleep(0.5)
        assert limiter.in_force == pytest.approx(20 * BACKOFF_FACTOR, abs=0.1)

    run(scenario())


def test_the_thicker_refusals_come_the_slower_it_goes_but_it_never_stops() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        slower = []
        for _ in range(300):
            limiter.throttled()
            slower.append(limiter.in_force)
            await asyncio.sleep(0.05)
        assert slower[10] < slower[0]
        assert slower[-1] == pytest.approx(1.0)
        assert limiter.try_acquire()

    run(scenario())


def test_the_rate_recovers_to_what_is_configured_and_no_further() -> None:
    async def scenario() -> list[float]:
        limiter, grown = RateLimiter(20), []
        limiter.throttled()
        for _ in range(60):
            await asyncio.sleep(1.0)
            grown.append(limiter.in_force)
        return grown

    grown = run(scenario())
    assert grown == sorted(grown)
    assert grown[4] < 12
    assert grown[21] == grown[-1] == 20


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)])
def test_requests_go_apart_by_random_pauses_while_the_rate_is_reduced(chance: float, factor: float) -> None:
    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(10, chance=lambda: chance)
        limiter.throttled()
        start, sent = loop.time(), []
        for _ in range(5):
            await limiter.acquire("flow", FOREVER)
            sent.append(loop.time() - start)
        assert sent == pytest.approx([factor * PACING / 5.5 * number for number in range(5)], abs=2e-3)

    run(scenario())


def test_who_waits_is_woken_when_the_rate_recovers_by_a_permit() -> None:
    """Although no answer comes and no second is over."""

    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(2)
        limiter.throttled()
        start = loop.time()
        await limiter.acquire("flow", FOREVER)
        await limiter.acquire("flow", start + 60)
        assert loop.time() - start == pytest.approx(21.2, abs=0.1)

    run(scenario())


def test_a_permit_that_was_not_used_delays_nobody() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        limiter.throttled()
        permit = await limiter.acquire("flow", FOREVER)
        assert not limiter.try_acquire()
        permit.release()
        assert limiter.try_acquire()

    run(scenario())


@dataclass
class Round:
    seconds: float
    requests: int = 0
    throttled: int = 0
    failed: int = 0


async def rounds_of_an_exporter(limit: RateLimit, chance: random.Random, start: float, rounds: int) -> list[Round]:
    """Read a list of 92 pages every 15 seconds, by a limiter of its own."""
    loop, limiter, results = asyncio.get_running_loop(), RateLimiter(20, chance.random), []
    start += loop.time()
    for number in range(rounds):
        due = start + 15.0 * number
        await asyncio.sleep(due - loop.time())
        this = Round(0.0)

        async def send(this: Round = this) -> None:
            with await limiter.acquire("flow", FOREVER) as permit:
                permit.sent()
                one_way = chance.uniform(0.01, 0.02)
                await asyncio.sleep(one_way)
                is_admitted = limit.admit(loop.time())
                await asyncio.sleep(one_way)
                permit.answered()
            this.requests += 1
            if not is_admitted:
                this.throttled += 1
                limiter.throttled()
            if not is_admitted:
                raise ApiError("RequestLimitExceeded", "too many")

        outcomes = await asyncio.gather(
            *(with_retries(send, FOREVER, chance.random) for _ in range(92)), return_exceptions=True
        )
        this.seconds, this.failed = loop.time() - due, sum(one is not None for one in outcomes)
        results.append(this)
    return results


def shared_server(window: RateWindow, phases: Sequence[float], seed: int, rounds: int) -> list[list[Round]]:
    async def scenario() -> list[list[Round]]:
        limit = new_rate_limit(window, 20)
        await asyncio.sleep(seed * 0.37)
        exporters = [
            rounds_of_an_exporter(limit, random.Random(seed * 10 + number), phase, rounds)
            for number, phase in enumerate(phases)
        ]
        return await asyncio.gather(*exporters)

    return run(scenario())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("phase", [0.0, 0.1, 0.3, 2.0, 5.0, 7.5, 11.0])
@pytest.mark.parametrize("window", RateWindow)
def test_two_exporters_share_a_key_without_knowing_of_each_other(window: RateWindow, phase: float, seed: int) -> None:
    """Side by side both lists take 9.2 s of all that the server gives. In a sliding second a permit that one leaves is
    rarely taken by the other at once, so there a tenth more is lost.
    """
    learned = [one for rounds in shared_server(window, (0.0, phase), seed, 12) for one in rounds[4:]]
    assert sum(one.failed for one in learned) == 0
    assert sum(one.throttled for one in learned) < 0.1 * sum(one.requests for one in learned)
    assert max(one.seconds for one in learned) < (10.0 if window is RateWindow.FIXED else 11.5)
    assert mean(one.seconds for one in learned) < (9.5 if window is RateWindow.FIXED else 10.0)


def test_alone_at_the_server_again_the_whole_rate_is_soon_used() -> None:
    async def scenario() -> list[Round]:
        limit = new_rate_limit(RateWindow.SLIDING, 20)
        staying = asyncio.create_task(rounds_of_an_exporter(limit, random.Random(1), 0.0, 9))
        await rounds_of_an_exporter(limit, random.Random(2), 0.0, 5)
        return await staying

    rounds = run(scenario())
    assert rounds[4].seconds > 8
    # The other one has left between 60 and 75 s; the round at 105 s finds the rate recovered.
    assert rounds[7].seconds < 5
    assert rounds[7].throttled == 0


def test_a_lowered_rate_grants_nothing_until_enough_permits_are_back() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        permits = [acquired(limiter) for _ in range(20)]
        for permit in permits:
            permit.sent()
        limiter.configure(5)
        for number, permit in enumerate(permits, start=1):
            permit.answered()
            permit.release()
            await asyncio.sleep(2.0)
            assert free_permits_now(limiter) == max(0, 5 - (20 - number))

    run(scenario())


def test_a_raised_rate_takes_effect_at_once_for_those_who_wait_too() -> None:
    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(2)
        began = loop.time()
        for _ in range(2):
            acquired(limiter).sent()
        waiting = [asyncio.create_task(limiter.acquire(flow, FOREVER)) for flow in range(8)]
        await asyncio.sleep(0)
        limiter.configure(7)
        granted, left = await asyncio.wait(waiting, timeout=0.5)
        assert (len(granted), len(left)) == (5, 3)
        limiter.configure(10)
        await asyncio.wait(waiting)
        assert loop.time() == began + 0.5

    run(scenario())


def test_another_rate_leaves_in_force_what_the_server_has_refused() -> None:
    async def scenario() -> None:
        limiter = RateLimiter(20)
        limiter.throttled()
        reduced = limiter.in_force
        limiter.configure(5)
        assert limiter.in_force == 5
        limiter.configure(40)
        assert limiter.in_force == pytest.approx(reduced)
        await asyncio.sleep(60)
        assert limiter.in_force == 40

    run(scenario())


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 0.4)), min_size=1, max_size=12))
def test_no_second_has_more_requests_than_the_largest_rate_of_it(changes: list[tuple[int, float]]) -> None:
    """The second before a change counts by what was allowed in it."""
    sent: list[float] = []
    rates: list[tuple[float, int]] = []

    async def scenario() -> None:
        loop, limiter = asyncio.get_running_loop(), RateLimiter(changes[0][0])

        async def send() -> None:
            with await limiter.acquire("flow", FOREVER) as permit:
                permit.sent()
                sent.append(loop.time())
                await asyncio.sleep(0.01)
                permit.answered()

        sending = [asyncio.create_task(send()) for _ in range(60)]
        for rate, pause in changes:
            limiter.configure(rate)
            rates.append((loop.time(), rate))
            await asyncio.sleep(pause)
        await asyncio.gather(*sending)

    run(scenario())
    for at in sent:
        within = [rate for since, rate in rates if at - 1 <= since <= at]
        before = [rate for since, rate in rates if since < at - 1][-1:]
        assert sum(at - 1 + TOLERANCE < one <= at for one in sent) <= max(within + before)


def free_permits_now(limiter: RateLimiter) -> int:
    """Count the permits that are free, and give them back."""
    permits = []
    while permit := limiter.try_acquire():
        permits.append(permit)
    for permit in permits:
        permit.release()
    return len(permits)
