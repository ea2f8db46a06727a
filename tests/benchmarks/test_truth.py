from __future__ import annotations

from uuid import UUID

import pytest

from benchmarks.truth import Outcome, Reading, WatchedListing
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


def test_it_is_the_listing_that_it_watches(listing: WatchedListing, sessions: list[Call]) -> None:
    assert isinstance(listing, Listing)
    assert len(listing) == 5
    assert list(listing) == sessions
    assert listing.page(1, 2) == [sessions[3], sessions[2]]


def judged(listing: WatchedListing, *read: Call) -> Outcome:
    reading = Reading(ids=[one.session_id for one in read], wall=2.2, proven=True)
    return listing.judge(reading, requests=3, throttled=1, cold=True)


def test_missed_is_what_was_active_from_the_first_view_to_the_last(
    listing: WatchedListing, sessions: list[Call]
) -> None:
    listing.remove(sessions[0])
    listing.begin()
    listing.remove(sessions[1])
    listing.page(0, 2)
    listing.remove(sessions[2])
    listing.add(session(9))
    listing.page(2, 2)
    listing.remove(sessions[3])
    assert judged(listing).listed == 3
    assert judged(listing).missed == 2
    assert judged(listing, sessions[3]).missed == 1
    assert judged(listing, sessions[3], sessions[4]).missed == 0


def test_what_is_read_again_is_counted_twice(listing: WatchedListing, sessions: list[Call]) -> None:
    listing.page(0, 5)
    first, second, *_ = sessions
    outcome = judged(listing, first, second, second, second)
    assert (outcome.missed, outcome.twice, outcome.cold) == (3, 2, True)
    assert (outcome.requests, outcome.throttled, outcome.requests_ratio) == (3, 1, 3.0)
    assert outcome.wall_ratio(0.2) == pytest.approx(11.0)


def test_every_reading_begins_anew(listing: WatchedListing, sessions: list[Call]) -> None:
    listing.page(0, 5)
    listing.remove(sessions[0])
    listing.add(session(9))
    listing.begin()
    assert (judged(listing).listed, judged(listing).missed) == (0, 0)
    listing.page(0, 5)
    assert (judged(listing).listed, judged(listing).missed) == (5, 5)
