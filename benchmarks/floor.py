"""How few requests pages that overlap can do with, where sessions come and go all over the list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import fmean

from benchmarks.cells import PAGE_SIZE, REQUESTS_PER_SECOND, Cell
from benchmarks.document import NOTHING, Section, Table
from benchmarks.summary import Summary
from exporter.emulator.listing import Order

STAY = 180.0
"""Seconds that a call of the emulator's lasts in the mean."""
SHORTEST = 5_000
"""Lists below take so few bursts that their ends cost as much as their joins."""
STEPS = 20
"""How finely positions and delays are looked at."""
BEYOND = 8.0
"""Deviations from the mean beyond which a count is as good as impossible."""

_TEXT = """
What keeps the requests of a list that is sorted by id above its pages. Two neighboring pages that are to prove
anything share a session. Between their two views, sessions before them begin and end, each at N / 180 a second in the
whole list, so they shift against each other by chance, and nobody knows by how many sessions until they are there. The
more they overlap, the fewer joins fail; the one costs sessions, the other a page. Least: the requests over pages where
that is weighed up best at each position, given that all rates are known, all pages of a second leave in one instant
(those of the next when the last answer has come and its place is free), every failed join is mended by a single page,
and neither the beginning nor the end costs anything. Measured: the exporter's, which knows none of that beforehand.
"""


def floor_section(summaries: Iterable[Summary]) -> Section:
    """Return the table of the exporter's readings of long lists sorted by id."""
    rows = [
        (
            f"{one.cell.sessions:,}",
            f"{one.cell.latency * 1000:.0f}",
            f"{one.cell.jitter * 1000:.0f}",
            f"{least_requests(one.cell):.3f}",
            NOTHING if one.requests_ratio is None else f"{one.requests_ratio:.3f}",
        )
        for one in summaries
        if one.cell.order == Order.BY_ID and one.cell.sessions >= SHORTEST
    ]
    columns = ("sessions", "latency, ms", "jitter, ms", "least", "measured")
    return Section("What limits it", _TEXT, Table(columns, rows))


def least_requests(cell: Cell) -> float:
    """Return the least requests as a multiple of the pages that the list fills."""
    fractions = [(step + 0.5) / STEPS for step in range(STEPS)]
    # Two delays that are anything between their bounds are likely to be a little, and unlikely to be far, apart.
    within = [(2.0 * (1.0 - apart) / STEPS, apart * cell.jitter) for apart in fractions]
    between = [(1.0, 1.0 + cell.latency + cell.jitter - (cell.latency - cell.jitter) / 2.0)]
    lost = []
    for fraction in fractions:
        rate = cell.sessions / STAY * fraction
        inside, outside = (
            _least_loss([(chance, rate * apart) for chance, apart in pair]) for pair in (within, between)
        )
        lost.append(inside + (outside - inside) / REQUESTS_PER_SECOND)
    return PAGE_SIZE / (PAGE_SIZE - fmean(lost))


def _least_loss(means: Sequence[tuple[float, float]]) -> float:
    """Return the sessions of a page that the best overlap with its neighbor costs, its mending included.

    `means` tells with which chance how many sessions begin, and as many end, between the two views.
    """
    fails = [sum(chance * tail for (chance, _), tail in zip(means, tails, strict=True)) for tails in _by_spare(means)]
    return min(1.0 + spare + PAGE_SIZE * chance for spare, chance in enumerate(fails))


def _by_spare(means: Sequence[tuple[float, float]]) -> Iterable[Sequence[float]]:
    return zip(*(_chances_beyond(mean) for _, mean in means), strict=True)


def _chances_beyond(mean: float) -> list[float]:
    """Return the chances that more sessions end than begin by over 0, 1, 2 and more, as many as a page has."""
    most = math.ceil(mean + BEYOND * math.sqrt(mean)) + PAGE_SIZE
    chances = list(accumulate(range(1, most + 1), lambda chance, count: chance * mean / count, initial=math.exp(-mean)))
    above = [*accumulate(reversed(chances))][::-1]
    return [
        sum(chance * more for chance, more in zip(chances, above[spare + 1 :], strict=False))
        for spare in range(PAGE_SIZE)
    ]
