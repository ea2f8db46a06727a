"""What the comparison is read against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benchmarks.cells import Cell, Contender
from benchmarks.document import Check, mebibytes
from benchmarks.summary import Summary

_MEDIUM, _LARGE = 5_000, 20_000
_MEMORY = 120 * 1024**2

Figure = Callable[[Summary], float | None]


def checks(summaries: Sequence[Summary]) -> list[Check]:
    """Return every target with the cell of the exporter that comes closest to missing it, or misses it most."""
    own = [one for one in summaries if one.contender is Contender.EXPORTER]
    found = [
        _most("sessions missed in any cell: 0", own, lambda one: one.missed, 0, "{:.0f}"),
        _most("sessions counted twice in any cell: 0", own, lambda one: one.twice, 0, "{:.0f}"),
        _most(
            "readings that failed in any cell: 0", own, lambda one: len(one.readings) - len(one.finished), 0, "{:.0f}"
        ),
        _most("requests throttled in any cell: 0", own, lambda one: one.throttled, 0, "{:.0f}"),
        _least_proven(f"proven, up to {_MEDIUM:,} sessions: 99 %", _up_to(own, _MEDIUM), 0.99),
        _least_proven(f"proven, {_LARGE:,} sessions: 90 %", _of(own, _LARGE), 0.90),
        _requests("5,000 sessions: 1.2", _of(own, _MEDIUM), lambda one: one.requests_ratio, 1.2),
        _requests(
            "20,000 sessions, no jitter: 1.2", _of(own, _LARGE, jitter=False), lambda one: one.requests_ratio, 1.2
        ),
        _requests("20,000 sessions, jitter: 1.4", _of(own, _LARGE, jitter=True), lambda one: one.warm_requests, 1.4),
        _requests("the first reading of those: 1.5", _of(own, _LARGE, jitter=True), lambda one: one.cold_requests, 1.5),
        _wall("wall / limit, 5,000 sessions, no jitter: 1.25", own, _MEDIUM, _has_no_jitter, 1.25),
        _wall("wall / limit, 5,000 sessions, jitter, up to 60 ms: 1.3", own, _MEDIUM, _is_short_jitter, 1.3),
        _wall("wall / limit, 5,000 sessions, jitter, 150 ms: 1.45", own, _MEDIUM, _is_long_jitter, 1.45),
        _wall("wall / limit, 20,000 sessions, no jitter: 1.35", own, _LARGE, _has_no_jitter, 1.35),
        _wall("wall / limit, 20,000 sessions, jitter: 1.5", own, _LARGE, lambda cell: cell.jitter > 0, 1.5),
        _cpu("CPU per page, as a share of the SDK's serial loop, no jitter: 0.4", summaries, _has_no_jitter, 0.4),
        _cpu("CPU per page, as a share of that, in any cell: 0.6", summaries, lambda _: True, 0.6),
        _memory(own),
    ]
    return [check for check in found if check is not None]


def _most(target: str, summaries: Iterable[Summary], figure: Figure, limit: float, form: str) -> Check | None:
    found = [(value, one) for one in summaries if (value := figure(one)) is not None]
    if not found:
        return None
    value, worst = max(found, key=lambda pair: pair[0])
    where = f" ({_name(worst.cell)})" if value else ""
    return Check(target, form.format(value) + where, value <= limit)


def _least_proven(target: str, summaries: Iterable[Summary], limit: float) -> Check | None:
    found = [(one.proven, one) for one in summaries if one.proven is not None]
    if not found:
        return None
    share, worst = min(found, key=lambda pair: pair[0])
    return Check(target, f"{share:.1%} of {len(worst.readings)} ({_name(worst.cell)})", share >= limit)


def _requests(what: str, own: Sequence[Summary], figure: Figure, limit: float) -> Check | None:
    return _most(f"requests / pages, {what}", own, figure, limit, "{:.3f}")


def _wall(
    target: str, own: Sequence[Summary], sessions: int, choose: Callable[[Cell], bool], limit: float
) -> Check | None:
    chosen = [one for one in _of(own, sessions) if choose(one.cell)]
    return _most(target, chosen, lambda one: one.wall_ratio, limit, "{:.2f}")


def _cpu(target: str, summaries: Sequence[Summary], choose: Callable[[Cell], bool], limit: float) -> Check | None:
    """Both of the same cell and run. A list of one page tells of a scrape, not of a page."""
    serial = {one.cell: one.cpu_per_page for one in summaries if one.contender is Contender.SERIAL}

    def share(one: Summary) -> float | None:
        sdk = serial.get(one.cell)
        return None if sdk is None or one.cpu_per_page is None else one.cpu_per_page / sdk

    own = [one for one in summaries if one.contender is Contender.EXPORTER and one.cell.sessions > 25]
    return _most(target, [one for one in own if choose(one.cell)], share, limit, "{:.2f}")


def _memory(own: Sequence[Summary]) -> Check | None:
    sizes = [(one.peak_memory, one.cell) for one in _of(own, _LARGE) if one.peak_memory is not None]
    if not sizes:
        return None
    size, cell = max(sizes, key=lambda pair: pair[0])
    target = f"peak memory at {_LARGE:,} sessions: below {_MEMORY // 1024**2} MiB"
    return Check(target, f"{mebibytes(size)} MiB ({_name(cell)})", size < _MEMORY)


def _of(summaries: Iterable[Summary], sessions: int, *, jitter: bool | None = None) -> list[Summary]:
    return [one for one in summaries if one.cell.sessions == sessions and jitter in {None, one.cell.jitter > 0}]


def _up_to(summaries: Iterable[Summary], sessions: int) -> list[Summary]:
    return [one for one in summaries if one.cell.sessions <= sessions]


def _has_no_jitter(cell: Cell) -> bool:
    return not cell.jitter


def _is_short_jitter(cell: Cell) -> bool:
    return cell.jitter > 0 and cell.latency < 0.150


def _is_long_jitter(cell: Cell) -> bool:
    return cell.jitter > 0 and cell.latency >= 0.150


def _name(cell: Cell) -> str:
    return f"{cell.sessions:,}, {cell.latency * 1000:.0f} ms, jitter {cell.jitter * 1000:.0f} ms, {cell.order}"
