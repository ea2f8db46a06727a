"""What came of one reading: what the contender says, what the emulator saw, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.cells import fewest_requests, physical_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a contender reports of one reading of the list.

    `ids`: of all sessions it would count, in whatever order, a session that it counts twice standing there twice.
    `proven`: whether it says that nothing is missing, None where it says nothing of the kind. `failure`: the error that
    ended it, empty where it came to its end. Seconds of the wall clock and of the CPU, and the most resident memory
    that its process ever had, in bytes; None where the clock is a virtual one.
    """

    ids: list[str]
    wall: float
    proven: bool | None = None
    failure: str = ""
    cpu: float | None = None
    peak_memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What the emulator saw of the same reading.

    `listed`: how many sessions there were at the first view. `up`: the ids of those that were up throughout, from the
    first view to the last one.
    """

    listed: int
    up: list[str]
    requests: int
    throttled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict. `cold`: it was the first reading of its process, with connections still to be made."""

    listed: int
    wall: float
    requests: int
    throttled: int
    missed: int
    twice: int
    proven: bool | None
    failure: str
    cpu: float | None
    peak_memory: int | None
    cold: bool

    def wall_ratio(self, latency: float) -> float:
        """Return the wall time as a multiple of the physical limit."""
        return self.wall / physical_limit(self.listed, latency)

    @property
    def requests_ratio(self) -> float:
        """Return the requests as a multiple of the pages that the list fills."""
        return self.requests / fewest_requests(self.listed)


def judge(reading: Reading, witness: Witness, *, cold: bool) -> Outcome:
    """Compare what was read with what was there."""
    read = Counter(reading.ids)
    return Outcome(
        listed=witness.listed,
        wall=reading.wall,
        requests=witness.requests,
        throttled=witness.throttled,
        missed=sum(session not in read for session in witness.up),
        twice=read.total() - len(read),
        proven=reading.proven,
        failure=reading.failure,
        cpu=reading.cpu,
        peak_memory=reading.peak_memory,
        cold=cold,
    )
