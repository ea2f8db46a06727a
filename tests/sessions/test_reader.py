from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sessions.model import Page, Session
from exporter.sessions.reader import BURST, PAGE_SIZE, assemble, read_pages
from exporter.tencent.errors import ApiError
from tests.virtual_time import run


def sessions(count: int) -> list[Session]:
    return [Session(f"session-{number}", "inProgress", "inbound") for number in range(count)]


class FixedList:
    """A list that stands still, served in pages of at most `page_size`."""

    def __init__(self, count: int, *, total: int | None = None, page_size: int = PAGE_SIZE) -> None:
        self.sessions = sessions(count)
        self.total = count if total is None else total
        self.page_size = page_size
        self.offsets: list[int] = []
        self.under_way = 0
        self.most_under_way = 0

    async def fetch(self, offset: int) -> Page:
        self.offsets.append(offset)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.1)
        self.under_way -= 1
        return Page(offset, self.total, tuple(self.sessions[offset : offset + self.page_size]), 1000.0)


@given(count=st.integers(0, 400), page_size=st.integers(1, PAGE_SIZE), total_off_by=st.integers(-60, 60))
def test_a_list_that_stands_still_is_counted_exactly(count: int, page_size: int, total_off_by: int) -> None:
    """Whatever the server makes of the page size; a total that lags costs requests, or the sessions it hides at the end
    of a short page, never a session counted twice.
    """
    server = FixedList(count, total=max(0, count + total_off_by), page_size=page_size)
    snapshot = assemble(run(read_pages(server.fetch)), 1, 1.0, 1.0)
    counted = Counter(session.id for session in snapshot.sessions)
    assert set(counted.values()) <= {1}
    assert counted.keys() <= {session.id for session in server.sessions}
    if total_off_by >= 0 or page_size == PAGE_SIZE:
        assert len(counted) == count


@pytest.mark.parametrize(
    ("count", "requests", "complete"),
    [(0, 1, True), (1, 1, True), (24, 1, True), (25, 2, False), (26, 2, False), (500, 21, False)],
)
def test_requests_and_proof(count: int, requests: int, complete: bool) -> None:
    server = FixedList(count)
    snapshot = assemble(run(read_pages(server.fetch)), 7, 1.0, 1.0)
    assert (len(snapshot.sessions), snapshot.total) == (count, count)
    assert (len(server.offsets), snapshot.complete) == (requests, complete)
    assert snapshot.requests == 7


def test_pages_are_asked_for_together_once_the_total_is_known() -> None:
    server = FixedList(500)
    run(read_pages(server.fetch))
    assert server.most_under_way == 19


def test_an_absurd_total_ends_at_the_first_empty_page() -> None:
    server = FixedList(60, total=10**15)
    pages = run(read_pages(server.fetch))
    assert len(assemble(pages, 1, 1.0, 1.0).sessions) == 60
    assert len(server.offsets) <= BURST + 1


def test_a_server_that_ignores_the_offset_is_not_read_for_ever() -> None:
    server = FixedList(25)

    async def fetch(_offset: int) -> Page:
        return await server.fetch(0)

    assert len(assemble(run(read_pages(fetch)), 1, 1.0, 1.0).sessions) == 25
    assert len(server.offsets) == 2


def test_one_failing_page_fails_the_snapshot_and_stops_the_rest() -> None:
    server = FixedList(500)

    async def fetch(offset: int) -> Page:
        if offset == 100:
            raise ApiError("InternalError", "down")
        return await server.fetch(offset)

    with pytest.raises(ApiError, match="InternalError: down"):
        run(read_pages(fetch))


def page(offset: int, *members: Session, total: int = 3) -> Page:
    return Page(offset, total, members, 1000.0 + offset)


def test_a_session_on_two_pages_counts_once_and_the_later_page_wins() -> None:
    earlier, later = Session("a", "ringing", "inbound"), Session("a", "inProgress", "inbound")
    snapshot = assemble([page(0, earlier), page(1, later)], 4, 5.0, 2.0)
    assert snapshot.sessions == (later,)
    assert (snapshot.server_time, snapshot.finished, snapshot.duration) == (1001.0, 5.0, 2.0)


def test_sessions_without_an_id_count_by_their_place_and_prove_nothing() -> None:
    nameless = Session("", "inProgress", "inbound")
    snapshot = assemble([page(0, nameless, nameless, Session("a", "inProgress", "inbound"))], 1, 1.0, 1.0)
    assert len(snapshot.sessions) == 3
    assert not snapshot.complete


def test_a_total_that_promises_more_than_the_page_holds_proves_nothing() -> None:
    assert not assemble([page(0, *sessions(2), total=3)], 1, 1.0, 1.0).complete
