from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.deadline import LONGEST_BUDGET, scrape_budget


@pytest.mark.parametrize(
    ("header", "budget"),
    [
        ("10", 9.5),
        ("10.000000", 9.5),
        ("1", 0.5),
        ("0.6", 0.3),
        ("0.001", 0.0005),
        (None, 7.0),
        ("", 7.0),
        ("soon", 7.0),
        ("0", 7.0),
        ("-3", 7.0),
        ("nan", 7.0),
        ("inf", 7.0),
        ("1e999", 7.0),
        ("3e-324", 7.0),
        ("600", 599.5),
        ("601", 600.0),
        ("86400", 600.0),
        ("1e300", 600.0),
        ("9" * 400, 7.0),
        ("\udcff", 7.0),
    ],
)
def test_budget(header: str | None, budget: float) -> None:
    assert scrape_budget(header, timeout=7.0, offset=0.5) == pytest.approx(budget)


@given(st.text(max_size=20) | st.floats().map(str))
def test_any_header_gives_a_usable_budget(header: str) -> None:
    assert 0 < scrape_budget(header, timeout=7.0, offset=0.5) <= LONGEST_BUDGET
