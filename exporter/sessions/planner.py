"""Which page to read next, given what has been seen: the course of one snapshot, without any I/O.

The pages asked for stand in a *chain*, in the order that they should have in the list. A new one goes to an end of the
chain, where by the forecast it will overlap its neighbor, or into a *gap*: between two answered neighbors that are not
joined. Whether the pages prove the snapshot is for `proof` alone; what is decided here makes it cheap.

    next_request                                 answered
      a gap between answers?   repair it           see which pages it is joined with, learn the drift
      an end not in sight?     extend the chain    note the gaps beside it
      otherwise                wait                see whether all is proven

The chain begins with the page at 0 and grows to the right. A long list into which sessions come at the end is read from
there, so that none of them need be read: once the page at 0 has told the total, or the first bursts have shown how the
list moves, the chain begins anew with the last page and grows to the left. What was read before is met again.

The forecast is a smoothed estimate, as TCP's of its round trips (RFC 6298). The drift of a position, the sessions that
begin before it less those that end there, has a sign, grows with the position, and is nearly constant over a snapshot.
Each stretch of 500 positions, about a burst, has a smoothed rate and a smoothed deviation from it, learned from
sessions that are seen twice. Pages overlap by what a join needs, and by what the deviation makes worth its cost. With
calls of three minutes, 20 requests a second, and round trips of 20 to 150 ms that vary by half at most, a full page's
worth of sessions takes 1.15 to 1.21 requests in lists of 400, 1.09 to 1.11 in lists of 900, 1.08 to 1.19 in lists of
5,000, and 1.00 to 1.32 in lists of 20,000; the first snapshot up to 3 % more. `docs/architecture.md` tells what else
was tried.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from exporter.sessions.forecast import Forecast, Request, seen_at
from exporter.sessions.model import Page
from exporter.sessions.proof import Proof

ATTEMPTS = 40
"""How many pages are spent on one gap, which moves while it is repaired."""
ATTEMPTS_AT_END = 4
"""How many pages are spent on an end that does not show itself."""
ATTEMPTS_OF_A_LOSS = 10
"""How many attempts at a gap a page counts that failed: what breaks one answer may well break the next one there."""
HELD_BACK = 0.1
"""The share of a burst that is kept for gaps until the pages of the burst are answered."""
TURNS_ROUND_WITHIN = 4
"""In how many bursts it has to show that a list should be read from its end for that to be worth it."""
MOST_READ, MOST_EXTRA = 1.5, 20
"""How many times the pages of a list may be read, and how many more pages, until it is given up as unproven."""
MOST_LOST = 0.1
"""What part of a list's pages may be lost. Each is a gap that other pages may close."""


class _Gap(NamedTuple):
    left: Request
    right: Request
    attempts: int = 0
    is_joined: bool = False
    """Whether the two are joined all the same, and a page between them is to corroborate the order only."""


