"""Which page to read next, given what has been seen: the course of one snapshot, without any I/O.

The pages asked for stand in a line, in the order that they should have in the list. A new one goes to an end of the
line, where by the forecast of the drift it will overlap its neighbor by a few sessions, or into a gap: between two
answered neighbors that turned out not to hang together. Whether the pages prove the snapshot is for `proof` to say;
the planner only sees to it that they are likely to. Where too few of them bear witness to the order of a long list, it
has more read where neighbors share the least.

    next_request                             answered
      a gap between answers?   mend            hang together what shares sessions, learn the drift
      an end not in sight?     extend          look for gaps on both sides
      otherwise                wait            look whether the beginning hangs together with the end

The line begins with the page at 0 and grows to the right. A long list into which sessions come at the end is read from
there: once the page at 0 has told the total, the line begins anew with the last page and grows to the left. How a long
list moves is not known when it is read for the first time, so after the first burst one page is sent ahead to see; that
may show that the line should begin anew.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from exporter.sessions.evidence import Evidence
from exporter.sessions.model import Page
from exporter.sessions.prediction import Forecast, Prediction
from exporter.sessions.proof import is_proven, is_tail
from exporter.sessions.request import Request

TRIES = 18
"""How many pages are spent on one gap, which is wide where the drift was not known well, and moves while it is mended;
and how many beside one page that should have a neighbor, where they turn out to be empty.
Of what is read in the next second, one in three misses a gap at the end of 20,000 sessions; with nine tries, one
snapshot in twenty of such lists kept one, and since few gaps need so many, more tries cost nothing.
"""
TRIES_AT_END = 3
"""How many are spent on an end that does not show itself."""
HELD_BACK = 0.1
"""The share of a burst that is kept for gaps until the pages of the burst are answered."""
MOST_SCOUTS = 3
"""How many pages are asked for one by one to see how a list moves."""
TURNS_ROUND_WITHIN = 4
"""In how many bursts it has to show that a list should be read from its end for that to be worth it."""
MOST_REQUESTS = 1.5
"""How many times the pages of a list may be read, with a few more for short lists, until it is given up as unproven."""
MOST_EXTRA_REQUESTS = 20
TRIES_OF_A_LOSS = 5
"""How many tries at a gap a page counts that failed: what breaks one answer may well break the next one there."""
MOST_LOST = 0.1
"""What part of a list's pages may be lost. Each is a gap that other pages may close."""


class _Gap(NamedTuple):
    left: Request
    right: Request
    tries: int
    is_weak: bool = False
    """Whether the two hang together all the same, and a page between them is wanted as a witness only."""


