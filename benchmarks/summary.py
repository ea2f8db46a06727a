"""Many outcomes of a contender in a cell as the few figures of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.cells import Cell, Contender
from benchmarks.document import NOTHING, mebibytes
from benchmarks.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Summary:
    """The readings of a contender in a cell, on the virtual clock and on the real one; the counts are of both."""

    cell: Cell
    contender: Contender
    virtual: Sequence[Outcome]
    real: Sequence[Outcome]

    @property
    def readings(self) -> list[Outcome]:
        """All readings."""
        return [*self.virtual, *self.real]

    @property
    def finished(self) -> list[Outcome]:
        """The readings that came to their end; what others missed says nothing."""
        return _finished(self.readings)

    @property
    def throttled(self) -> int:
        """All requests that were throttled."""
        return sum(outcome.throttled for outcome in self.readings)

    @property
    def missed(self) -> int:
        """All sessions that were missed."""
        return sum(outcome.missed for outcome in self.finished)

    @property
    def twice(self) -> int:
        """All sessions that were counted twice."""
        return sum(outcome.twice for outcome in self.finished)

    @property
    def proven(self) -> float | None:
        """The share of readings that say they are proven, None where the contender says nothing of the kind."""
        claims = [bool(outcome.proven) for outcome in self.readings]
        return fmean(claims) if self.contender is Contender.EXPORTER and claims else None

    @property
    def requests_ratio(self) -> float | None:
        """The mean of the requests as a multiple of the pages that the list fills."""
        return _mean_requests(self.finished)

    @property
    def warm_requests(self) -> float | None:
        """That of the readings that were not the first of their process."""
        return _mean_requests([one for one in self.finished if not one.cold])

    @property
    def cold_requests(self) -> float | None:
        """That of the first readings."""
        return _mean_requests([one for one in self.finished if one.cold])

    @property
    def wall_ratio(self) -> float | None:
        """The median of the real time of readings, as a multiple of the physical limit."""
        ratios = self._ratios(self.real)
        return median(ratios) if ratios else None

    @property
    def cpu_per_session(self) -> float | None:
        """The median of the CPU seconds per session listed."""
        costs = [one.cpu / one.listed for one in _timed(self.real) if one.cpu is not None and one.listed]
        return median(costs) if costs else None

    @property
    def cpu_per_page(self) -> float | None:
        """The median of the CPU seconds per request; a reading that failed costs the same per page as another."""
        costs = [one.cpu / one.requests for one in _warm(self.real) if one.cpu is not None and one.requests]
        return median(costs) if costs else None

    @property
    def peak_memory(self) -> int | None:
        """The most resident memory, in bytes."""
        return max((one.peak_memory for one in self.real if one.peak_memory is not None), default=None)

    def row(self) -> list[str]:
        """Return the cells of the table, see COLUMNS."""
        cell = self.cell
        proven = f"{sum(bool(one.proven) for one in self.readings)}/{len(self.readings)}"
        cpu = self.cpu_per_session
        return [
            f"{cell.sessions:,}",
            f"{cell.latency * 1000:.0f}",
            f"{cell.jitter * 1000:.0f}",
            cell.order,
            self.contender,
            f"{len(self.virtual)} + {len(self.real)}",
            self._wall(self.real),
            self._wall(self.virtual),
            NOTHING if self.requests_ratio is None else f"{self.requests_ratio:.2f}",
            _per_reading(self.throttled, len(self.readings)),
            _per_reading(self.missed, len(self.finished)),
            _per_reading(self.twice, len(self.finished)),
            NOTHING if self.proven is None else proven,
            NOTHING if cpu is None else f"{cpu * 1e6:.0f}",
            NOTHING if self.peak_memory is None else mebibytes(self.peak_memory),
        ]

    def _wall(self, outcomes: Sequence[Outcome]) -> str:
        if not outcomes:
            return NOTHING
        ratios = self._ratios(outcomes)
        if not ratios:
            pages = median(one.requests - one.throttled for one in outcomes)
            return f"failed after {pages:.0f} pages"
        failed = len(outcomes) - len(_finished(outcomes))
        note = f", {failed} failed" if failed else ""
        return f"{median(ratios):.2f} ({max(ratios):.2f}{note})"

    def _ratios(self, outcomes: Sequence[Outcome]) -> list[float]:
        return [outcome.wall_ratio(self.cell.latency) for outcome in _timed(outcomes)]


COLUMNS = (
    "sessions",
    "latency, ms",
    "jitter, ms",
    "order",
    "contender",
    "readings",
    "wall / limit",
    "virtual wall / limit",
    "requests / pages",
    "throttled",
    "missed",
    "twice",
    "proven",
    "CPU ms per 1,000",
    "peak MiB",
)


def _mean_requests(outcomes: Sequence[Outcome]) -> float | None:
    return fmean(outcome.requests_ratio for outcome in outcomes) if outcomes else None


def _finished(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if not outcome.failure]


def _timed(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    return _warm(_finished(outcomes))


def _warm(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Those whose costs count: the warm ones, unless all are cold."""
    return [outcome for outcome in outcomes if not outcome.cold] or outcomes


def _per_reading(count: int, readings: int) -> str:
    if not readings:
        return NOTHING
    mean = count / readings
    return "0" if count == 0 else f"{mean:.3g}" if mean < 10 else f"{mean:.0f}"
