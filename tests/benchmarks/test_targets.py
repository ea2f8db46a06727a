from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.cells import Cell, Contender
from benchmarks.document import Check
from benchmarks.summary import Summary
from benchmarks.targets import checks
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome

CELL = Cell(5_000, 0.1, 0.0, Order.BY_ID)
GOOD = outcome(listed=5_000, wall=9.1, requests=200, cpu=0.1)


def found(*summaries: Summary) -> dict[str, Check]:
    return {check.target: check for check in checks(summaries)}


def test_what_is_within_every_target_is_met() -> None:
    own = Summary(CELL, Contender.EXPORTER, [GOOD] * 3, [GOOD])
    sdk = Summary(CELL, Contender.SERIAL, [], [replace(GOOD, cpu=1.0, missed=70, proven=None)])
    assert [check for check in found(own, sdk).values() if not check.met] == []


def test_the_worst_cell_of_the_exporter_counts() -> None:
    good = Summary(CELL, Contender.EXPORTER, [GOOD] * 100, [])
    bad = Summary(
        replace(CELL, jitter=0.05), Contender.EXPORTER, [GOOD] * 8 + [replace(GOOD, missed=2, proven=False)], []
    )
    verdicts = found(good, bad)
    assert verdicts["sessions missed in any cell: 0"] == Check(
        "sessions missed in any cell: 0", "2 (5,000, 100 ms, jitter 50 ms, by-id)", met=False
    )
    proven = verdicts["proven, up to 5,000 sessions: 99 %"]
    assert (proven.figure, proven.met) == ("88.9% of 9 (5,000, 100 ms, jitter 50 ms, by-id)", False)
    assert verdicts["sessions counted twice in any cell: 0"].figure == "0"


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
    own = Summary(cell, Contender.EXPORTER, [], [replace(GOOD, cpu=cpu)])
    sdk = Summary(cell, Contender.SERIAL, [], [replace(GOOD, cpu=0.1, requests=20, failure="RequestLimitExceeded")])
    other = Summary(replace(cell, sessions=900), Contender.SERIAL, [], [replace(GOOD, cpu=0.1)])
    verdicts = {target: check.met for target, check in found(own, sdk, other).items() if "CPU" in target}
    assert {target.rpartition(", ")[2]: is_met for target, is_met in verdicts.items()} == met


def test_the_first_reading_of_a_long_list_with_jitter_may_take_more_requests_than_later_ones() -> None:
    cell = Cell(20_000, 0.15, 0.075, Order.BY_ID)
    first, later = replace(GOOD, listed=20_000, requests=1190, cold=True), replace(GOOD, listed=20_000, requests=1130)
    verdicts = found(Summary(cell, Contender.EXPORTER, [first, later], []))
    assert verdicts["requests / pages, the first reading of those: 1.5"].met
    assert verdicts["requests / pages, 20,000 sessions, jitter: 1.4"].figure.startswith("1.413")
    assert not verdicts["requests / pages, 20,000 sessions, jitter: 1.4"].met


def test_what_was_not_measured_is_no_target() -> None:
    targets = found(Summary(CELL, Contender.EXPORTER, [GOOD], []))
    assert not [target for target in targets if "20,000" in target or "wall" in target or "CPU" in target]
