"""Where the next page will have to begin so that it overlaps its neighbor, by what has been seen of the list."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from exporter.sessions.drift import Drift
from exporter.sessions.model import PAGE_SIZE, Page
from exporter.sessions.overlap import best_overlap
from exporter.sessions.proof import SHARED, needed_in
from exporter.sessions.request import Request
from exporter.tencent.roundtrips import RoundTrips

MORE_FOR_A_MEND = 2
"""Sessions by which what mends a gap overlaps more than other pages: that it fails too is dearer."""
SURE = 2.0
"""By how many standard deviations a list that is read in one burst may be longer than its total tells, since a page too
many is cheaper there than a burst more.
"""
SHORTER = 1.1
"""By what factor a list may be shorter than one that its pages were made for and still be read in the same way."""
LONG = 3
"""How many bursts a list takes that is worth being read from its end."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a list before it is read, as the snapshots before have taught it.

    `total` is None before the first one; it was counted at `total_seen`, in the event loop's time. `longest` is the
    length of the longest page that the server has given.
    """

    total: int | None = None
    total_seen: float | None = None
    longest: int = 0
    round_trips: RoundTrips = field(default_factory=RoundTrips)
    drift: Drift = field(default_factory=Drift)


class Prediction:
    """A forecast that is bettered by every answer. `burst` is how many requests the rate budget allows at once."""

    def __init__(self, forecast: Forecast, burst: int) -> None:
        self.total = forecast.total
        """How many sessions there are by the latest count, None where nothing is known."""
        self.longest = forecast.longest
        self.needed = needed_in(forecast.total or 0)
        """How many sessions neighbors have to share; once the first page has come, the same for the whole snapshot."""
        self._is_counted = False
        self._short_pages: dict[int, int] = {}
        """The offset of a page of each length below the longest, although more was to come after it."""
        self._burst = burst
        self._total_seen = forecast.total_seen
        self._round_trips = forecast.round_trips
        self._drift = forecast.drift.faded()
        self._page_size = self._full_page()

    @property
    def forecast(self) -> Forecast:
        """What has been learned so far, for the next snapshot."""
        return Forecast(self.total, self._total_seen, self.longest, self._round_trips, self._drift)

    def answered(self, request: Request, page: Page) -> None:
        """Learn what a page tells by itself, and note when it was seen: in the middle of its round trip."""
        request.page, request.seen = page, (page.sent + page.received) / 2
        self._round_trips = self._round_trips.updated(page.received - page.sent)
        self.longest = self._longest_with(page)
        if not self._is_counted:
            # As what is under way has been made for, unless the list is another one by now.
            self.needed = needed_in(page.total * (SHORTER if self.needed == 1 else 1.0))
            self._is_counted = True
        if self._total_seen is None or request.seen > self._total_seen:
            self.total, self._total_seen = page.total, request.seen
            self._drift.resize(page.total)
        self._page_size = self._full_page()

    def _longest_with(self, page: Page) -> int:
        """Return the length of the longest page that the server gives, now that another one has come.

        Where two pages are equally short although more was to come by the total, the server has begun to cut them so.
        """
        length = len(page.sessions)
        if 0 < length < self.longest and page.offset + self.longest <= page.total:
            offset = self._short_pages.setdefault(length, page.offset)
            return length if offset != page.offset else self.longest
        return max(self.longest, length)

    def shared(self, before: Request, place_before: int, after: Request, place_after: int) -> None:
        """Learn from a session that stands on two pages."""
        first, second = before.offset + place_before, after.offset + place_after
        self._drift.learn((first + second) / 2, after.seen - before.seen, second - first, self._blur(2))

    def missed(self, left: Request, right: Request) -> None:
        """Learn from neighbors that share nothing, where they should have: the list has moved at least so far that
        they just touch. Where they were not expected to, it is no news.
        """
        if left.count_shared(right):
            return
        seconds, shift = right.seen - left.seen, right.offset - self.end(left)
        expected = self._drift.rate(self.end(left)) * seconds
        if shift < expected < shift + 2 * self._page_size:
            self._drift.learn(self.end(left), seconds, shift, self._blur(2))

    def forget_drift(self) -> None:
        """Take the list to stand still, because what its sessions do cannot be told from a shuffle."""
        self._drift = Drift(self._drift.length)

    def seen_at(self, now: float) -> float:
        """Return when a request sent now will meet the list."""
        return now + self._round_trips.mean / 2

    @property
    def fewest_pages(self) -> int:
        """How many pages the list fills; where the server cuts them, those have to overlap by much of their length."""
        stride = PAGE_SIZE if self._page_size == PAGE_SIZE else max(1, self._page_size - SHARED)
        return math.ceil((self.total or 0) / stride)

    @property
    def is_short_list(self) -> bool:
        """Whether all of the list can be read in one burst."""
        return (self.total or 0) <= self._burst * (self._page_size - SHARED)

    @property
    def is_long_list(self) -> bool:
        """Whether the list takes so many bursts that what the first ones teach pays for the others."""
        return (self.total or 0) > LONG * self._burst * PAGE_SIZE

    @property
    def is_drift_known(self) -> bool:
        """Whether it has been seen how the list moves."""
        return self._drift.is_known

    def is_drawn_to_front(self, seen: int = 0) -> bool:
        """Whether to read a long list from its end: where new sessions come in there, none of them need be read, while
        every session that ends brings the beginning nearer. `seen` is a position up to which the drift has been seen.
        """
        total = self.total or 0
        sees_so = seen == 0 or self._drift.rate(seen) < 0
        return self.is_long_list and sees_so and self._drift.rate(0) + self._drift.rate(total) < 0

    def end(self, request: Request) -> int:
        """Return the position after the last session of a page."""
        return request.offset + (self._page_size if request.page is None else len(request.page.sessions))

    def is_full(self, page: Page) -> bool:
        """Tell whether a page has as many sessions as the server puts on one."""
        return len(page.sessions) >= self._page_size

    def may_go_on_after(self, request: Request) -> bool:
        """Tell whether there may be sessions after a page, as far as the total can be trusted."""
        rest = (self.total or 0) - self.end(request)
        return rest >= 0 or rest + self._slack_of_total(request.seen) >= 0

    def tail(self, seen: float) -> int:
        """Return the offset of a page that will probably be the last one, and shorter than the longest."""
        total, since = self.total or 0, 0.0 if self._total_seen is None else seen - self._total_seen
        slack = min(self._slack_of_total(seen), self._page_size / 2)
        return max(0, round(total + self._drift.rate(total) * since + slack) - (self.longest or self._page_size))

    def after(self, neighbor: Request, seen: float, *, is_mend: bool = False) -> int:
        """Return the offset of a page that overlaps the right end of a neighbor, as it will stand when it is seen."""
        end = self.end(neighbor)
        return max(0, self._moved(end, neighbor, seen) - self._overlap(end, neighbor, seen, is_mend))

    def before(self, neighbor: Request, seen: float, *, is_mend: bool = False) -> int:
        """Return the offset of a page that overlaps the left end of a neighbor, as it will stand when it is seen."""
        start = neighbor.offset
        end = self._moved(start, neighbor, seen) + self._overlap(start, neighbor, seen, is_mend)
        return max(0, end - self._page_size)

    def _slack_of_total(self, seen: float) -> float:
        """Return by how many sessions the list may be longer when it is seen than the total that is known.

        In the long run, the number of calls deviates by the root of its mean.
        """
        total = self.total or 0
        most = 1.0 + math.sqrt(total)
        if self._total_seen is None:
            return most
        deviation = self._drift.deviation(total, seen - self._total_seen, self._blur(2))
        return min(most, 1.0 + deviation * (SURE if self.is_short_list else 1.0))

    def _fitting_overlap(self, seen: float) -> int:
        """Return by how much the pages of a list that can be read in one burst may overlap so that it will do."""
        others = (self.total or 0) + self._slack_of_total(seen) - self._page_size
        return max(SHARED, self._page_size - math.ceil(others / max(1, self._burst - 1)))

    def _full_page(self) -> int:
        """Return how many sessions a full page has. A server that counts more than its longest page has cuts them."""
        is_cut = 0 < self.longest < PAGE_SIZE and (self.total or 0) > self.longest
        return self.longest if is_cut else PAGE_SIZE

    def _moved(self, position: int, neighbor: Request, seen: float) -> int:
        return round(position + self._drift.rate(position) * (seen - neighbor.seen))

    def _blur(self, guesses: int) -> float:
        """Return by how much the time between two views deviates, so many of which are only guessed."""
        return self._round_trips.deviation / 2 * math.sqrt(guesses)

    def _overlap(self, position: int, neighbor: Request, seen: float, is_mend: bool) -> int:
        """Return by how many sessions to overlap a neighbor; when it was seen is a guess until its answer is there."""
        guesses = 2 if neighbor.page is None else 1
        deviation = self._drift.deviation(position, seen - neighbor.seen, self._blur(guesses))
        # Rounded, so that what has been reckoned once need not be again.
        overlap = best_overlap(self.needed, round(deviation, 2), is_urgent=self.is_short_list)
        if self.is_short_list:
            overlap = min(overlap, self._fitting_overlap(seen))
        return min(overlap + MORE_FOR_A_MEND * is_mend, self._page_size * 3 // 4)
