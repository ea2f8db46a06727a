from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.cells import Contender, grid
from benchmarks.plan import Plan, full_plan, quick_plan
from exporter.emulator.rate import RateWindow


def test_the_full_plan_has_every_cell_and_contender_on_the_virtual_clock_with_both_kinds_of_second() -> None:
    seen = {(one.cell, one.contender, one.window) for one in full_plan().virtual}
    assert seen == {(cell, contender, window) for cell in grid() for contender in Contender for window in RateWindow}


def test_the_exporter_is_read_often_enough_to_tell_99_of_100_from_less() -> None:
    """Over the 18 cells of a size, where it is not in each of them."""
    readings: Counter[int] = Counter()
    for one in full_plan().virtual:
        if one.contender is Contender.EXPORTER:
            readings[one.cell.sessions] += one.readings
    cells_of_a_size = 3 * 2 * 3
    assert {size: count // cells_of_a_size for size, count in readings.items()} == {
        25: 100,
        400: 100,
        900: 100,
        5_000: 40,
        20_000: 8,
    }


def test_the_full_plan_has_every_size_latency_and_jitter_of_one_order_in_real_time() -> None:
    plan = full_plan()
    cells = [cell for cells, _ in (plan.in_turn, *plan.side_by_side) for cell in cells]
    (order,) = {cell.order for cell in cells}
    assert set(cells) == set(grid(orders=(order,)))


@pytest.mark.parametrize("plan", [full_plan(), quick_plan()], ids=["full", "quick"])
def test_every_series_has_a_seed_that_the_contenders_share(plan: Plan) -> None:
    exporter = {one.seed for one in plan.virtual if one.contender is Contender.EXPORTER}
    for contender in Contender:
        seeds = [one.seed for one in plan.virtual if one.contender is contender]
        assert len(set(seeds)) == len(seeds)
        assert set(seeds) <= exporter
