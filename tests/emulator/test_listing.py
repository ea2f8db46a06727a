from __future__ import annotations

from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.listing import Listing, Order, new_listing


def sessions(count: int, per_second: float = 4.0) -> list[Call]:
    random = Random(7)
    return [
        Call(number, UUID(int=random.getrandbits(128)), CallDirection.INBOUND, (number - count // 2) / per_second)
        for number in range(count)
    ]


def listing_of(order: Order, all_sessions: list[Call]) -> Listing:
    listing = new_listing(order, Random(1))
    for session in all_sessions:
        listing.add(session)
    return listing


def pages(listing: Listing, limit: int) -> list[Call]:
    return [session for offset in range(0, len(listing), limit) for session in listing.page(offset, limit)]


def test_oldest_first() -> None:
    some = sessions(100)
    assert pages(listing_of(Order.OLDEST_FIRST, some), 7) == some


def test_newest_first() -> None:
    some = sessions(100)
    assert pages(listing_of(Order.NEWEST_FIRST, some), 7) == some[::-1]


def test_by_id_has_nothing_to_do_with_the_order_of_the_starts() -> None:
    some = sessions(100)
    listed = pages(listing_of(Order.BY_ID, some), 7)
    assert [session.session_id for session in listed] == sorted(session.session_id for session in some)
    assert listed not in (some, some[::-1])


def test_by_start_second_keeps_the_seconds_in_order_and_shuffles_ties_at_each_request() -> None:
    some = sessions(100)
    listing = listing_of(Order.BY_START_SECOND, some)
    views = [listing.page(0, 100) for _ in range(5)]
    for view in views:
        assert sorted(view, key=lambda session: session.number) == some
        assert [session.started // 1 for session in view] == sorted(session.started // 1 for session in some)
    assert len({tuple(session.number for session in view) for view in views}) == 5


def test_by_start_second_shuffles_ties_over_the_edge_of_a_page() -> None:
    listing = listing_of(Order.BY_START_SECOND, sessions(8, per_second=8))
    seen = Counter(session.number for _ in range(200) for session in listing.page(1, 2))
    assert set(seen) == {0, 1, 2, 3}, "the four sessions of the first second, and no others"


def test_unstable_is_shuffled_as_a_whole_at_each_request() -> None:
    some = sessions(50)
    listing = listing_of(Order.UNSTABLE, some)
    assert sorted(listing.page(0, 50), key=lambda session: session.number) == some
    seen = Counter(session.number for _ in range(200) for session in listing.page(40, 5))
    assert len(seen) == 50
    assert len(listing.page(48, 25)) == 2


@pytest.mark.parametrize("order", list(Order))
@given(offset=st.integers(0, 40), limit=st.integers(1, 25), size=st.integers(0, 30))
def test_a_page_is_as_long_as_the_list_allows_and_repeats_nothing(
    order: Order, offset: int, limit: int, size: int
) -> None:
    page = listing_of(order, sessions(size)).page(offset, limit)
    assert len(page) == len(set(page)) == max(0, min(limit, size - offset))


@pytest.mark.parametrize("order", list(Order))
def test_removed_sessions_are_gone_and_the_others_stay(order: Order) -> None:
    some = sessions(60)
    listing = listing_of(order, some)
    for session in some[::3]:
        listing.remove(session)
    assert len(listing) == 40
    assert set(listing) == set(some) - set(some[::3])
