"""The truth about a reading: which sessions were active from its first view of the list to its last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.cells import fewest_requests, physical_limit
from exporter.emulator.call import Call
from exporter.emulator.listing import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a contender reports of one reading of the list.

    `ids`: of all sessions it would count, in whatever order, a session that it counts twice standing there twice.
    `proven`: whether it says that nothing is missing, None where it says nothing of the kind. `failure`: the error that
    ended it, empty where it came to its end. Seconds of the wall clock and of the CPU, and the most resident memory
    that its process ever had, in bytes; None where the clock is a virtual one.
    """

    ids: list[str]
    proven: bool | None = None
    failure: str = ""
    wall: float = 0.0
    cpu: float | None = None
    peak_memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A reading beside the truth.

    `listed`: how many sessions there were at the first view. `missed`: those that were active throughout, and not
    read. `twice`: how many were read more often than once, counted each time. `cold`: it was the first reading of its
    process, with connections still to be made.
    """

    reading: Reading
    listed: int
    requests: int
    throttled: int
    missed: int
    twice: int
    cold: bool

    def wall_ratio(self, latency: float) -> float:
        """Return the wall time as a multiple of the physical limit."""
        return self.reading.wall / physical_limit(self.listed, latency)

    @property
    def requests_ratio(self) -> float:
        """Return the requests as a multiple of the pages that the list fills."""
        return self.requests / fewest_requests(self.listed)


class WatchedListing(Listing):
    """A listing that remembers what was active throughout a reading; every page is one view of it.

    Counted from view to view, it needs no clock: what leaves between two views was active at the first, and is not at
    the second.
    """

    def __init__(self, listing: Listing) -> None:
        """Watch a listing, which is to be used through this one only."""
        super().__init__()
        self._listing = listing
        self._active: set[Call] | None = None
        self._left: set[Call] = set()
        self._listed = 0

    def begin(self) -> None:
        """Let the next view be the first one of a reading."""
        self._active = None

    def judge(self, reading: Reading, *, requests: int, throttled: int, cold: bool) -> Outcome:
        """Compare a reading with what was there since it began."""
        read = Counter(reading.ids)
        return Outcome(
            reading=reading,
            listed=0 if self._active is None else self._listed,
            requests=requests,
            throttled=throttled,
            missed=sum(session.session_id not in read for session in self._active or ()),
            twice=read.total() - len(read),
            cold=cold,
        )

    def add(self, session: Call) -> None:
        """Put a session where it belongs."""
        self._listing.add(session)

    def remove(self, session: Call) -> None:
        """Take a session out, which must be in the list."""
        self._listing.remove(session)
        self._left.add(session)

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return a page, and take note of the view."""
        if self._active is None:
            self._active = set(self._listing)
            self._listed = len(self._active)
        else:
            self._active -= self._left
        self._left.clear()
        return self._listing.page(offset, limit)

    def __len__(self) -> int:
        return len(self._listing)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._listing)
