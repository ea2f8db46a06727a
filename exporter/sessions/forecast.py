"""What is expected of a list, and where its next page has to begin so that it overlaps a neighbor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from exporter.sessions.model import PAGE_SIZE, Page
from exporter.sessions.proof import CORROBORATING, SHARED, Overlap, needed_in
from exporter.tencent.roundtrips import RoundTrips

STRETCH = 500
"""Positions that share one estimate: about a burst."""
RATE_WEIGHT, DEVIATION_WEIGHT = 0.5, 0.25
"""What the newest observation weighs."""
LONG_ENOUGH = 0.5
"""Seconds between two views of a session that tell a rate from a whim of chance."""
MEAN_DEVIATION = 0.8
"""The mean deviation of a normal variable whose standard deviation is 1."""
TYPICAL_STAY = 180.0
"""Seconds that a session stays in the list, as a first guess at how much goes on."""
COST_OF_A_GAP = 25.0
"""What a gap costs, in sessions: the page that repairs it."""
COST_OF_TIME = 1000.0
"""The same in a list that is read in one burst, where a gap costs time above all."""
MORE_FOR_A_REPAIR = 2
"""Sessions by which a page that repairs a gap overlaps more than others: that it fails too is dearer."""
SURE = 2.0
"""By how many deviations a list that is read in one burst may be longer than its total tells."""
LONG = 3
"""How many bursts a list takes that is worth being read from its end."""
SHORTER = 1.1
"""By what factor a list may be shorter than the one that its pages were made for and still be read in the same way."""


@dataclass(slots=True, eq=False)
class Request:
    """A page that was asked for; `offset` is for the one who sends it."""

    offset: int
    seen: float
    """When it met the list, in the event loop's time: a guess until the answer is there."""
    attempts: int = 0
    """How many pages have been spent on the same gap, this one included."""
    page: Page | None = None
    number: int = -1
    """The page's number in the proof."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How a stretch moves: `rate` in positions a second, negative towards the beginning, and how much a second's shift
    deviates from it.
    """

    rate: float
    deviation: float


