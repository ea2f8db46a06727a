"""Many readings of a contender in a cell as the few figures of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from benchmarks.cells import Cell, Contender
from benchmarks.document import NOTHING, milliseconds
from benchmarks.truth import Outcome


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
    def proven(self) -> float | None:
        """The share of readings that say they are proven, None where the contender says nothing of the kind."""
        claims = [bool(one.reading.proven) for one in self.readings]
        return fmean(claims) if self.contender is Contender.EXPORTER and claims else None

    @property
    def requests_ratio(self) -> float | None:
        """The mean of the requests as a multiple of the pages that the list fills."""
        return _mean(self.finished, lambda one: one.requests_ratio)

    def requests_ratio_of(self, *, cold: bool) -> float | None:
        """That of the first readings of their process, or of the other ones."""
        return _mean([one for one in self.finished if one.cold is cold], lambda one: one.requests_ratio)

    @property
    def wall_ratio(self) -> float | None:
        """The median of the real time of readings, as a multiple of the physical limit."""
        ratios = self._ratios(self.real)
        return median(ratios) if ratios else None

    @property
    def cpu_per_page(self) -> float | None:
        """The median of the CPU seconds per request; a reading that failed costs the same per page as another."""
        costs = [one.reading.cpu / one.requests for one in _warm(self.real) if one.reading.cpu and one.requests]
        return median(costs) if costs else None

    @property
    def peak_memory(self) -> float | None:
        """The most resident memory, in MiB."""
        return max((one.reading.peak_memory / 2**20 for one in self.real if one.reading.peak_memory), default=None)

    def row(self) -> dict[str, str]:
        """Return the row of the table of all cells."""
        proven = f"{sum(bool(one.reading.proven) for one in self.readings)}/{len(self.readings)}"
        return {
            "sessions": f"{self.cell.sessions}",
            "latency ms": milliseconds(self.cell.latency),
            "jitter ms": milliseconds(self.cell.jitter),
            "order": self.cell.order,
            "contender": self.contender,
            "readings": f"{len(self.virtual)} + {len(self.real)}",
            "wall / limit": self._wall(self.real),
            "virtual wall / limit": self._wall(self.virtual),
            "requests / pages": _shown(self.requests_ratio, "{:.2f}"),
            "throttled": _shown(_mean(self.readings, lambda one: one.throttled)),
            "missed": _shown(_mean(self.finished, lambda one: one.missed)),
            "twice": _shown(_mean(self.finished, lambda one: one.twice)),
            "proven": NOTHING if self.proven is None else proven,
            "CPU ms per page": NOTHING if self.cpu_per_page is None else f"{self.cpu_per_page * 1000:.2f}",
            "peak MiB": _shown(self.peak_memory, "{:.1f}"),
        }

    def overview_row(self) -> dict[str, str]:
        """Return the row of the table that comes first."""
        finished = _finished(self.real)
        cold, warm = [one for one in finished if one.cold], _warm(finished)
        jitter = f" ± {milliseconds(self.cell.jitter)}" if self.cell.jitter else ""
        costs = [one.reading.cpu for one in warm if one.reading.cpu]
        return {
            "sessions": f"{self.cell.sessions:,}",
            "round trip": f"{milliseconds(self.cell.latency)}{jitter} ms",
            "read by": self.contender,
            "first scrape": f"{cold[0].reading.wall:.2f} s" if cold else NOTHING,
            "later scrapes": f"{median(one.reading.wall for one in warm):.2f} s" if warm else NOTHING,
            "requests": _shown(_mean(_warm(self.finished), lambda one: one.requests), "{:.0f}"),
            "CPU": f"{milliseconds(median(costs))} ms" if costs else NOTHING,
            "missed": _shown(_mean(self.finished, lambda one: one.missed)),
            "counted twice": _shown(_mean(self.finished, lambda one: one.twice)),
            "proven": _shown(self.proven, "{:.0%}"),
        }

    def _wall(self, outcomes: Sequence[Outcome]) -> str:
        if not outcomes:
            return NOTHING
        ratios = self._ratios(outcomes)
        if not ratios:
            return f"failed after {median(one.requests - one.throttled for one in outcomes):.0f} pages"
        failed = len(outcomes) - len(_finished(outcomes))
        note = f", {failed} failed" if failed else ""
        return f"{median(ratios):.2f} ({max(ratios):.2f}{note})"

    def _ratios(self, outcomes: Sequence[Outcome]) -> list[float]:
        return [outcome.wall_ratio(self.cell.latency) for outcome in _warm(_finished(outcomes))]


def _finished(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if not one.reading.failure]


def _warm(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Those whose costs count: the warm ones, unless all are cold."""
    return [one for one in outcomes if not one.cold] or outcomes


def _mean(outcomes: Sequence[Outcome], figure: Callable[[Outcome], float]) -> float | None:
    return fmean(map(figure, outcomes)) if outcomes else None


def _shown(figure: float | None, form: str = "") -> str:
    if figure is None:
        return NOTHING
    return form.format(figure) if form else "0" if not figure else f"{figure:.3g}" if figure < 10 else f"{figure:.0f}"
