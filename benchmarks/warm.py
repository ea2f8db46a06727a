"""Short lists: how long a scrape takes once the exporter has scraped before, against what it is promised to."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median, quantiles

from benchmarks.cells import Cell
from benchmarks.document import NOTHING, Check, Section, Table, milliseconds
from benchmarks.summary import Summary

LONGEST_LIST = 400
SHARE = 0.95
COLD_EXCESS = 1.3
"""What a first scrape may take at most, as a multiple of the bound of warm ones and a round trip more."""

_TEXT = f"""
The exporter's readings of lists of at most {LONGEST_LIST} sessions, in real time. The first one of a process is cold:
it has to connect, and does not know yet how many pages to ask for at once, so it may take a round trip more. The warm
ones follow it more than a second apart. Within: the share of warm ones that took at most 1.3 round trips and 20 ms,
with jitter 1.65 round trips and 20 ms.
"""


def warm_bound(cell: Cell) -> float:
    """Return the seconds that a warm scrape of a short list may take."""
    return cell.latency * (1.65 if cell.jitter else 1.3) + 0.020


def warm_section(summaries: Sequence[Summary]) -> Section:
    """Return the table of the exporter's short readings."""
    rows, shares, colds = [], [], []
    for summary in summaries:
        cell, bound = summary.cell, warm_bound(summary.cell)
        short = [one for one in summary.real if one.listed <= LONGEST_LIST and not one.failure]
        warm = sorted(one.wall for one in short if not one.cold)
        cold = [one.wall for one in short if one.cold]
        if len(warm) < 2:
            continue
        share = fmean(wall <= bound for wall in warm)
        shares.append((share, _name(cell)))
        colds += [(wall / (bound + cell.latency), _name(cell)) for wall in cold]
        rows.append(
            (
                f"{cell.sessions:,}",
                f"{cell.latency * 1000:.0f}",
                f"{cell.jitter * 1000:.0f}",
                milliseconds(cold[0]) if cold else NOTHING,
                len(warm),
                milliseconds(median(warm)),
                milliseconds(quantiles(warm, n=20)[-1]),
                milliseconds(bound),
                f"{share:.0%}",
            )
        )
    columns = ("sessions", "latency, ms", "jitter, ms", "cold", "warm ones", "median", "95 of 100", "bound", "within")
    return Section("Warm scrapes of short lists", _TEXT, Table(columns, rows), _checks(shares, colds))


def _checks(shares: Sequence[tuple[float, str]], colds: Sequence[tuple[float, str]]) -> list[Check]:
    checks = []
    if shares:
        share, where = min(shares)
        target = f"warm scrapes of up to {LONGEST_LIST} sessions within their bound: {SHARE:.0%}"
        checks.append(Check(target, f"{share:.0%} ({where})", share >= SHARE))
    if colds:
        ratio, where = max(colds)
        target = f"first ones, of their bound and a round trip more: {COLD_EXCESS}"
        checks.append(Check(target, f"{ratio:.2f} ({where})", ratio <= COLD_EXCESS))
    return checks


def _name(cell: Cell) -> str:
    return f"{cell.sessions:,} sessions, {cell.latency * 1000:.0f} ms, jitter {cell.jitter * 1000:.0f} ms"
