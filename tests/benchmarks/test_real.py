"""One reading of each contender, in processes of their own."""

from __future__ import annotations

from benchmarks.cells import Cell, Contender
from benchmarks.real import read_all
from benchmarks.truth import Outcome
from exporter.emulator.listing import Order

CELL = Cell(60, 0.02, 0.01, Order.NEWEST_FIRST)


async def test_every_contender_reads_the_list_and_tells_what_it_cost() -> None:
    readings = {Contender.EXPORTER: 2, Contender.SDK: 1}
    found = await read_all([CELL], readings, at_once=1)
    assert {contender: len(outcomes) for (_, contender), outcomes in found.items()} == readings
    for (_, contender), outcomes in found.items():
        assert [one.cold for one in outcomes] == [True, False][: len(outcomes)]
        for one in outcomes:
            assert one.reading.failure == ""
            assert one.throttled == 0
            assert one.requests >= 2
            _is_accounted_for(one)
            if contender is Contender.EXPORTER:
                assert (one.reading.proven, one.missed, one.twice) == (True, 0, 0)
            else:
                # What begins or ends between two pages may be missed or counted twice.
                assert one.reading.proven is None


def _is_accounted_for(outcome: Outcome) -> None:
    assert 40 <= outcome.listed <= 80
    assert outcome.reading.wall > 0.01
    assert outcome.reading.cpu is not None
    assert outcome.reading.cpu > 0
    assert outcome.reading.peak_memory is not None
    assert 10 * 2**20 < outcome.reading.peak_memory < 500 * 2**20
