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
 and so does, step by step, any *union* of pages, each of which is joined with another one.
 A *head* is a page at offset 0: nothing that was in its view stands before it. A *tail* is a page that is shorter than
 another one seen: the server had no more to put on it (3), so nothing in its view stands after it. If a head and a tail
 are in one union, all that was up throughout stands between the first session of the one and the last of the other, and
 is on a page. QED

What is asked for beyond that
 The assumptions are not documented, so the pages must bear them out. Every two pages must show what they share in the
 same order, no page may show a session twice, and every session needs an id. A tail must also reach what the API counts
 as the total, which may lag behind the list. And joins need three shared sessions, wherever both pages are that long: a
 list sorted by whole seconds, with ties in another order at each request, would be believed now and then with two, and
 often with one. A long list speaks for itself: where many joins of two sessions or more corroborate the order, and
 twice as many as there are others, one session is enough. It has to stand where the two pages meet, so that one that is
 put elsewhere in the list while it is read, gone and new as it is by (2), joins nothing by itself. And the server must
 not cut its pages: on short ones, many a session that was put elsewhere stands where two pages seem to meet.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from exporter.sessions.model import PAGE_SIZE, Page
from exporter.tencent.errors import BadBodyError

SHARED = 3
"""How many sessions two pages must share to be joined, where they are all that speaks for the order."""
CORROBORATING = 2
"""How many sessions two pages must share to corroborate the order of the list."""
ENOUGH_CORROBORATING = 30
"""How many such joins it takes to believe in the order so far that others may share a single session."""
LONG_LIST = 750
"""A list of so many sessions takes so many pages that enough of them corroborate, if need be with a few more."""
TRUSTED_LENGTH = 4
"""A page of so many sessions or fewer is taken to be short by itself: no server cuts pages that small."""
MOST_PAGES = 30
"""On how many full pages a session can be. A list that is shown in ever new order puts one on ten; with more of them,
the server, or a cache before it, does not heed the offset."""


class Overlap(NamedTuple):
    """An earlier page that meets a new one, and where the first session that they share stands on the two."""

    page: Page
    place: int
    new_place: int


