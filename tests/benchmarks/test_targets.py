from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.cells import Cell, Contender
from benchmarks.document import Check
from benchmarks.summary import Summary
from benchmarks.targets import bound, checks
from benchmarks.truth import Outcome
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome

CELL = Cell(5_000, 0.1, 0.0, Order.BY_ID)
GOOD: dict[str, Any] = {"listed": 5_000, "wall": 9.1, "requests": 200, "cpu": 0.1}


def good(**changes: Any) -> Outcome:
    return outcome(**(GOOD | changes))


def found(*summaries: Summary) -> dict[str, Check]:
    return {check.target: check for check in checks(summaries)}


def test_what_is_within_every_target_is_met() -> None:
    own = Summary(CELL, Contender.EXPORTER, [good()] * 3, [good()])
    sdk = Summary(CELL, Contender.SDK, [], [good(cpu=1.0, missed=70, proven=None)])
    assert [check for check in found(own, sdk).values() if not check.met] == []


def test_the_worst_cell_of_the_exporter_counts() -> None:
    fine = Summary(CELL, Contender.EXPORTER, [good()] * 100, [])
    bad = Summary(replace(CELL, jitter=0.05), Contender.EXPORTER, [good()] * 8 + [good(missed=2, proven=False)], [])
    verdicts = found(fine, bad)
    assert verdicts["sessions missed: 0"] == Check(
        "sessions missed: 0", "2 (5,000, 100 ms, jitter 50 ms, by-id)", met=False
    )
    proven = verdicts["proven, up to 5,000 sessions: 99 %"]
    assert (proven.figure, proven.met) == ("88.9% (5,000, 100 ms, jitter 50 ms, by-id)", False)
    assert verdicts["sessions counted twice: 0"].figure == "0"


@pytest.mark.parametrize(
    ("jitter", "cpu", "met"),
    [
        (0.0, 0.4, {"no jitter: 0.4": True, "in any cell: 0.6": True}),
        (0.0, 0.41, {"no jitter: 0.4": False, "in any cell: 0.6": True}),
        (0.05, 0.6, {"in any cell: 0.6": True}),
        (0.05, 0.61, {"in any cell: 0.6": False}),
    ],
)
def test_cpu_is_compared_within_a_cell_and_of_jitter_more_is_allowed(
    jitter: float, cpu: float, met: dict[str, bool]
) -> None:
    cell = replace(CELL, jitter=jitter)
    own = Summary(cell, Contender.EXPORTER, [], [good(cpu=cpu)])
    sdk = Summary(cell, Contender.SDK, [], [good(cpu=0.1, requests=20, failure="RequestLimitExceeded")])
    other = Summary(replace(cell, sessions=900), Contender.SDK, [], [good(cpu=0.1)])
    verdicts = {target: check.met for target, check in found(own, sdk, other).items() if "CPU" in target}
    assert {target.rpartition(", ")[2]: is_met for target, is_met in verdicts.items()} == met


def test_the_first_reading_of_a_long_list_with_jitter_may_take_more_requests_than_later_ones() -> None:
    cell = Cell(20_000, 0.15, 0.075, Order.BY_ID)
    first, later = good(listed=20_000, requests=1190, cold=True), good(listed=20_000, requests=1130)
    verdicts = found(Summary(cell, Contender.EXPORTER, [first, later], []))
    assert verdicts["that of the first scrape: 1.5"].met
    assert verdicts["requests / pages, 20,000, jitter: 1.4"].figure.startswith("1.413")
    assert not verdicts["requests / pages, 20,000, jitter: 1.4"].met


def test_what_was_not_measured_is_no_target() -> None:
    targets = found(Summary(CELL, Contender.EXPORTER, [good()], []))
    assert not [target for target in targets if "20,000" in target or "time" in target or "CPU" in target]


@pytest.mark.parametrize(
    ("jitter", "warm", "cold"),
    [(0.0, 0.150, 0.250), (0.05, 0.185, 0.285)],
)
def test_the_bounds_of_short_lists(jitter: float, warm: float, cold: float) -> None:
    cell = Cell(400, 0.1, jitter)
    assert (bound(cell, cold=False), bound(cell, cold=True)) == pytest.approx((warm, cold))


@pytest.mark.parametrize(("warm", "cold", "met"), [(0.14, 0.32, True), (0.16, 0.34, False)])
def test_scrapes_of_short_lists_are_held_against_their_bounds(warm: float, cold: float, met: bool) -> None:
    readings = [outcome(listed=390, wall=cold, cold=True), *[outcome(listed=400, wall=0.14)] * 18]
    readings += [outcome(listed=400, wall=warm), outcome(listed=400, wall=warm), outcome(listed=401, wall=9.0)]
    verdicts = found(Summary(Cell(400, 0.1), Contender.EXPORTER, [], readings))
    assert verdicts["later scrapes of up to 400 sessions within their bound: 95 %"].met is met
    assert verdicts["first scrapes of those, as a multiple of their bound: 1.3"].met is met
