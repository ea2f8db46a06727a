from __future__ import annotations

from collections.abc import Sequence

from benchmarks.cells import Cell, Contender
from benchmarks.summary import Summary
from benchmarks.truth import Outcome
from exporter.emulator.listing import Order
from tests.benchmarks.outcome import outcome

CELL = Cell(1000, 0.1, 0.05, Order.BY_ID)


def row(
    virtual: Sequence[Outcome], real: Sequence[Outcome] = (), contender: Contender = Contender.EXPORTER
) -> dict[str, str]:
    return Summary(CELL, contender, virtual, real).row()


def test_counts_are_of_both_clocks_and_times_of_the_real_one() -> None:
    virtual = [outcome(missed=1, wall=1.1), outcome(twice=30, throttled=2, proven=False, wall=1.1)]
    real = [
        outcome(cold=True, wall=9.0, cpu=9.0, peak_memory=2**20),
        outcome(wall=2.2, cpu=0.02, peak_memory=3 * 2**20, requests=80),
    ]
    assert row(virtual, real) == {
        "sessions": "1000",
        "latency ms": "100",
        "jitter ms": "50",
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
        "CPU ms per page": "0.25",
        "peak MiB": "3.0",
    }


def test_a_cold_reading_counts_where_it_is_the_only_one() -> None:
    assert row([], [outcome(cold=True, wall=2.2)])["wall / limit"] == "2.00 (2.00)"


def test_what_failed_misses_nothing_and_takes_no_time() -> None:
    failed = outcome(failure="RequestLimitExceeded", requests=25, throttled=5, missed=990, proven=None, wall=0.1)
    cells = row([failed, failed], contender=Contender.SDK)
    assert cells["virtual wall / limit"] == "failed after 20 pages"
    assert (cells["missed"], cells["twice"], cells["proven"], cells["throttled"]) == ("-", "-", "-", "5")
    mixed = row([failed, outcome(missed=3, proven=None, wall=2.2)], contender=Contender.SDK)
    assert mixed["virtual wall / limit"] == "2.00 (2.00, 1 failed)"
    assert mixed["missed"] == "3"


def test_only_the_exporter_proves_anything() -> None:
    assert row([outcome(proven=None)], contender=Contender.SDK)["proven"] == "-"


def test_a_failed_reading_of_the_exporter_is_not_proven() -> None:
    summary = Summary(CELL, Contender.EXPORTER, [outcome(), outcome(proven=None, failure="failed")], [])
    assert summary.proven == 0.5


def test_the_overview_tells_what_a_scrape_takes_and_costs() -> None:
    real = [outcome(cold=True, wall=2.5, cpu=9.0, requests=44), outcome(wall=1.25, cpu=0.02, requests=42)]
    assert Summary(CELL, Contender.EXPORTER, [outcome(missed=1)], real).overview_row() == {
        "sessions": "1,000",
        "round trip": "100 ± 50 ms",
        "read by": "exporter",
        "first scrape": "2.50 s",
        "later scrapes": "1.25 s",
        "requests": "41",
        "CPU": "20 ms",
        "missed": "0.333",
        "counted twice": "0",
        "proven": "100%",
    }
