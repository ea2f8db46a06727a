"""What the comparison is read against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter, methodcaller
from statistics import fmean

from benchmarks.cells import Cell, Contender
from benchmarks.document import Check
from benchmarks.summary import Summary

MEDIUM, LARGE = 5_000, 20_000
SHORT_LIST = 400
"""The longest list whose scrapes are held against a bound in seconds each by itself."""

Figure = Callable[[Summary], float | None]
REQUESTS, WALL = attrgetter("requests_ratio"), attrgetter("wall_ratio")
WARM, COLD = methodcaller("requests_ratio_of", cold=False), methodcaller("requests_ratio_of", cold=True)


def bound(cell: Cell, *, cold: bool) -> float:
    """Return the seconds that a scrape of a short list may take: 1.3 round trips, with jitter 1.65, and 20 ms.

    The first one of a process has to connect and does not know how long the list is, so it may take a round trip more.
    """
    return cell.latency * ((1.65 if cell.jitter else 1.3) + cold) + 0.020


def checks(summaries: Sequence[Summary]) -> list[Check]:
    """Return every target with the cell of the exporter that comes closest to missing it, or misses it most."""
    own = [one for one in summaries if one.contender is Contender.EXPORTER]
    short, medium, large = _of(own, 1, SHORT_LIST), _of(own, MEDIUM), _of(own, LARGE)
    share = _cpu_share(summaries)
    found = [
        _most("sessions missed: 0", own, lambda one: sum(each.missed for each in one.finished), 0, "{:.0f}"),
        _most("sessions counted twice: 0", own, lambda one: sum(each.twice for each in one.finished), 0, "{:.0f}"),
        _most("scrapes that failed: 0", own, lambda one: len(one.readings) - len(one.finished), 0, "{:.0f}"),
        _most("requests throttled: 0", own, lambda one: sum(each.throttled for each in one.readings), 0, "{:.0f}"),
        _least("proven, up to 5,000 sessions: 99 %", _of(own, 1, MEDIUM), attrgetter("proven"), 0.99),
        _least("proven, 20,000 sessions: 90 %", large, attrgetter("proven"), 0.90),
        _most("requests / pages, 5,000 sessions: 1.2", medium, REQUESTS, 1.2, "{:.3f}"),
        _most("requests / pages, 20,000 sessions, no jitter: 1.2", _steady(large), REQUESTS, 1.2, "{:.3f}"),
        _most("requests / pages, 20,000, jitter: 1.4", _jittered(large), WARM, 1.4, "{:.3f}"),
        _most("that of the first scrape: 1.5", _jittered(large), COLD, 1.5, "{:.3f}"),
        _most("time / limit, 5,000 sessions, no jitter: 1.25", _steady(medium), WALL, 1.25),
        _most("time / limit, 5,000, jitter, up to 60 ms: 1.3", _jittered(medium, 0, 0.06), WALL, 1.3),
        _most("time / limit, 5,000, jitter, 150 ms: 1.45", _jittered(medium, 0.15), WALL, 1.45),
        _most("time / limit, 20,000 sessions, no jitter: 1.35", _steady(large), WALL, 1.35),
        _most("time / limit, 20,000, jitter: 1.5", _jittered(large), WALL, 1.5),
        _least("later scrapes of up to 400 sessions within their bound: 95 %", short, _share_within_bound, 0.95),
        _most("first scrapes of those, as a multiple of their bound: 1.3", short, _cold_ratio, 1.3),
        _most("CPU of a page, as a share of the SDK's, no jitter: 0.4", _steady(_of(own, 26, LARGE)), share, 0.4),
        _most("CPU of a page, as a share of that, in any cell: 0.6", _of(own, 26, LARGE), share, 0.6),
        _most("peak memory at 20,000 sessions: 120 MiB", large, attrgetter("peak_memory"), 120, "{:.1f} MiB"),
    ]
    return [check for check in found if check is not None]


def _most(
    target: str,
    summaries: Iterable[Summary],
    figure: Figure,
    limit: float,
    form: str = "{:.2f}",
    *,
    is_least: bool = False,
) -> Check | None:
    found = [(value, one.cell) for one in summaries if (value := figure(one)) is not None]
    if not found:
        return None
    value, cell = (min if is_least else max)(found, key=lambda pair: pair[0])
    text = form.format(value) + (f" ({cell})" if value else "")
    return Check(target, text, value >= limit if is_least else value <= limit)


_least = partial(_most, form="{:.1%}", is_least=True)


def _share_within_bound(one: Summary) -> float | None:
    warm = [each.reading.wall for each in one.real if not each.cold and each.listed <= SHORT_LIST]
    return fmean(wall <= bound(one.cell, cold=False) for wall in warm) if warm else None


def _cold_ratio(one: Summary) -> float | None:
    cold = [
        each.reading.wall / bound(one.cell, cold=True) for each in one.real if each.cold and each.listed <= SHORT_LIST
    ]
    return max(cold, default=None)


def _cpu_share(summaries: Iterable[Summary]) -> Figure:
    """Both of the same cell and run."""
    sdk = {one.cell: one.cpu_per_page for one in summaries if one.contender is Contender.SDK}

    def share(one: Summary) -> float | None:
        other = sdk.get(one.cell)
        return None if other is None or one.cpu_per_page is None else one.cpu_per_page / other

    return share


def _of(summaries: Iterable[Summary], least: int, most: int | None = None) -> list[Summary]:
    """Those of a size, or of a range of sizes; a list of one page tells of a scrape, not of a page."""
    return [one for one in summaries if least <= one.cell.sessions <= (most or least)]


def _steady(summaries: Iterable[Summary]) -> list[Summary]:
    return [one for one in summaries if not one.cell.jitter]


def _jittered(summaries: Iterable[Summary], least: float = 0.0, most: float = 1.0) -> list[Summary]:
    return [one for one in summaries if one.cell.jitter and least <= one.cell.latency <= most]
