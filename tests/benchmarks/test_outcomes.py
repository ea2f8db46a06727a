from __future__ import annotations

import pytest

from benchmarks.outcomes import Reading, Witness, judge


def test_what_was_up_and_is_not_read_is_missed_and_what_is_read_again_is_counted_twice() -> None:
    reading = Reading(ids=["a", "b", "b", "b", "new"], wall=2.2, proven=True, cpu=0.5, peak_memory=7)
    witness = Witness(listed=30, up=["a", "b", "c", "d"], requests=3, throttled=1)
    outcome = judge(reading, witness, cold=True)
    assert (outcome.missed, outcome.twice) == (2, 2)
    assert (outcome.proven, outcome.failure, outcome.cold) == (True, "", True)
    assert (outcome.requests, outcome.throttled, outcome.cpu, outcome.peak_memory) == (3, 1, 0.5, 7)
    assert outcome.requests_ratio == 1.5
    assert outcome.wall_ratio(0.2) == pytest.approx(11.0)
