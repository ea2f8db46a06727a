"""The comparison of the exporter with the vendor's SDK: carries the plan out, and makes the table of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from benchmarks.cells import ORDERS, Cell, Contender
from benchmarks.document import Section, Table
from benchmarks.floor import floor_section
from benchmarks.plan import SIDE_BY_SIDE, Plan
from benchmarks.real import Outcomes, read_in_turn, read_side_by_side
from benchmarks.summary import COLUMNS, Summary
from benchmarks.targets import checks
from benchmarks.virtual import run_all
from benchmarks.warm import warm_section

_TEXT = f"""
The emulator simulates a contact center whose calls last 180 s in the mean, 20 requests a second are allowed, and a
round trip takes the latency, give or take the jitter. The SDK keeps its connections alive, which is not its default but
faster; it does not retry, so the first throttled request ends its reading.

- Readings: so many on a virtual clock, half of them against a server that counts fixed seconds and half against sliding
  ones, and so many in real time, against the stricter sliding second. The exporter runs whole on either clock; of the
  SDK, which blocks its threads, a model runs on the virtual one. Lists of 25 and 400 sessions are read one by one,
  longer ones up to {SIDE_BY_SIDE} cells side by side.
- Wall / limit: the median time, in brackets the longest, as a multiple of the physical limit
  floor((ceil(N/25) - 1) / 20) s and one round trip, N being the length of the list at the first view. In real time, and
  beside it on the virtual clock, where nothing takes time but the network. The first reading of a process is left out
  where there are others.
- Requests / pages: requests over ceil(N/25), the mean.
- Throttled, missed, twice: requests refused, sessions up throughout the reading that are not in its result, and
  sessions counted more than once, all per reading. The emulator knows the truth: up throughout means from the first
  view of the list to the last one.
- Proven: the readings that say of themselves that nothing is missing. The SDK says nothing of the kind.
- CPU of the process in milliseconds per 1,000 sessions, and its peak of resident memory: in real time only.
"""


def comparison(plan: Plan, tell: Callable[[str], None]) -> list[Section]:
    """Read everything, and return the table of all, what limits it, and that of the short lists."""
    summaries = _summaries(_virtual(plan, tell), _real(plan, tell))
    rows = [summary.row() for summary in summaries]
    own = [summary for summary in summaries if summary.contender is Contender.EXPORTER]
    table = Section("Reading a list", _TEXT, Table(COLUMNS, rows), checks(summaries))
    return [table, floor_section(own), warm_section([summary for summary in own if summary.real])]


def _virtual(plan: Plan, tell: Callable[[str], None]) -> Outcomes:
    found: Outcomes = defaultdict(list)
    tell(f"{len(plan.virtual)} series on the virtual clock")
    for done, (series, outcomes) in enumerate(run_all(plan.virtual), 1):
        found[series.cell, series.contender] += outcomes
        if done % 50 == 0:
            tell(f"{done} of {len(plan.virtual)} series")
    return found


def _real(plan: Plan, tell: Callable[[str], None]) -> Outcomes:
    found = read_in_turn(*plan.in_turn, tell)
    for cells, readings in plan.side_by_side:
        found.update(read_side_by_side(cells, readings, SIDE_BY_SIDE, tell))
    return found


def _summaries(virtual: Outcomes, real: Outcomes) -> list[Summary]:
    return [
        Summary(cell, contender, virtual.get((cell, contender), []), real.get((cell, contender), []))
        for cell, contender in sorted({*virtual, *real}, key=_place)
    ]


def _place(key: tuple[Cell, Contender]) -> tuple[int, float, float, int, int]:
    cell, contender = key
    order = list(ORDERS).index(cell.order)
    return cell.sessions, cell.latency, cell.jitter, order, list(Contender).index(contender)
