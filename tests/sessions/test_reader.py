from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.sessions.forecast import Forecast
from exporter.sessions.model import PAGE_SIZE, Page, Session
from exporter.sessions.planner import Planner
from exporter.sessions.proof import Proof
from exporter.sessions.reader import LARGEST_BURST, fetch_pages, merge_pages
from exporter.tencent.errors import ApiError, BadBodyError, RateLimitTimeoutError, TencentError
from exporter.tencent.permit_waiter import PermitWaiter
from exporter.tencent.rate_limiter import Permit, RateLimiter
from tests.virtual_time import run


def sessions(count: int) -> list[Session]:
    return [Session(f"session-{number}", "inProgress", "inbound") for number in range(count)]


class FixedList:
    """A list that stands still, served in pages of at most `page_size`, each a tenth of a second after the other."""

    def __init__(self, count: int, *, total: int | None = None, page_size: int = PAGE_SIZE, rate: int = 1000) -> None:
        self.sessions = sessions(count)
        self.total = count if total is None else total
        self.page_size = page_size
        self.rate = rate
        self.offsets: list[int] = []
        self.under_way = 0
        self.most_under_way = 0
        self.planner = Planner(Forecast(), min(rate, LARGEST_BURST))

    async def fetch(self, offset: int, permit: Permit) -> Page:
        loop = asyncio.get_running_loop()
        permit.sent()
        self.offsets.append(offset)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.1)
        self.under_way -= 1
        permit.answered()
        members = tuple(self.sessions[offset : offset + self.page_size])
        return Page(offset, self.total, members, 1000.0, loop.time() - 0.1, loop.time())

    async def read(self, deadline: float = 1e9) -> Proof:
        self.limiter, wakeup = RateLimiter(self.rate), asyncio.Event()
        await fetch_pages(self.planner, PermitWaiter(self.limiter, self, deadline, wakeup), wakeup, self.fetch)
        return self.planner.proof


@settings(deadline=None)
@given(count=st.integers(0, 400), page_size=st.integers(5, PAGE_SIZE), total_off_by=st.integers(-60, 60))
def test_a_list_that_stands_still_is_counted_exactly(count: int, page_size: int, total_off_by: int) -> None:
    """Whatever the server makes of the page size or of the total. Only where it cuts pages and counts too few at once,
    the end may not be found; then nothing is claimed.
    """
    server = FixedList(count, total=max(0, count + total_off_by), page_size=page_size)
    snapshot = merge_pages(run(server.read()), 1, 1.0, 1.0)
    counted = Counter(session.id for session in snapshot.sessions)
    assert set(counted.values()) <= {1}
    if page_size == PAGE_SIZE or total_off_by >= 0 or snapshot.complete:
        assert counted.keys() == {session.id for session in server.sessions}
    if total_off_by == 0:
        assert snapshot.complete


@pytest.mark.parametrize(("before", "after"), [(25, 20), (20, 25)])
def test_the_page_size_of_the_server_is_learned_anew(before: int, after: int) -> None:
    """The first reading after the change pays for it, and those that follow do not."""

    async def scenario() -> list[int]:
        forecast, requests = Forecast(), []
        for page_size in (before, before, after, after, after):
            server = FixedList(2000, page_size=page_size)
            server.planner = Planner(forecast, LARGEST_BURST)
            snapshot = merge_pages(await server.read(), 1, 1.0, 1.0)
            forecast = server.planner.forecast
            assert snapshot.complete
            requests.append(len(server.offsets))
        return requests

    requests = run(scenario())
    fewest = 2000 / min(after - 2, after)
    assert requests[3] <= 1.25 * fewest
    assert requests[4] <= 1.25 * fewest


def test_pages_are_asked_for_in_bursts_and_all_permits_are_used() -> None:
    server = FixedList(1000, rate=20)
    run(server.read())
    assert 18 <= server.most_under_way <= 20


def test_an_absurd_total_starts_no_absurd_number_of_requests() -> None:
    server = FixedList(60, total=10**9)
    run(server.read())
    assert server.most_under_way <= LARGEST_BURST
    assert len(server.offsets) < 4 * LARGEST_BURST


def test_waiting_for_a_permit_ends_with_the_need_for_one() -> None:
    """The list turns out to be shorter than it was, so the page that still waits for the next second is not read."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(390, rate=20)
        server.planner = Planner(Forecast(total=460, longest=25), 20)
        started = loop.time()
        await server.read()
        return loop.time() - started

    assert run(scenario()) == pytest.approx(0.1)


def test_a_crowd_in_another_flow_does_not_keep_a_reading_waiting() -> None:
    """Both flows have their turns, so three pages take three turns, and not the time of the whole crowd."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(60, rate=5)

        async def one_of_the_crowd(limiter: RateLimiter) -> None:
            with await limiter.acquire("crowd", 1e9) as permit:
                permit.sent()

        reading = asyncio.create_task(server.read())
        await asyncio.sleep(0)
        others = [asyncio.create_task(one_of_the_crowd(server.limiter)) for _ in range(200)]
        started = loop.time()
        await reading
        for other in others:
            other.cancel()
        return loop.time() - started

    assert run(scenario()) < 5.0