class Planner:
    """One snapshot under way. `burst` is how many requests the rate limit allows at once."""

    def __init__(self, forecast: Forecast, burst: int) -> None:
        self.forecast = forecast.begin(burst)
        """What this snapshot teaches for the next one."""
        self.proof = Proof(forecast.longest)
        self.requests_under_way = 0
        self.repairs = 0
        """How many pages were asked for to close gaps."""
        self._grows_to_left = self.forecast.is_drawn_to_front()
        self._chain: list[Request] = []
        self._gaps: list[_Gap] = []
        self._requests = 0
        self._lost = 0
        self._attempts_at_end = 0

    @property
    def has_lost_too_much(self) -> bool:
        """Whether so many requests failed that what is left is not worth showing."""
        return self._lost > MOST_LOST * self.forecast.fewest_pages

    @property
    def has_reached_end(self) -> bool:
        """Whether the list has been read from end to end, so that no more than gaps can be missing."""
        ends = self._chain[:1] + self._chain[-1:]
        return bool(ends) and all(end.page for end in ends) and not self._extends_right and not self._extends_left

    def wants_request(self) -> bool:
        """Tell whether there is something to ask for at this moment."""
        if self.proof.complete or self._requests >= MOST_READ * self.forecast.fewest_pages + MOST_EXTRA:
            return False
        return bool(self._gaps) or self._extends_right or self._extends_left

    def next_request(self, now: float) -> Request:
        """Return what to ask for, where `wants_request` is true. It is to be sent at once."""
        seen = now + self.forecast.round_trips.mean / 2
        if self._gaps:
            request = self._repair(self._gaps.pop(0), seen)
        elif self._extends_right:
            request = self._extend_right(seen)
        else:
            request = Request(self.forecast.before(self._chain[0], seen), seen)
            self._chain.insert(0, request)
        self._requests += 1
        self.requests_under_way += 1
        return request

    def answered(self, request: Request, page: Page) -> None:
        """Take in the page that came for a request. Raises BadBodyError, see Proof."""
        self.requests_under_way -= 1
        request.page, request.seen, request.number = page, seen_at(page), len(self.proof.pages)
        self.forecast.learn(page, self.proof.add(page), self.proof.longest, is_first=request.number == 0)
        if self._turns_round(request):
            self._grows_to_left = True
            self._chain, self._gaps = [], []
        elif request in self._chain:
            self._take_in(request, page)
        self._conclude()

    def failed(self, request: Request) -> None:
        """Take in that no page will come for a request: where it stood there is a gap."""
        self.requests_under_way -= 1
        self._lost += 1
        if request in self._chain:
            index = self._chain.index(request)
            del self._chain[index]
            self._note_gaps(self._chain[max(0, index - 1) : index + 1], request.attempts + ATTEMPTS_OF_A_LOSS)
            self._conclude()

    @property
    def _extends_right(self) -> bool:
        if self._attempts_at_end >= ATTEMPTS_AT_END:
            return False
        if not self._chain:
            return True
        last = self._chain[-1]
        if last.page is not None:
            return not self.proof.is_tail(last.page)
        is_total_known = bool(self.proof.pages) or (self.forecast.total is not None and not self._grows_to_left)
        return is_total_known and self._has_room and self.forecast.may_go_on_after(last)

    @property
    def _extends_left(self) -> bool:
        return self._grows_to_left and bool(self._chain) and self._chain[0].offset > 0 and self._has_room

    @property
    def _has_room(self) -> bool:
        """Whether the burst has room left, besides that for the gaps that there may be."""
        held_back = 0 if self.forecast.is_short_list else round(self.forecast.burst * HELD_BACK)
        return self.requests_under_way < self.forecast.burst - held_back

    def _extend_right(self, seen: float) -> Request:
        """Ask for the page after the last one, or for one to begin the chain with."""
        offset = 0
        if self._chain:
            last = self._chain[-1]
            is_end_known = self.forecast.ends_before < math.inf
            # A page that is not full is most likely the end, whatever the total says.
            is_end_likely = last.page is not None and len(last.page.sessions) < self.forecast.page_size
            self._attempts_at_end += is_end_known or is_end_likely
            offset = self.forecast.after(last, seen)
            offset = min(offset, self.forecast.tail(seen)) if is_end_known else offset
        elif self._requests:
            self._attempts_at_end += 1
            offset = self.forecast.tail(seen) if self._grows_to_left else 0
        request = Request(offset, seen)
        self._chain.append(request)
        return request

    def _repair(self, gap: _Gap, seen: float) -> Request:
        """Ask for a page that overlaps the neighbor seen last, and from there reaches over the gap towards the other.

        How far off the other one is, the forecast has just got wrong.
        """
        self.repairs += 1
        if gap.right.seen >= gap.left.seen:
            offset = self.forecast.before(gap.right, seen, is_repair=True)
        else:
            offset = self.forecast.after(gap.left, seen, is_repair=True)
        if gap.right is self._chain[-1]:
            offset = min(offset, self.forecast.tail(seen))
        request = Request(offset, seen, gap.attempts + 1)
        self._chain.insert(self._chain.index(gap.right), request)
        return request

    def _turns_round(self, request: Request) -> bool:
        """Whether to begin the chain anew with the last page, see above."""
        if self._grows_to_left:
            return request.number == 0
        is_early = self._requests <= self.forecast.burst * TURNS_ROUND_WITHIN
        return is_early and self.proof.is_orderly and self.forecast.is_drawn_to_front(request.offset)

    def _take_in(self, request: Request, page: Page) -> None:
        """Look at the neighbors of a page, and take out of the chain what stands nowhere in it."""
        index = self._chain.index(request)
        if not page.sessions and page.offset and not request.attempts:
            # The list ends before it. Go on from the page before.
            self.forecast.ends_before, self.forecast.end_seen = page.offset, request.seen
            del self._chain[index:]
            return
        around = self._chain[max(0, index - 1) : index + 2]
        if request.attempts and not any(self._are_joined(request, one) for one in around if one is not request):
            # It is detached: where it stands is not known.
            del self._chain[index]
            around.remove(request)
        self._note_gaps(around, request.attempts)

    def _note_gaps(self, around: list[Request], attempts: int) -> None:
        """Note the gaps between neighbors. What comes after a tail need not be joined with it."""
        for left, right in pairwise(around):
            if left.page and right.page and attempts < ATTEMPTS and not self.proof.is_tail(left.page):
                self._gaps.append(_Gap(left, right, attempts))

    def _are_joined(self, one: Request, other: Request) -> bool:
        if one.page is None or other.page is None:
            return False
        return self.proof.are_joined(one.number, other.number, self.forecast.needed)

    def _conclude(self) -> None:
        """Drop the gaps that are none, and all of a list without order, which cannot be proven.

        Where all is joined, but too little corroborates the order for single sessions to join, have some more pages
        read, each of which will be joined by many with both its neighbors.
        """
        if self._gaps:
            is_orderly = self.proof.is_orderly
            self._gaps = [gap for gap in self._gaps if is_orderly and gap.right in self._chain and self._is_open(gap)]
        if self.proof.complete or self._gaps or self.requests_under_way or not self.proof.spans(self.forecast.needed):
            return
        more = max(0, math.ceil(self.proof.corroborating_lacking / 2))
        self._gaps = [_Gap(left, right, is_joined=True) for left, right in pairwise(self._chain)][:more]

    def _is_open(self, gap: _Gap) -> bool:
        return gap.is_joined or not self._are_joined(gap.left, gap.right)