class Proof:
    """Takes in pages one by one, in any sequence. `longest` is the length of the longest page known from before."""

    def __init__(self, longest: int = 0) -> None:
        self.pages: list[Page] = []
        """All pages so far, in the sequence in which they came; a page's number is its index."""
        self.complete = False
        """Whether they prove that they show the whole list."""
        self.is_orderly = True
        """Whether every two pages show what they share in the same order, and no page shows a session twice."""
        self.longest = longest
        """The length of the longest page that the server gives."""
        self._short_pages: dict[int, int] = {}
        self._overlap_index: dict[str, tuple[int, int, int, Any]] = {}
        """Where a session has been seen last: the page, the place on it, at how many offsets one after the other, and
        the sight before it.
        """
        self._corroborating = 0
        self._others = 0
        self._unions: dict[int, dict[int, int]] = {SHARED: {}, 1: {}}
        self._heads: list[int] = []
        self._ends: list[int] = []

    def add(self, page: Page) -> list[Overlap]:
        """Take in a page, and return how it overlaps earlier ones: nothing where the list shows itself out of order.

        Raises BadBodyError where the pages show that the offset is not heeded.
        """
        number = len(self.pages)
        self.pages.append(page)
        self.longest = self._longest_with(page)
        if page.offset == 0:
            self._heads.append(number)
        if page.offset + len(page.sessions) >= page.total:
            self._ends.append(number)
        ids = {session.id for session in page.sessions}
        if len(ids) < len(page.sessions) or "" in ids:
            self.is_orderly = False
        overlaps = []
        for other, places in self._index(number, page).items():
            one = self.pages[other]
            self.is_orderly = self.is_orderly and sorted(places) == places
            if _are_near(places, one, page):
                overlaps.append(Overlap(one, *places[0]))
                for needed, union in self._unions.items():
                    if len(places) >= min(needed, len(one.sessions), len(page.sessions)):
                        union[_root(union, number)] = _root(union, other)
        is_order_believed = self.corroborating_lacking <= 0 and self.longest >= PAGE_SIZE
        self.complete = self.spans(SHARED) or (is_order_believed and self.spans(1))
        return overlaps if self.is_orderly else []

    def are_joined(self, one: int, other: int, needed: int) -> bool:
        """Tell whether two pages, by their numbers, are in one union of joins of so many sessions, 1 or `SHARED`."""
        return _root(self._unions[needed], one) == _root(self._unions[needed], other)

    def spans(self, needed: int) -> bool:
        """Tell whether a head and a tail are in one union of joins of so many sessions, 1 or `SHARED`."""
        if not self.is_orderly:
            return False
        union = self._unions[needed]
        heads = {_root(union, head) for head in self._heads}
        return any(_root(union, end) in heads for end in self._ends if self.is_tail(self.pages[end]))

    def is_tail(self, page: Page) -> bool:
        """Tell whether nothing comes after a page.

        An empty one is a tail as the whole of an empty list only: behind the end of any other, nothing joins it.
        """
        length = len(page.sessions)
        return page.offset + length >= page.total and (length < self.longest or length <= TRUSTED_LENGTH)

    @property
    def corroborating_lacking(self) -> int:
        """How many more joins have to corroborate the order for a single shared session to be enough for the others."""
        return max(ENOUGH_CORROBORATING, 2 * self._others) - self._corroborating

    def _longest_with(self, page: Page) -> int:
        """Return the length of the longest page that the server gives, now that another one has come.

        Where two pages are equally short although more was to come by the total, the server has begun to cut them so.
        """
        length = len(page.sessions)
        if 0 < length < self.longest and page.offset + self.longest <= page.total:
            return length if self._short_pages.setdefault(length, page.offset) != page.offset else self.longest
        return max(self.longest, length)

    def _index(self, number: int, page: Page) -> dict[int, list[tuple[int, int]]]:
        """Take a page into the index. Return for every earlier one that it overlaps, by its number, where the sessions
        that they share stand on that and on this one, sorted by the latter.
        """
        shared: dict[int, list[tuple[int, int]]] = {}
        index = self._overlap_index
        for place, session in enumerate(page.sessions):
            sight = index.get(session.id)
            # To ask for one place again and again is honest, and shows the same sessions each time.
            count = 1 if sight is None else sight[2] + (self.pages[sight[0]].offset != page.offset)
            if count * len(page.sessions) > MOST_PAGES * PAGE_SIZE:
                raise BadBodyError(f"the same session is on more than {MOST_PAGES} pages: Offset is not heeded")
            index[session.id] = (number, place, count, sight)
            while sight is not None:
                other, other_place, _, sight = sight
                shared.setdefault(other, []).append((other_place, place))
        corroborating = sum(len(places) >= CORROBORATING for places in shared.values())
        self._corroborating += corroborating
        self._others += len(shared) - corroborating
        return shared


def needed_in(total: float, longest: int) -> int:
    """Return how many sessions a join is likely to need in a list of so many, once all its pages have come.

    `longest` is the length of the longest page, 0 where none is known.
    """
    return 1 if total >= LONG_LIST and (longest >= PAGE_SIZE or not longest) else SHARED


def _are_near(places: list[tuple[int, int]], one: Page, other: Page) -> bool:
    """Tell whether what two pages share shows how they stand to each other in the list.

    A single session does only where the pages meet, with nothing before it on one of them and nothing after it on one.
    Anywhere else it has most likely been put to another place between the two views.
    """
    if len(places) > 1:
        return True
    (place, other_place), last, other_last = places[0], len(one.sessions) - 1, len(other.sessions) - 1
    return min(place, other_place) == 0 and (place == last or other_place == other_last)


def _root(union: dict[int, int], number: int) -> int:
    """Return the page that stands for the union of another one."""
    while (parent := union.get(number, number)) != number:
        union[number] = number = union.get(parent, parent)
    return number
