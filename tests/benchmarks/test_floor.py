from __future__ import annotations

import math
from random import Random

import pytest

from benchmarks.cells import PAGE_SIZE, Cell, Contender
from benchmarks.floor import floor_section, least_requests
from benchmarks.summary import Summary
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome


def cell(sessions: int = 20_000, jitter: float = 0.0) -> Cell:
    return Cell(sessions, 0.15, jitter, Order.BY_ID)


def test_in_a_list_where_nothing_happens_pages_share_one_session() -> None:
    assert least_requests(cell(sessions=1)) == pytest.approx(PAGE_SIZE / (PAGE_SIZE - 1), abs=0.001)


def test_the_more_happens_between_two_views_the_more_it_takes() -> None:
    floors = [least_requests(cell(5_000)), least_requests(cell(5_000, 0.075)), least_requests(cell(20_000, 0.075))]
    assert floors == sorted(set(floors))


def test_it_agrees_with_overlaps_that_are_tried_out() -> None:
    """At the end of a list, where it moves as it does in the middle of one twice as long."""
    random = Random(1)
    each_way, width = 20_000 / 180.0, 0.075

    def moved(seconds: float) -> int:
        return poisson(random, each_way * seconds) - poisson(random, each_way * seconds)

    joins = [moved(abs(random.uniform(0, width) - random.uniform(0, width))) for _ in range(3_000)]
    between = [moved(1.15 + width - (0.15 - width) / 2) for _ in range(1_000)]

    def loss(shifts: list[int], overlap: int) -> float:
        return overlap + PAGE_SIZE * sum(shift >= overlap for shift in shifts) / len(shifts)

    lost = sum(
        share * min(loss(shifts, overlap) for overlap in range(1, PAGE_SIZE))
        for share, shifts in ((0.95, joins), (0.05, between))
    )
    at_the_end = PAGE_SIZE / (PAGE_SIZE - lost)
    assert 1.0 < least_requests(cell(jitter=width)) < at_the_end
    assert least_requests(cell(sessions=40_000, jitter=width)) == pytest.approx(at_the_end, rel=0.03)


def poisson(random: Random, mean: float) -> int:
    count, rest = 0, random.expovariate(1.0)
    while rest < mean:
        count, rest = count + 1, rest + random.expovariate(1.0)
    return count


def test_only_long_lists_sorted_by_id_are_shown() -> None:
    shown = [
        Summary(one, Contender.EXPORTER, [outcome()], [])
        for one in (cell(), cell(400), Cell(20_000, 0.15, 0.0, Order.OLDEST_FIRST))
    ]
    rows = floor_section(shown).table.rows
    assert [row[:3] for row in rows] == [("20,000", "150", "0")]
    assert math.isfinite(float(str(rows[0][3])))
