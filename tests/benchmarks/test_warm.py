from __future__ import annotations

import pytest

from benchmarks.cells import Cell, Contender
from benchmarks.summary import Summary
from benchmarks.warm import warm_bound, warm_section
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome

CELL = Cell(400, 0.1, 0.0, Order.BY_ID)


@pytest.mark.parametrize(("jitter", "bound"), [(0.0, 0.150), (0.05, 0.185)])
def test_the_bound(jitter: float, bound: float) -> None:
    assert warm_bound(Cell(400, 0.1, jitter, Order.BY_ID)) == pytest.approx(bound)


def test_warm_ones_of_short_lists_are_counted_and_cold_ones_apart() -> None:
    warm = [outcome(listed=400, wall=0.14)] * 19 + [outcome(listed=400, wall=0.2), outcome(listed=401, wall=9.0)]
    real = [outcome(listed=390, wall=0.24, cold=True), *warm]
    section = warm_section([Summary(CELL, Contender.EXPORTER, [], real)])
    (row,) = section.table.rows
    assert [row[3], row[4], row[5], row[7], row[8]] == ["240 ms", 20, "140 ms", "150 ms", "95%"]
    assert [check.met for check in section.checks] == [True, True]


def test_too_slow_is_told() -> None:
    real = [outcome(listed=390, wall=0.34, cold=True), *[outcome(listed=400, wall=0.2)] * 2]
    section = warm_section([Summary(CELL, Contender.EXPORTER, [], real)])
    assert [check.met for check in section.checks] == [False, False]
