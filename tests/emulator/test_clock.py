from __future__ import annotations

import time

import pytest

from exporter.emulator.clock import SimulatedClock


class Wall:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("speed", "passed"), [(0.0, 0.0), (1.0, 10.0), (60.0, 600.0)])
def test_simulated_time_passes_at_its_speed(speed: float, passed: float) -> None:
    wall = Wall()
    clock = SimulatedClock(speed, wall)
    begin = clock.now()
    wall.now += 10.0
    assert clock.now() - begin == pytest.approx(passed)


def test_simulated_time_begins_now_with_a_whole_second() -> None:
    clock = SimulatedClock()
    assert clock.now() == pytest.approx(time.time(), abs=1.0)
    assert clock.start <= clock.now() < clock.start + 5
    assert SimulatedClock(speed=0).now() % 1 == 0


def test_even_frozen_time_can_be_skipped() -> None:
    clock = SimulatedClock(speed=0)
    clock.skip(90.5)
    assert clock.now() == clock.start + 90.5