class FailingList(FixedList):
    """Fails for good with `error` where `fails` says so of an offset and the number of times it was asked for."""

    error: TencentError = BadBodyError("cut short")

    def __init__(self, count: int, fails: Callable[[int], bool], **options: Any) -> None:
        super().__init__(count, **options)
        self.fails = fails

    async def fetch(self, offset: int, permit: Permit) -> Page:
        page = await super().fetch(offset, permit)
        if self.fails(offset):
            raise self.error
        return page


def test_a_page_that_failed_is_a_gap_that_others_close() -> None:
    """Once it comes whole the next time, and where it never does but its neighbors can be moved together."""
    once = iter([True])
    server = FailingList(5000, lambda offset: 2000 <= offset < 2020 and next(once, False))
    snapshot = merge_pages(run(server.read()), 1, 1.0, 1.0)
    assert snapshot.complete
    assert len(snapshot.sessions) == 5000


def test_a_gap_that_no_page_closes_leaves_the_snapshot_unproven() -> None:
    server = FailingList(5000, lambda offset: 2000 <= offset < 2025)
    snapshot = merge_pages(run(server.read()), 1, 1.0, 1.0)
    assert not snapshot.complete
    assert len(snapshot.sessions) > 4900
    assert server.planner.repairs > 0


@pytest.mark.parametrize(
    ("fails", "count"),
    [
        pytest.param(lambda offset: offset == 0, 5000, id="page 0"),
        pytest.param(lambda offset: offset % 100 > 70, 5000, id="a quarter of the pages"),
        pytest.param(lambda offset: offset > 0, 100, id="one of four"),
    ],
)
def test_too_much_lost_fails_the_reading(fails: Callable[[int], bool], count: int) -> None:
    with pytest.raises(BadBodyError, match="cut short"):
        run(FailingList(count, fails).read())


def test_what_no_other_page_can_repair_fails_the_reading_at_once() -> None:
    server = FailingList(5000, lambda offset: offset > 100, rate=20)
    server.error = ApiError("FailedOperation.PermissionDenied", "no")
    with pytest.raises(ApiError, match="PermissionDenied"):
        run(server.read())
    assert len(server.offsets) <= 20


def test_a_fault_of_the_exporter_is_raised_as_it_is() -> None:
    """And not in a group of exceptions."""

    class Faulty(FixedList):
        async def fetch(self, offset: int, permit: Permit) -> Page:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(Faulty(400).read())


def test_while_the_server_does_not_answer_one_page_is_asked_for_at_a_time() -> None:
    async def scenario() -> list[int]:
        server = FixedList(400, rate=20)
        server.planner = Planner(Forecast(total=400, longest=25), 20)
        under_way = []

        async def fetch(offset: int, permit: Permit) -> Page:
            under_way.append(server.under_way + 1)
            return await server.fetch(offset, permit)

        server.limiter, wakeup = RateLimiter(20), asyncio.Event()
        waiter = PermitWaiter(server.limiter, "flow", 1e9, wakeup)
        await fetch_pages(server.planner, waiter, wakeup, fetch, lambda: len(server.planner.proof.pages) > 0)
        return under_way

    under_way = run(scenario())
    assert under_way[:2] == [1, 1]
    assert max(under_way) > 10


def test_a_server_that_does_not_heed_the_offset_is_found_out_at_once() -> None:
    class Cached(FixedList):
        async def fetch(self, offset: int, permit: Permit) -> Page:
            page = await super().fetch(0, permit)
            self.offsets[-1] = offset
            return Page(offset, page.total, page.sessions, page.server_time, page.sent, page.received)

    server = Cached(20_000)
    with pytest.raises(BadBodyError, match="more than 30 pages"):
        run(server.read())
    assert len(server.offsets) <= 80


def test_what_is_under_way_once_the_snapshot_is_proven_is_not_waited_for_long() -> None:
    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(20)
        server.planner = Planner(Forecast(total=400, longest=25), 20)
        server.limiter, wakeup = RateLimiter(20), asyncio.Event()

        async def fetch(offset: int, permit: Permit) -> Page:
            if offset:
                await asyncio.sleep(1000)
            return await server.fetch(offset, permit)

        started = loop.time()
        await fetch_pages(server.planner, PermitWaiter(server.limiter, "flow", 1e9, wakeup), wakeup, fetch)
        assert len(server.planner.proof.pages) == 1
        await asyncio.sleep(1.1)
        assert [server.limiter.try_acquire() is not None for _ in range(21)] == [True] * 20 + [False]
        return loop.time() - started - 1.1

    assert run(scenario()) < 0.5


