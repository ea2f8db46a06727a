"""Figures in running text are those of the code, and those of the benchmarks."""

from __future__ import annotations

import re

import pytest

from exporter.application import PATIENCE
from exporter.metrics.skill_groups import MOST_SKILL_GROUPS
from exporter.staff.refresh import INTERVAL, SHORTEST_INTERVAL
from exporter.staff.staff_list import PAGE_SIZE
from tests.documents.markdown import DOCS, document

OPERATIONS, CONFIGURATION, METRICS = (
    document(DOCS / f"{name}.md") for name in ("operations", "configuration", "metrics")
)
BENCHMARKS = document(DOCS / "benchmarks.md")


def test_how_long_a_scrape_waits_for_what_is_read_beside_the_list() -> None:
    assert f"A scrape waits at most {PATIENCE:.0f} s for queues and staff" in OPERATIONS.prose
    assert f"A scrape waits at most {PATIENCE:.0f} seconds for" in CONFIGURATION.prose
    assert f"A scrape waits for `inbound` and `staff` {PATIENCE:.0f} seconds at most" in METRICS.prose


def test_how_often_the_staff_list_is_read() -> None:
    [row] = [row for row in CONFIGURATION.table("collector") if row[0] == "`staff`"]
    assert f"one for {PAGE_SIZE} people" in row[2]
    assert f"every {INTERVAL / 60:.0f} minutes" in row[3]
    assert SHORTEST_INTERVAL == 60
    assert "within a minute" in row[3]


def test_how_many_skill_groups_have_series() -> None:
    assert f"{MOST_SKILL_GROUPS} skill groups" in OPERATIONS.prose
    assert f"beyond {MOST_SKILL_GROUPS} of them" in METRICS.prose


@pytest.mark.parametrize("row", OPERATIONS.table("calls up")[:3], ids=lambda row: row[0])
def test_the_capacity_is_what_was_measured(row: list[str]) -> None:
    [measured] = [
        one for one in BENCHMARKS.table("sessions") if (one[0], one[1][:5], one[2]) == (row[0], "60 ms", "exporter")
    ]
    for told, found in ((row[1], measured[4]), (row[2], measured[5])):
        # A new run of the benchmarks may differ a little.
        assert number(told) == pytest.approx(number(found), rel=0.15)


def number(cell: str) -> float:
    return float(re.findall(r"[\d.]+", cell)[0])
