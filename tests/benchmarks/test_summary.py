from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.cells import Cell, Contender
from benchmarks.outcomes import Outcome
from benchmarks.summary import COLUMNS, Summary
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome

CELL = Cell(1000, 0.1, 0.05, Order.BY_ID)


def row(
    virtual: Sequence[Outcome], real: Sequence[Outcome] = (), contender: Contender = Contender.EXPORTER
) -> dict[str, str]:
    return dict(zip(COLUMNS, Summary(CELL, contender, virtual, real).row(), strict=True))


def test_counts_are_of_both_clocks_and_times_of_the_real_one() -> None:
    virtual = [outcome(missed=1, wall=1.1), outcome(twice=30, throttled=2, proven=False, wall=1.1)]
    real = [
        outcome(cold=True, wall=9.0, cpu=9.0, peak_memory=2**20),
        outcome(wall=2.2, cpu=0.02, peak_memory=3 * 2**20, requests=80),
    ]
    assert row(virtual, real) == {
        "sessions": "1,000",
        "latency, ms": "100",
        "jitter, ms": "50",
        "order": "by-id",
        "contender": "exporter",
        "readings": "2 + 2",
        "wall / limit": "2.00 (2.00)",
        "virtual wall / limit": "1.00 (1.00)",
        "requests / pages": "1.25",
        "throttled": "0.5",
        "missed": "0.25",
        "twice": "7.5",
        "proven": "3/4",
        "CPU ms per 1,000": "20",
        "peak MiB": "3.0",
    }


def test_a_cold_reading_counts_where_it_is_the_only_one() -> None:
    assert row([], [outcome(cold=True, wall=2.2)])["wall / limit"] == "2.00 (2.00)"


def test_what_failed_misses_nothing_and_takes_no_time() -> None:
    failed = outcome(failure="RequestLimitExceeded", requests=25, throttled=5, missed=990, proven=None, wall=0.1)
    cells = row([failed, failed], contender=Contender.SERIAL)
    assert cells["virtual wall / limit"] == "failed after 20 pages"
    assert (cells["missed"], cells["twice"], cells["proven"], cells["throttled"]) == ("-", "-", "-", "5")
    mixed = row([failed, outcome(missed=3, proven=None, wall=2.2)], contender=Contender.SERIAL)
    assert mixed["virtual wall / limit"] == "2.00 (2.00, 1 failed)"
    assert mixed["missed"] == "3"


@pytest.mark.parametrize("contender", [Contender.SERIAL, Contender.THREADS])
def test_only_the_exporter_proves_anything(contender: Contender) -> None:
    assert row([outcome(proven=None)], contender=contender)["proven"] == "-"


def test_a_failed_reading_of_the_exporter_is_not_proven() -> None:
    summary = Summary(CELL, Contender.EXPORTER, [outcome(), outcome(proven=None, failure="failed")], [])
    assert summary.proven == 0.5
