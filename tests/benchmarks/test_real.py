"""One reading of each contender, in processes of their own."""

from __future__ import annotations

from benchmarks.cells import Cell, Contender
from benchmarks.outcomes import Outcome
from benchmarks.real import read_in_turn
from exporter.emulator.listing import Order

CELL = Cell(60, 0.02, 0.01, Order.NEWEST_FIRST)


def test_every_contender_reads_the_list_and_tells_what_it_cost() -> None:
    readings = {Contender.EXPORTER: 2, Contender.SERIAL: 1, Contender.THREADS: 1}
    found = read_in_turn([CELL], readings, lambda _: None)
    assert {contender: len(outcomes) for (_, contender), outcomes in found.items()} == readings
    for (_, contender), outcomes in found.items():
        assert [one.cold for one in outcomes] == [True, False][: len(outcomes)]
        for one in outcomes:
            assert one.failure == ""
            assert one.throttled == 0
            assert one.requests >= 2
            _is_accounted_for(one)
            if contender is Contender.EXPORTER:
                assert (one.proven, one.missed, one.twice) == (True, 0, 0)
            else:
                assert one.proven is None  # and what begins or ends between two pages may be missed or counted twice


def _is_accounted_for(outcome: Outcome) -> None:
    assert 40 <= outcome.listed <= 80
    assert outcome.wall > 0.01
    assert outcome.cpu is not None
    assert outcome.cpu > 0
    assert outcome.peak_memory is not None
    assert 10 * 2**20 < outcome.peak_memory < 500 * 2**20
