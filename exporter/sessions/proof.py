"""Whether the pages of a snapshot prove that it is whole.

The list moves while it is read: sessions end, others begin, and what stood on the next page slips onto one already
read. Pages that overlap show it. The claim is: *every session that was up throughout, from the first page's view to the
last one's, is on a page.* Sessions are keyed by their id, so none is ever counted twice.

Assumptions
 1. Each page is one view: consecutive sessions of the list as it was at one moment, from the offset asked for on.
 2. The list keeps one strict order, whichever it is. Of two sessions that are up throughout, the same one comes first
    in every view. A session taken out and put back elsewhere counts as one gone and one new.
 3. The server cuts pages down to one size at most, which does not change while a page size is remembered, and which is
    more than `TRUSTED_LENGTH`.

Proof
 Two pages that share a session x are *joined*. Let y be up throughout and stand, in the order, between the first
 session of one and the last of the other, say between the first of page A and x: when A was viewed, both A's first
 session and x were in the list, y was too and stood between them, and A shows everything between two of its sessions
 (1, 2). So y is on A. Hence joined pages show all that was up throughout between the ends of what they span together,
 and so does, step by step, any set of pages that hangs together by joins.
 A *head* is a page at offset 0: nothing that was in its view stands before it. A *tail* is a page that is shorter than
 another one seen: the server had no more to put on it (3), so nothing in its view stands after it. If a head and a tail
 hang together, all that was up throughout stands between the first session of the one and the last of the other, and
 is on a page. QED

What is asked for beyond that
 The assumptions are not documented, so the pages must bear them out. Every two pages must show what they share in the
 same order, no page may show a session twice, and every session needs an id. A tail must also reach what the API counts
 as the total, which may lag behind the list. And joins need three shared sessions, wherever both pages are that long: a
 list sorted by whole seconds, with ties in another order at each request, would be believed now and then with two, and
 often with one. A long list speaks for itself: where many joins of two sessions or more bear witness to the order, and
 twice as many as there are others, one session is enough. It has to stand where the two pages meet, so that one that is
 put elsewhere in the list while it is read, gone and new as it is by (2), joins nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from exporter.sessions.model import PAGE_SIZE, Page
from exporter.tencent.errors import BadBodyError

SHARED = 3
"""How many sessions two pages must share to be joined, where they are all that speaks for the order."""
WITNESS = 2
"""How many sessions two pages must share to bear witness to the order of the list."""
WITNESSES = 30
"""How many of them it takes to believe in the order so far that others may share a single session."""
LONG_LIST = 750
"""A list of so many sessions takes so many pages that there will be enough witnesses, if need be with a few more."""
TRUSTED_LENGTH = 4
"""A page of so many sessions or fewer is taken to be short by itself: no server cuts pages that small."""
MOST_PAGES = 30
"""On how many full pages a session can be. A list that is shown in ever new order puts one on ten; with more of them,
the server, or a cache before it, does not heed the offset."""


Key = TypeVar("Key")


def is_proven(pages: Sequence[Page], longest: int = 0) -> bool:
    """Tell whether the pages, in any sequence, prove that they show the whole list.

    `longest` is the length of the longest page that the server was seen to give before.
    """
    if not pages or any(is_ambiguous(page) for page in pages):
        return False
    longest = max(longest, *(len(page.sessions) for page in pages))
    sightings = Sightings[int]()
    shared = {
        (other, index): places
        for index, page in enumerate(pages)
        for other, places in sightings.add(index, page).items()
    }
    if not all(in_one_order(places) for places in shared.values()):
        return False
    needed = SHARED if sightings.witnesses_lacking > 0 else 1
    groups = list(range(len(pages)))
    for (one, other), places in shared.items():
        if is_join(places, pages[one], pages[other], needed):
            groups[_root(groups, one)] = _root(groups, other)
    heads = {_root(groups, index) for index, page in enumerate(pages) if page.offset == 0}
    tails = {_root(groups, index) for index, page in enumerate(pages) if is_tail(page, longest)}
    return not heads.isdisjoint(tails)


def is_ambiguous(page: Page) -> bool:
    """Tell whether a page shows a session twice, or one without an id: what it shares with others is not certain."""
    ids = {session.id for session in page.sessions}
    return len(ids) < len(page.sessions) or "" in ids


def are_near(places: list[tuple[int, int]], one: Page, other: Page) -> bool:
    """Tell whether what two pages share, at `places` on them, shows how they stand to each other in the list.

    A single session does only where the pages meet, with nothing before it on one of them and nothing after it on one.
    Anywhere else it has most likely been put to another place between the two views.
    """
    if len(places) > 1:
        return True
    (place, other_place), last, other_last = places[0], len(one.sessions) - 1, len(other.sessions) - 1
    return min(place, other_place) == 0 and (place == last or other_place == other_last)


def is_join(places: list[tuple[int, int]], one: Page, other: Page, needed: int) -> bool:
    """Tell whether two pages hang together where so many shared sessions are needed, or all of one that has fewer."""
    return len(places) >= min(needed, len(one.sessions), len(other.sessions)) and are_near(places, one, other)


def needed_in(total: float) -> int:
    """Return how many sessions a join is likely to need in a list of so many, once all witnesses are heard."""
    return 1 if total >= LONG_LIST else SHARED


def is_tail(page: Page, longest: int) -> bool:
    """Tell whether nothing comes after a page, given the length of the longest page that the server gives.

    An empty page is one only as the whole of an empty list: behind the end of any other it joins nothing.
    """
    length = len(page.sessions)
    if page.offset + length < page.total:
        return False
    return length < longest or length <= TRUSTED_LENGTH


class Sightings(Generic[Key]):
    """On which pages, and where on each, every session has been seen; pages go by a key."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Key, int, int, Any]] = {}
        """The last sight of a session: the page, the place on it, how many sights there are with it, and the sight
        before that, None for the first.
        """
        self._witnesses = 0
        self._others = 0

    def add(self, key: Key, page: Page) -> dict[Key, list[tuple[int, int]]]:
        """Take in a page, and return for every earlier one that it shares sessions with, where those stand on the two,
        in the sequence of the new page. Raises BadBodyError where a session is on more than `MOST_PAGES`, or on
        as many more as the server cuts them shorter.
        """
        shared: dict[Key, list[tuple[int, int]]] = {}
        last = self._last
        for place, session in enumerate(page.sessions):
            sight = last.get(session.id)
            count = 1 if sight is None else sight[2] + 1
            if count * len(page.sessions) > MOST_PAGES * PAGE_SIZE:
                raise BadBodyError(f"the same session is on more than {MOST_PAGES} pages: Offset is not heeded")
            last[session.id] = (key, place, count, sight)
            while sight is not None:
                other, other_place, _, sight = sight
                shared.setdefault(other, []).append((other_place, place))
        witnesses = sum(len(places) >= WITNESS for places in shared.values())
        self._witnesses += witnesses
        self._others += len(shared) - witnesses
        return shared

    @property
    def witnesses_lacking(self) -> int:
        """How many more pairs of pages have to bear witness to the order for one shared session to be enough for the
        others; 0 or less for none.
        """
        return max(WITNESSES, 2 * self._others) - self._witnesses


def in_one_order(places: list[tuple[int, int]]) -> bool:
    """Tell whether two pages show what they share in the same order; the places are sorted by those of one page."""
    return sorted(places) == places


def _root(groups: list[int], index: int) -> int:
    while groups[index] != index:
        groups[index] = groups[groups[index]]
        index = groups[index]
    return index
