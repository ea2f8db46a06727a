from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.sessions.model import Page, Session
from exporter.sessions.planner import Planner
from exporter.sessions.prediction import PAGE_SIZE, Forecast
from exporter.sessions.reader import LARGEST_BURST, assemble, follow
from exporter.tencent.budget import Lane, RateBudget
from exporter.tencent.errors import ApiError, BudgetTimeoutError
from exporter.tencent.places import Places
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

    async def fetch(self, offset: int) -> Page:
        loop = asyncio.get_running_loop()
        self.offsets.append(offset)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.1)
        self.under_way -= 1
        self.budget.answered(0.1)
        members = tuple(self.sessions[offset : offset + self.page_size])
        return Page(offset, self.total, members, 1000.0, loop.time() - 0.1, loop.time())

    async def read(self, deadline: float = 1e9) -> list[Page]:
        self.budget, news = RateBudget(self.rate), asyncio.Event()
        await follow(self.planner, Places(self.budget, Lane(), deadline, news), news, self.fetch)
        return self.planner.pages


@settings(deadline=None)
@given(count=st.integers(0, 400), page_size=st.integers(5, PAGE_SIZE), total_off_by=st.integers(-60, 60))
def test_a_list_that_stands_still_is_counted_exactly(count: int, page_size: int, total_off_by: int) -> None:
    """Whatever the server makes of the page size or of the total. Only where it cuts pages and counts too few at once,
    the end may not be found; then nothing is claimed.
    """
    server = FixedList(count, total=max(0, count + total_off_by), page_size=page_size)
    snapshot = assemble(run(server.read()), 0, 1, 1.0, 1.0)
    counted = Counter(session.id for session in snapshot.sessions)
    assert set(counted.values()) <= {1}
    if page_size == PAGE_SIZE or total_off_by >= 0 or snapshot.complete:
        assert counted.keys() == {session.id for session in server.sessions}
    if total_off_by == 0:
        assert snapshot.complete


def test_pages_are_asked_for_in_bursts_and_the_places_of_the_budget_are_used() -> None:
    server = FixedList(1000, rate=20)
    run(server.read())
    assert 18 <= server.most_under_way <= 20


def test_an_absurd_total_starts_no_absurd_number_of_requests() -> None:
    server = FixedList(60, total=10**9)
    run(server.read())
    assert server.most_under_way <= LARGEST_BURST
    assert len(server.offsets) < 4 * LARGEST_BURST


def test_waiting_for_a_place_ends_with_the_need_for_one() -> None:
    """The list turns out to be shorter than it was, so the page that still waits for the next second is not read."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(390, rate=20)
        server.planner = Planner(Forecast(total=460, longest=25), 20)
        started = loop.time()
        await server.read()
        return loop.time() - started

    assert run(scenario()) == pytest.approx(0.1)


def test_a_crowd_in_another_lane_does_not_keep_a_reading_waiting() -> None:
    """Both lanes have their turns, so three pages take three turns, and not the time of the whole crowd."""

    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(60, rate=5)
        crowd = Lane()

        async def one_of_the_crowd(budget: RateBudget) -> None:
            await budget.take(crowd, 1e9)
            budget.answered(0.1)

        reading = asyncio.create_task(server.read())
        await asyncio.sleep(0)
        others = [asyncio.create_task(one_of_the_crowd(server.budget)) for _ in range(200)]
        started = loop.time()
        await reading
        for other in others:
            other.cancel()
        return loop.time() - started

    assert run(scenario()) < 5.0


def test_the_first_failure_ends_the_reading() -> None:
    class Failing(FixedList):
        async def fetch(self, offset: int) -> Page:
            page = await super().fetch(offset)
            if offset > 100:
                raise ApiError("InternalError", "failed")
            return page

    server = Failing(400)
    with pytest.raises(ApiError, match="InternalError"):
        run(server.read())


def test_a_failure_keeps_no_place() -> None:
    """Also where a place came at the very moment at which the reading failed."""

    async def scenario() -> list[bool]:
        budget, news = RateBudget(2), asyncio.Event()
        assert budget.try_take()

        async def fetch(offset: int) -> Page:
            budget.unused()
            raise ApiError("InternalError", f"failed at {offset}")

        with pytest.raises(ApiError):
            await follow(Planner(Forecast(total=400), 20), Places(budget, Lane(), 1e9, news), news, fetch)
        return [budget.try_take(), budget.try_take()]

    assert run(scenario()) == [True, False]


def test_a_reading_ends_where_no_place_comes_before_its_deadline() -> None:
    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        server = FixedList(1000, rate=5)
        started = loop.time()
        with pytest.raises(BudgetTimeoutError):
            await server.read(started + 2.0)
        return loop.time() - started

    assert run(scenario()) == pytest.approx(2.0)


def page(offset: int, total: int, *members: Session) -> Page:
    return Page(offset, total, members, 1000.0 + offset)


def test_of_a_session_on_several_pages_the_latest_counts() -> None:
    ringing = Session("a", "ringing", "inbound")
    talking = Session("a", "inProgress", "inbound")
    snapshot = assemble([page(0, 2, ringing), page(1, 2, talking)], 0, 2, 1.0, 1.0)
    assert snapshot.sessions == (talking,)


def test_sessions_without_an_id_all_count_and_prove_nothing() -> None:
    nameless = Session("", "ringing", "inbound")
    snapshot = assemble([page(0, 2, nameless, nameless)], 25, 1, 1.0, 1.0)
    assert len(snapshot.sessions) == 2
    assert not snapshot.complete


def test_a_snapshot_tells_the_latest_total_and_the_latest_time_of_the_server() -> None:
    snapshot = assemble([page(0, 3, *sessions(2)), page(1, 2, *sessions(2)[1:])], 25, 5, 7.0, 0.5)
    assert (snapshot.total, snapshot.server_time) == (2, 1001.0)
    assert (snapshot.requests, snapshot.finished, snapshot.duration) == (5, 7.0, 0.5)