Ending = Literal["answer", "error", "fatal", "late", "hang"]


@settings(deadline=None)
@given(
    endings=st.lists(st.tuples(st.sampled_from(get_args(Ending)), st.floats(0, 3)), max_size=60),
    cancelled_after=st.none() | st.floats(0, 5) | st.integers(0, 4).map(float),
    rate=st.integers(1, 40),
)
def test_all_permits_are_back_whatever_happens(
    endings: list[tuple[Ending, float]], cancelled_after: float | None, rate: int
) -> None:
    """After any sequence of answers, failures and cancellations, at any moment, before a task's first step too."""

    async def scenario() -> int:
        loop = asyncio.get_running_loop()
        server = FixedList(600, rate=rate)
        script = iter(endings)

        async def fetch(offset: int, permit: Permit) -> Page:
            ending, seconds = next(script, ("answer", 0.0))
            with permit:
                if ending == "fatal" and not seconds:
                    raise ApiError("FailedOperation.PermissionDenied", "before anything was sent")
                permit.sent()
                await asyncio.sleep(1e6 if ending == "hang" else seconds)
                if ending == "error":
                    raise BadBodyError("cut short")
                if ending == "fatal":
                    raise ApiError("FailedOperation.PermissionDenied", "refused")
                if ending == "late":
                    raise RateLimitTimeoutError
                return await server.fetch(offset, permit)

        server.limiter, wakeup = RateLimiter(rate), asyncio.Event()
        waiter = PermitWaiter(server.limiter, "flow", loop.time() + 20, wakeup)
        reading = asyncio.create_task(fetch_pages(server.planner, waiter, wakeup, fetch))
        await asyncio.wait([reading], timeout=30 if cancelled_after is None else cancelled_after)
        reading.cancel()
        await asyncio.wait([reading])
        await asyncio.sleep(2.0)
        return sum(server.limiter.try_acquire() is not None for _ in range(rate + 1))

    assert run(scenario()) == rate


def test_a_fault_of_the_planner_costs_no_permit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_planner: Planner, _now: float) -> None:
        raise RuntimeError("a fault of ours")

    async def scenario() -> None:
        server, limiter, wakeup = FixedList(20), RateLimiter(1), asyncio.Event()
        for _ in range(3):
            waiter = PermitWaiter(limiter, "flow", 1e9, wakeup)
            with pytest.raises(RuntimeError):
                await fetch_pages(server.planner, waiter, wakeup, server.fetch)
        assert limiter.try_acquire()

    monkeypatch.setattr(Planner, "next_request", fail)
    run(scenario())


def test_a_reading_ends_where_no_permit_comes_before_its_deadline() -> None:
    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(1000, rate=5)
        started = loop.time()
        with pytest.raises(RateLimitTimeoutError):
            await server.read(started + 2.0)
        return loop.time() - started

    assert run(scenario()) == pytest.approx(2.0)


def page(offset: int, total: int, *members: Session) -> Page:
    return Page(offset, total, members, 1000.0 + offset)


def proof_of(*pages: Page) -> Proof:
    proof = Proof(longest=PAGE_SIZE)
    for one in pages:
        proof.add(one)
    return proof


def test_of_a_session_on_several_pages_the_latest_counts() -> None:
    ringing = Session("a", "ringing", "inbound")
    talking = Session("a", "inProgress", "inbound")
    snapshot = merge_pages(proof_of(page(0, 2, ringing), page(1, 2, talking)), 2, 1.0, 1.0)
    assert snapshot.sessions == (talking,)


def test_sessions_without_an_id_all_count_and_prove_nothing() -> None:
    nameless = Session("", "ringing", "inbound")
    snapshot = merge_pages(proof_of(page(0, 2, nameless, nameless)), 1, 1.0, 1.0)
    assert len(snapshot.sessions) == 2
    assert not snapshot.complete


def test_a_snapshot_tells_the_latest_total_and_the_latest_time_of_the_server() -> None:
    snapshot = merge_pages(proof_of(page(0, 3, *sessions(2)), page(1, 2, *sessions(2)[1:])), 5, 7.0, 0.5)
    assert (snapshot.total, snapshot.server_time) == (2, 1001.0)
    assert (snapshot.requests, snapshot.finished, snapshot.duration) == (5, 7.0, 0.5)
