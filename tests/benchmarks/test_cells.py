from __future__ import annotations

import pytest

from benchmarks.cells import fewest_requests, grid, physical_limit


@pytest.mark.parametrize(
    ("sessions", "requests", "limit"),
    [
        (0, 1, 0.1),
        (25, 1, 0.1),
        (26, 2, 0.1),
        (500, 20, 0.1),
        (501, 21, 1.1),
        (1000, 40, 1.1),
        (5000, 200, 9.1),
        (20_000, 800, 39.1),
    ],
)
def test_the_physical_limit(sessions: int, requests: int, limit: float) -> None:
    assert fewest_requests(sessions) == requests
    assert physical_limit(sessions, 0.1) == pytest.approx(limit)


def test_the_grid_has_every_combination_once() -> None:
    cells = grid()
    assert len(set(cells)) == len(cells) == 5 * 3 * 2 * 3
    assert {cell.jitter / cell.latency for cell in cells} == {0.0, 0.5}
