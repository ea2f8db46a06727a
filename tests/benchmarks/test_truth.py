from __future__ import annotations

from uuid import UUID

import pytest

from benchmarks.truth import WatchedListing
from exporter.emulator.call import Call, CallDirection
from exporter.emulator.listing import Listing, NewestFirst


def session(number: int) -> Call:
    return Call(number, UUID(int=number), CallDirection.INBOUND, float(number))


@pytest.fixture
def sessions() -> list[Call]:
    return [session(number) for number in range(5)]


@pytest.fixture
def listing(sessions: list[Call]) -> WatchedListing:
    listing = WatchedListing(NewestFirst())
    for one in sessions:
        listing.add(one)
    return listing


def ids(*sessions: Call) -> set[str]:
    return {one.session_id for one in sessions}


def test_it_is_the_listing_that_it_watches(listing: WatchedListing, sessions: list[Call]) -> None:
    assert isinstance(listing, Listing)
    assert len(listing) == 5
    assert list(listing) == sessions
    assert listing.page(1, 2) == [sessions[3], sessions[2]]


def test_up_throughout_is_from_the_first_view_to_the_last(listing: WatchedListing, sessions: list[Call]) -> None:
    listing.remove(sessions[0])
    listing.begin()
    listing.remove(sessions[1])
    listing.page(0, 2)
    listing.remove(sessions[2])
    listing.add(session(9))
    listing.page(2, 2)
    listing.remove(sessions[3])
    assert listing.listed == 3
    assert set(listing.up_throughout) == ids(sessions[3], sessions[4])


def test_every_reading_begins_anew(listing: WatchedListing, sessions: list[Call]) -> None:
    listing.page(0, 5)
    listing.remove(sessions[0])
    late = session(9)
    listing.add(late)
    listing.begin()
    assert (listing.listed, listing.up_throughout) == (0, [])
    listing.page(0, 5)
    assert listing.listed == 5
    assert set(listing.up_throughout) == ids(*sessions[1:], late)
