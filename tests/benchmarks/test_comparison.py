from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.cells import Cell, Contender, grid
from benchmarks.comparison import FULL, OVERVIEW, QUICK, Plan, section_of
from benchmarks.summary import Summary
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow
from tests.benchmarks.outcome import outcome


def test_every_cell_is_read_by_everyone_on_the_virtual_clock_with_both_kinds_of_second() -> None:
    seen = {(one.cell, one.contender, one.window) for one in FULL.virtual}
    assert seen == {(cell, contender, window) for cell in grid() for contender in Contender for window in RateWindow}


def test_the_exporter_is_read_often_enough_to_tell_99_of_100_from_less() -> None:
    """Over the 18 cells of a size, where it is not in each of them."""
    readings: Counter[int] = Counter()
    for one in FULL.virtual:
        if one.contender is Contender.EXPORTER:
            readings[one.cell.sessions] += one.readings
    of_each_cell = {size: count // 18 for size, count in readings.items()}
    assert of_each_cell == {25: 100, 400: 100, 900: 100, 5_000: 40, 20_000: 8}


def test_every_size_latency_and_jitter_of_one_order_is_read_in_real_time() -> None:
    cells = [cell for cells, _, _ in FULL.real for cell in cells]
    (order,) = {cell.order for cell in cells}
    assert set(cells) == set(grid(orders=(order,)))
    assert set(cells) >= set(OVERVIEW)


@pytest.mark.parametrize("plan", [FULL, QUICK], ids=["full", "quick"])
def test_every_series_has_a_seed_that_the_contenders_share(plan: Plan) -> None:
    exporter = {one.seed for one in plan.virtual if one.contender is Contender.EXPORTER}
    for contender in Contender:
        seeds = [one.seed for one in plan.virtual if one.contender is contender]
        assert len(set(seeds)) == len(seeds)
        assert set(seeds) <= exporter


def test_the_overview_is_over_all_orders_in_ten_rows() -> None:
    summaries = [
        Summary(Cell(25, 0.06, 0.0, order), Contender.SDK, [outcome(missed=missed, proven=None)], [])
        for order, missed in ((Order.OLDEST_FIRST, 4), (Order.NEWEST_FIRST, 2))
    ]
    section = section_of(summaries)
    assert len(section.table.rows) == 10
    row = section.table.rows[1]
    assert (row["sessions"], row["read by"], row["missed"]) == ("25", "SDK's loop", "3")
    assert section.data is not None
    assert [row["order"] for row in section.data.rows] == ["oldest-first", "newest-first"]
