from __future__ import annotations

from dataclasses import replace

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


def test_cpu_is_compared_within_a_cell() -> None:
    own = Summary(CELL, Contender.EXPORTER, [], [replace(GOOD, cpu=0.3)])
    sdk = Summary(CELL, Contender.SERIAL, [], [replace(GOOD, cpu=0.1, requests=20, failure="RequestLimitExceeded")])
    other = Summary(replace(CELL, sessions=900), Contender.SERIAL, [], [replace(GOOD, cpu=0.1)])
    check = found(own, sdk, other)["CPU per page, as a share of the SDK's serial loop: 0.25"]
    assert (check.figure, check.met) == ("0.30 (5,000, 100 ms, jitter 0 ms, by-id)", False)


def test_what_was_not_measured_is_no_target() -> None:
    targets = found(Summary(CELL, Contender.EXPORTER, [GOOD], []))
    assert not [target for target in targets if "20,000" in target or "wall" in target or "CPU" in target]
