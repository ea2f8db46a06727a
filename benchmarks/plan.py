"""Which cells are read, how often, and on which clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from benchmarks.cells import Cell, Contender, grid
from benchmarks.real import Readings
from benchmarks.virtual import Series
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow

LARGE = 20_000
SIDE_BY_SIDE = 6
"""How many cells of long lists are read at once. Six side by side are as fast as one alone to within 1 %."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`virtual`: on the virtual clock. `in_turn`, `side_by_side`: cells in real time, see `benchmarks.real`."""

    virtual: list[Series]
    in_turn: tuple[list[Cell], Readings]
    side_by_side: list[tuple[list[Cell], Readings]]


def full_plan() -> Plan:
    """Every cell on the virtual clock, and every size, latency and jitter of one order in real time."""

    def cells(*sizes: int) -> list[Cell]:
        return grid(sizes, orders=(Order.OLDEST_FIRST,))

    return Plan(
        virtual=[
            *_series(grid((25, 400, 900)), {Contender.EXPORTER: 4}, readings=25),
            *_series(grid((5_000,)), {Contender.EXPORTER: 2}, readings=20),
            *_series(grid((25, 400, 900, 5_000)), {Contender.SERIAL: 2, Contender.THREADS: 2}, readings=3),
            *_series(grid((LARGE,)), {Contender.EXPORTER: 2}, readings=4),
            *_series(grid((LARGE,)), {Contender.SERIAL: 2, Contender.THREADS: 2}, readings=1),
        ],
        in_turn=(cells(25, 400), _readings(41, 2)),
        side_by_side=[
            (cells(900), _readings(6, 2)),
            (cells(5_000), _readings(3, 1)),
            (cells(LARGE), _readings(2, 1)),
        ],
    )


def quick_plan() -> Plan:
    """A few cells for daily use."""

    def cells(*sizes: int) -> list[Cell]:
        return grid(sizes, latencies=(0.060,), orders=(Order.OLDEST_FIRST,))

    few = {Contender.EXPORTER: 2, Contender.SERIAL: 2, Contender.THREADS: 2}
    orders = (Order.OLDEST_FIRST, Order.NEWEST_FIRST)
    return Plan(
        virtual=[
            *_series(grid((25, 400, 900, 5_000), latencies=(0.060,), orders=orders), few, readings=5),
            *_series(grid((LARGE,), latencies=(0.060,), jitter_shares=(0.5,), orders=orders[:1]), few, readings=1),
        ],
        in_turn=(cells(400), _readings(21, 2)),
        side_by_side=[([*cells(5_000), *grid((LARGE,), (0.060,), (0.5,), (Order.OLDEST_FIRST,))], _readings(1, 1))],
    )


def _readings(exporter: int, sdk: int) -> Readings:
    return {Contender.EXPORTER: exporter, Contender.SERIAL: sdk, Contender.THREADS: sdk}


def _series(cells: Iterable[Cell], groups: Mapping[Contender, int], readings: int) -> list[Series]:
    """So many series each: fixed and sliding seconds by turns, every series a contact center of its own."""
    windows = (RateWindow.FIXED, RateWindow.SLIDING)
    return [
        Series(cell, contender, windows[number % 2], f"{cell} {number}", readings)
        for cell, (contender, count) in product(cells, groups.items())
        for number in range(count)
    ]
