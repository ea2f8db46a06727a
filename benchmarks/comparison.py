"""The exporter beside the vendor's SDK: which cells are read how often, and the tables of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from benchmarks.cells import ORDERS, Cell, Contender, grid
from benchmarks.document import Section, Table
from benchmarks.real import Outcomes, Readings, read_all
from benchmarks.summary import Summary
from benchmarks.targets import checks
from benchmarks.virtual import Series, run_all
from exporter.emulator.listing import Order
from exporter.emulator.rate import RateWindow

OVERVIEW = (Cell(25, 0.06), Cell(400, 0.06), Cell(400, 0.15, 0.075), Cell(5_000, 0.06), Cell(5_000, 0.15, 0.075))
"""What a user wants to see first, of whatever order."""

_TEXT = """
What a scrape takes and costs, beside a loop over the pages with the vendor's Python SDK. The round trip is that to the
API, ± how much it varies. Calls last three minutes and come and go while a list is read, so a later page may show a
session again, or no longer show one that has moved ahead. "Missed" are sessions that were active all the time and are
not in the result, "counted twice" those that are in it again: per scrape, in the mean over lists sorted by start
(either way) and by id. "Proven" are the scrapes of which the exporter says that nothing is missing
(`tccc_snapshot_complete`). The API allows 20 requests of 25 sessions a second: that is why 5,000 sessions take nine
seconds. The first scrape after a start has to connect, and does not know yet how long the list is.

[benchmarks.csv](benchmarks.csv) has all lists that were read.

- `readings`: so many on a virtual clock, where nothing takes time but the network, half of them against a server that
  counts fixed seconds and half against sliding ones, and so many in real time, against the sliding second. Of the SDK a
  model runs on the virtual clock. In real time it keeps its connections alive, which is not its default but faster.
- `wall / limit`: the median time, in brackets the longest, as a multiple of the physical limit
  floor((ceil(N/25) - 1) / 20) s and one round trip, N being the length of the list. Without the first reading.
- `requests / pages`: requests over ceil(N/25), the mean. `throttled`, `missed`, `twice`: the mean of a reading.
- `CPU ms per page`, `peak MiB`: of the contender's process, in real time; resident memory.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """`virtual`: on the virtual clock. `real`: in real time, cells with their readings and how many run at once."""

    virtual: list[Series]
    real: list[tuple[list[Cell], Readings, int]]


def series_of(cells: Iterable[Cell], groups: Mapping[Contender, int], readings: int) -> list[Series]:
    """Return so many series each: fixed and sliding seconds by turns, every series a contact center of its own."""
    windows = (RateWindow.FIXED, RateWindow.SLIDING)
    return [
        Series(cell, contender, windows[number % 2], f"{cell} {number}", readings)
        for cell, (contender, count) in product(cells, groups.items())
        for number in range(count)
    ]


def _real(sizes: Sequence[int], exporter: int, sdk: int, at_once: int) -> tuple[list[Cell], Readings, int]:
    cells = grid(sizes, orders=(Order.OLDEST_FIRST,))
    return cells, {Contender.EXPORTER: exporter, Contender.SDK: sdk}, at_once


FULL = Plan(
    virtual=[
        *series_of(grid((25, 400, 900)), {Contender.EXPORTER: 4}, readings=25),
        *series_of(grid((5_000,)), {Contender.EXPORTER: 2}, readings=20),
        *series_of(grid((25, 400, 900, 5_000)), {Contender.SDK: 2}, readings=3),
        *series_of(grid((20_000,)), {Contender.EXPORTER: 2}, readings=4),
        *series_of(grid((20_000,)), {Contender.SDK: 2}, readings=1),
    ],
    # Who waits for the rate most of the time does not mind others; short lists are read one by one.
    real=[_real((25, 400), 41, 5, 1), _real((900, 5_000), 3, 2, 6), _real((20_000,), 2, 1, 6)],
)
"""Every cell on the virtual clock, and every size, latency and jitter of one order in real time."""
QUICK = Plan(
    virtual=series_of(
        [replace(cell, order=order) for cell in OVERVIEW for order in ORDERS], dict.fromkeys(Contender, 2), 5
    ),
    real=[
        ([cell for cell in OVERVIEW if cell.sessions < 1_000], {Contender.EXPORTER: 21, Contender.SDK: 3}, 1),
        ([cell for cell in OVERVIEW if cell.sessions > 1_000], {Contender.EXPORTER: 2, Contender.SDK: 1}, 2),
    ],
)
"""The cells of the overview."""


async def compare(plan: Plan, log: Callable[[str], None]) -> list[Section]:
    """Read everything, and return the overview with the table of all."""
    virtual: Outcomes = defaultdict(list)
    for done, (series, outcomes) in enumerate(run_all(plan.virtual), 1):
        virtual[series.cell, series.contender] += outcomes
        if done % 50 == 0:
            log(f"{done} of {len(plan.virtual)} series on the virtual clock")
    real: Outcomes = {}
    for cells, readings, at_once in plan.real:
        real |= await read_all(cells, readings, at_once=at_once, log=log)
    summaries = [
        Summary(cell, contender, virtual.get((cell, contender), []), real.get((cell, contender), []))
        for cell, contender in product(grid(), Contender)
        if (cell, contender) in {*virtual, *real}
    ]
    return [section_of(summaries)]


def section_of(summaries: Sequence[Summary]) -> Section:
    """Return the overview, with the targets and the table of all cells."""
    overview = Table(
        [_over_all_orders(summaries, cell, one).overview_row() for cell, one in product(OVERVIEW, Contender)]
    )
    return Section("A scrape", _TEXT, overview, checks(summaries), Table([summary.row() for summary in summaries]))


def _over_all_orders(summaries: Iterable[Summary], cell: Cell, contender: Contender) -> Summary:
    chosen = [one for one in summaries if one.contender is contender and replace(one.cell, order=cell.order) == cell]
    virtual = [outcome for one in chosen for outcome in one.virtual]
    return Summary(cell, contender, virtual, [outcome for one in chosen for outcome in one.real])