class Planner:
    """One snapshot under way. `burst` is how many requests the rate budget allows at once."""

    def __init__(self, forecast: Forecast, burst: int) -> None:
        self.pages: list[Page] = []
        """All pages so far, in the sequence in which they came."""
        self.requests_under_way = 0
        self.is_whole = False
        """Whether the pages prove the snapshot, so that nothing more is to be asked for."""
        self._lost = 0
        self._prediction = Prediction(forecast, burst)
        self._burst = burst
        self._grows_to_left = self._prediction.is_drawn_to_front()
        self._scouts_from = burst
        self._line: list[Request] = []
        self._gaps: list[_Gap] = []
        self._evidence = Evidence()
        self._requests = 0
        self._tries_at_end = 0

    @property
    def forecast(self) -> Forecast:
        """What this snapshot teaches for the next one."""
        return self._prediction.forecast

    def wants_request(self) -> bool:
        """Tell whether there is something to ask for at this moment."""
        if self.is_whole or self._requests >= self._most_requests or self._waits_for_scout:
            return False
        return bool(self._open_gaps()) or self._extends_right or self._extends_left

    def next_request(self, now: float) -> Request:
        """Return what to ask for, where `wants_request` is true. It is to be sent at once."""
        seen = self._prediction.seen_at(now)
        if gaps := self._open_gaps():
            request = self._mend(gaps.pop(0), seen)
        elif self._extends_right:
            request = self._extend_right(seen)
        else:
            request = self._extend_left(seen)
        self._requests += 1
        self.requests_under_way += 1
        return request

    def answered(self, request: Request, page: Page) -> None:
        """Take in the page that came for a request."""
        self.requests_under_way -= 1
        self.pages.append(page)
        self._prediction.answered(request, page)
        self._learn(request, page)
        if (self._grows_to_left and len(self.pages) == 1) or self._turns_round(request):
            self._begin_at_end()
        elif request not in self._line:
            pass
        elif page.sessions or request.tries or is_tail(page, self._prediction.longest):
            self._look_for_gaps(request)
        else:
            self._drop_empty(self._line.index(request))
        self._conclude()

    def failed(self, request: Request) -> None:
        """Take in that no page will come for a request: where it stood there is a gap."""
        self.requests_under_way -= 1
        self._lost += 1
        if request not in self._line:
            return
        index = self._line.index(request)
        del self._line[index]
        for left, right in pairwise(self._line[max(0, index - 1) : index + 1]):
            if left.page is None or right.page is None or is_tail(left.page, self._prediction.longest):
                continue
            tries = request.tries + TRIES_OF_A_LOSS
            if left.group is not right.group and self._evidence.is_orderly and tries < TRIES:
                self._gaps.append(_Gap(left, right, tries))
        self._conclude()

    @property
    def has_lost_too_much(self) -> bool:
        """Whether so many requests failed that what is left is not worth showing."""
        return self._lost > MOST_LOST * self._prediction.fewest_pages

    @property
    def has_reached_end(self) -> bool:
        """Whether the list has been read from end to end, so that no more than gaps can be missing."""
        if not self._line or self._line[0].page is None or self._line[-1].page is None:
            return False
        return not self._extends_right and not self._extends_left

    @property
    def _waits_for_scout(self) -> bool:
        """Whether to wait for one page that shows how the list moves before more are asked for: after the first burst
        into a long list that nothing is known of.
        """
        is_its_turn = self._scouts_from <= self._requests < self._scouts_from + MOST_SCOUTS
        if not is_its_turn or not self.requests_under_way:
            return False
        return self._prediction.is_long_list and not self._prediction.is_drift_known

    def _turns_round(self, request: Request) -> bool:
        """Whether it has turned out that the list should have been read from its end. What has been read already will
        be met there again.
        """
        if self._grows_to_left or not self._evidence.is_orderly or self._requests > self._burst * TURNS_ROUND_WITHIN:
            return False
        return self._prediction.is_drift_known and self._prediction.is_drawn_to_front(request.offset)

    def _begin_at_end(self) -> None:
        """Begin the line anew, with the last page."""
        if not self._grows_to_left:
            # What was learned at the beginning of the list says little about its end.
            self._prediction.forget_drift()
            self._scouts_from = self._requests + self._burst - 1
        self._grows_to_left = True
        self._line, self._gaps = [], []

    @property
    def _most_requests(self) -> float:
        return MOST_REQUESTS * self._prediction.fewest_pages + MOST_EXTRA_REQUESTS

    @property
    def _extends_right(self) -> bool:
        if self._tries_at_end >= TRIES_AT_END:
            return False
        if not self._line:
            return True
        last = self._line[-1]
        if last.page is not None:
            return last.misses < TRIES and not is_tail(last.page, self._prediction.longest)
        if self._prediction.total is None or (self._grows_to_left and not self.pages):
            return False
        return self._has_room and not last.misses and self._prediction.may_go_on_after(last)

    @property
    def _extends_left(self) -> bool:
        return bool(self._line) and self._line[0].offset > 0 and self._has_room and self._line[0].misses < TRIES

    @property
    def _has_room(self) -> bool:
        """Whether the burst has places left, besides those for the gaps that there may be."""
        held_back = 0 if self._prediction.is_short_list else round(self._burst * HELD_BACK)
        return self.requests_under_way < self._burst - held_back

    def _conclude(self) -> None:
        """See whether the beginning hangs together with the end. Where too few pages bear witness to the order for that
        to be enough, have some more read between neighbors that share the least: each will do so with both of them.
        """
        longest = self._prediction.longest
        spans = self._evidence.begins_and_ends(longest)
        lacking = self._evidence.witnesses_lacking(self._prediction.needed)
        stands_still = not self.requests_under_way and not self._open_gaps()
        self.is_whole = spans and (lacking <= 0 or (stands_still and is_proven(self.pages, longest)))
        if spans and stands_still and not self.is_whole:
            pairs = [_Gap(left, right, 0, is_weak=True) for left, right in pairwise(self._line)]
            pairs = [pair for pair in pairs if pair.left.count_shared(pair.right)]
            pairs.sort(key=lambda pair: pair.left.count_shared(pair.right))
            self._gaps = pairs[: math.ceil(lacking / 2)]

    def _open_gaps(self) -> list[_Gap]:
        if self._gaps and self._gaps[0].left.group is self._gaps[0].right.group:
            self._gaps = [gap for gap in self._gaps if gap.is_weak or gap.left.group is not gap.right.group]
        return self._gaps

    def _mend(self, gap: _Gap, seen: float) -> Request:
        """Ask for a page that overlaps the neighbor seen last, and from there reaches over the gap towards the other.

        How far off the other one is, the forecast has just got wrong.
        """
        if gap.right.seen >= gap.left.seen:
            offset = self._prediction.before(gap.right, seen, is_mend=True)
        else:
            offset = self._prediction.after(gap.left, seen, is_mend=True)
        if gap.right is self._line[-1]:
            offset = min(offset, self._prediction.tail(seen))
        request = Request(offset, seen, gap.tries + 1)
        self._line.insert(self._line.index(gap.right), request)
        return request

    def _extend_right(self, seen: float) -> Request:
        """Ask for the page after the last one, or for one to begin the line with."""
        if not self._requests:
            request = Request(0, seen)
        elif not self._line:
            self._tries_at_end += 1
            request = Request(self._prediction.tail(seen) if self._grows_to_left else 0, seen)
        else:
            last = self._line[-1]
            # A page that is not full is most likely the end, whatever the total says.
            self._tries_at_end += last.page is not None and not self._prediction.is_full(last.page)
            offset = self._prediction.after(last, seen)
            if last.misses:
                offset = min(offset, self._prediction.tail(seen))
            request = Request(offset, seen)
        self._line.append(request)
        return request

    def _extend_left(self, seen: float) -> Request:
        """Ask for the page before the first one of the line."""
        request = Request(self._prediction.before(self._line[0], seen), seen)
        self._line.insert(0, request)
        return request

    def _learn(self, request: Request, page: Page) -> None:
        """Find the pages that share sessions with a new one, and how far the list has moved since them."""
        shared = self._evidence.add(request, page, self._prediction.needed)
        for other, (other_place, place) in shared.items():
            self._prediction.shared(other, other_place, request, place)
        if not self._evidence.is_orderly:
            self._prediction.forget_drift()

    def _look_for_gaps(self, request: Request) -> None:
        """Note where a page does not hang together with a neighbor. What comes after a tail need not.

        Nothing is spent on the gaps of a list without order, which cannot be proven.
        """
        if not self._evidence.is_orderly:
            self._gaps.clear()
        elif request.tries < TRIES:
            index = self._line.index(request)
            around = self._line[max(0, index - 1) : index + 2]
            # Where a mend stands that hangs together with neither neighbor is not known.
            is_astray = request.tries > 0 and not any(one.group is request.group for one in around[::2])
            if is_astray:
                self._line.remove(request)
                around.remove(request)
            for left, right in pairwise(around):
                if left.page is None or right.page is None or is_tail(left.page, self._prediction.longest):
                    continue
                if not right.page.sessions:
                    # It hangs together with nothing. Go on from the last page that has sessions.
                    self._drop_empty(self._line.index(right), behind=True)
                    break
                if left.group is not right.group:
                    self._gaps.append(_Gap(left, right, request.tries))
                    if not is_astray:
                        self._prediction.missed(left, right)

    def _drop_empty(self, index: int, *, behind: bool = False) -> None:
        """Take an empty page out of the line, if need be with all behind it, and note it with the one beside it."""
        end = len(self._line) if behind else index + 1
        dropped = self._line[index:end]
        del self._line[index:end]
        self._gaps = [gap for gap in self._gaps if gap.left not in dropped and gap.right not in dropped]
        if self._line:
            self._line[max(0, index - 1)].misses += 1
