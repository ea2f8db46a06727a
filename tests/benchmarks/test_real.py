"""One reading of each contender, in processes of their own."""

from __future__ import annotations

from benchmarks.cells import Cell, Contender
from benchmarks.real import read_in_turn
from exporter.emulator.listing import Order

CELL = Cell(60, 0.02, 0.01, Order.NEWEST_FIRST)


def test_every_contender_reads_the_list_and_tells_what_it_cost() -> None:
    readings = {Contender.EXPORTER: 2, Contender.SERIAL: 1, Contender.THREADS: 1}
    found = read_in_turn([CELL], readings, lambda _: None)
    assert {contender: len(outcomes) for (_, contender), outcomes in found.items()} == readings
    for outcomes in found.values():
        assert [one.cold for one in outcomes] == [True, False][: len(outcomes)]
        for one in outcomes:
            assert one.failure == ""
            assert 40 <= one.listed <= 80
            assert (one.throttled, one.twice) == (0, 0)
            assert one.missed <= 1
            assert one.requests >= 2
            assert one.wall > 0.01
            assert one.cpu is not None
            assert one.cpu > 0
            assert one.peak_memory is not None
            assert 10 * 2**20 < one.peak_memory < 500 * 2**20