@dataclass(slots=True)
class Forecast:
    """The forecast of one list, remembered from one snapshot to the next. `begin` makes one for a new snapshot."""

    total: int | None = None
    """How many sessions there are by the latest count, made at `total_seen` in the event loop's time."""
    total_seen: float = -math.inf
    longest: int = 0
    """The length of the longest page that the server gives."""
    round_trips: RoundTrips = field(default_factory=RoundTrips)
    drift: dict[int, Estimate] = field(default_factory=dict)
    """Estimates by the number of the stretch."""
    burst: int = 1
    needed: int = SHARED
    """How many sessions neighbors have to share."""
    ends_before: float = math.inf
    """Where an empty page, seen at `end_seen`, has shown that the list ends, which says more than the total."""
    end_seen: float = -math.inf

    def begin(self, burst: int) -> Forecast:
        """Return the forecast for a new snapshot, which learns without changing this one.

        `burst` is how many requests the rate limit allows at once.
        """
        needed = needed_in(self.total or 0, self.longest)
        return replace(self, drift=dict(self.drift), burst=burst, needed=needed, ends_before=math.inf)

    def learn(self, page: Page, overlaps: list[Overlap], longest: int, *, is_first: bool) -> None:
        """Learn from a page, from how it overlaps earlier ones, and from how long the longest page is by now."""
        self.longest = longest
        self.round_trips = self.round_trips.updated(page.received - page.sent)
        if is_first:
            # As what is under way has been made for, unless the list is another one by now.
            self.needed = needed_in(page.total * (SHORTER if self.needed == 1 else 1.0), longest)
        if longest < PAGE_SIZE:
            self.needed = SHARED
        seen = seen_at(page)
        if seen > self.total_seen:
            self.total, self.total_seen = page.total, seen
        if seen > self.end_seen and page.offset + len(page.sessions) > self.ends_before:
            self.ends_before = math.inf
        for other, other_place, place in overlaps:
            before, after = other.offset + other_place, page.offset + place
            self._learn_drift((before + after) / 2, seen - seen_at(other), after - before)

    @property
    def length(self) -> int:
        """How many sessions there are, as far as is known."""
        return int(min(self.total or 0, self.ends_before))

    @property
    def page_size(self) -> int:
        """How many sessions a full page has. A server that counts more than its longest page has cuts them."""
        return self.longest if 0 < self.longest < PAGE_SIZE and (self.total or 0) > self.longest else PAGE_SIZE

    @property
    def fewest_pages(self) -> int:
        """How many pages the list fills; where the server cuts them, those have to overlap by much of their length."""
        size = self.page_size
        return math.ceil(self.length / (size if size == PAGE_SIZE else max(1, size - SHARED)))

    @property
    def is_short_list(self) -> bool:
        """Whether all of the list can be read in one burst."""
        return self.length <= self.burst * (self.page_size - SHARED)

    def is_drawn_to_front(self, seen: int | None = None) -> bool:
        """Whether a long list moves towards its beginning, as where new sessions come in at its end.

        `seen` is a position up to which it has been seen, where that is not its length.
        """
        is_known = self.drift and self.length > LONG * self.burst * PAGE_SIZE
        return bool(is_known) and self._at(0).rate + self._at(self.length if seen is None else seen).rate < 0

    def may_go_on_after(self, request: Request) -> bool:
        """Tell whether there may be sessions after a page, as far as the total can be trusted."""
        rest = self.length - self._end(request)
        return self.ends_before == math.inf and (rest >= 0 or rest + self._slack(request.seen) >= 0)

    def tail(self, seen: float) -> int:
        """Return the offset of a page that will probably be the last one, and shorter than the longest."""
        slack = min(self._slack(seen), self.page_size / 2)
        return max(0, round(self.length + slack) - (self.longest or self.page_size))

    def after(self, neighbor: Request, seen: float, *, is_repair: bool = False) -> int:
        """Return the offset of a page that overlaps the right end of a neighbor, as it will stand when it is seen."""
        moved, overlap = self._moved(self._end(neighbor), neighbor, seen, is_repair)
        return max(0, moved - overlap)

    def before(self, neighbor: Request, seen: float, *, is_repair: bool = False) -> int:
        """Return the offset of a page that overlaps the left end of a neighbor, as it will stand when it is seen."""
        moved, overlap = self._moved(neighbor.offset, neighbor, seen, is_repair)
        return max(0, moved + overlap - self.page_size)

    def _end(self, request: Request) -> int:
        return request.offset + (self.page_size if request.page is None else len(request.page.sessions))

    def _moved(self, position: int, neighbor: Request, seen: float, is_repair: bool) -> tuple[int, int]:
        """Return where a neighbor's position will be when a page is seen, and by how much that should overlap it.

        Every session to spare costs one of each page, every gap a whole page. As with a news vendor's stock, the two
        together cost least where the density of the (normal) distribution of shifts is 1 / cost. Where shifts are
        large, gaps are wide and cost more; hence the 1 under the logarithm.
        """
        estimate, seconds = self._at(position), seen - neighbor.seen
        deviation = self._deviation(estimate, seconds)
        cost = COST_OF_TIME if self.is_short_list else COST_OF_A_GAP
        spare = deviation * math.sqrt(2.0 * math.log(max(1.0, 0.6 + 0.4 * cost / max(deviation, 0.01))))
        overlap = max(CORROBORATING, self.needed + (math.ceil(spare) if self.is_short_list else int(spare + 0.25)))
        if self.is_short_list:
            # Not so much that one burst will not do.
            others = self.length + self._slack(seen) - self.page_size
            overlap = min(overlap, max(SHARED, self.page_size - math.ceil(others / max(1, self.burst - 1))))
        overlap = min(overlap + MORE_FOR_A_REPAIR * is_repair, self.page_size * 3 // 4)
        return round(position + estimate.rate * seconds), overlap

    def _slack(self, seen: float) -> float:
        """Return by how many sessions the list may be longer, when it is seen, than the total that is known.

        In the long run, the number of calls deviates by the root of its mean.
        """
        deviation = self._deviation(self._at(self.length), min(seen - self.total_seen, TYPICAL_STAY))
        return 1.0 + min(math.sqrt(self.length), deviation * (SURE if self.is_short_list else 1.0))

    def _deviation(self, estimate: Estimate, seconds: float) -> float:
        """Return the standard deviation of a shift between two views; when each of them is seen is a guess."""
        blur = self.round_trips.deviation / math.sqrt(2.0)
        time = math.hypot(seconds, MEAN_DEVIATION * blur)
        return math.hypot(estimate.deviation * math.sqrt(time), estimate.rate * blur)

    def _learn_drift(self, position: float, seconds: float, shift: float) -> None:
        """Learn that a session at this position moved by `shift` within `seconds`, which may be negative."""
        if abs(seconds) < LONG_ENOUGH:
            return
        stretch = int(position) // STRETCH
        rate, deviation = shift / seconds, self._at(position).deviation
        if known := self.drift.get(stretch):
            error = abs(rate - known.rate) * math.sqrt(abs(seconds)) / MEAN_DEVIATION
            rate = known.rate + RATE_WEIGHT * (rate - known.rate)
            deviation += DEVIATION_WEIGHT * (error - deviation)
        self.drift[stretch] = Estimate(rate, deviation)

    def _at(self, position: float) -> Estimate:
        """Return the estimate for a position. Where its stretch has none: the rate of the next one, and a guess."""
        stretch = int(position) // STRETCH
        if known := self.drift.get(stretch):
            return known
        nearest = min(self.drift, key=lambda other: abs(other - stretch), default=None)
        rate = 0.0 if nearest is None else self.drift[nearest].rate
        # The rate is what begins before a position, less what ends there; chance comes from both.
        return Estimate(rate, math.sqrt(max(abs(rate), rate + 2.0 * position / TYPICAL_STAY)))


def seen_at(page: Page) -> float:
    """Return when a page was seen, in the event loop's time: in the middle of its round trip."""
    return (page.sent + page.received) / 2
