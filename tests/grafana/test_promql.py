from __future__ import annotations

import pytest

from tests.grafana.promql import Selector, selectors


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", [Selector("up", {}, "", "")]),
        (
            'sum by (a, b) (rate(x_total{job=~"$job", a!="} ("}[$__rate_interval])) * 60 > 0',
            [Selector("x_total", {"job": ("=~", "$job"), "a": ("!=", "} (")}, "$__rate_interval", "rate")],
        ),
        (
            'max(x{a="1"}) by (b) and on (job) y or on () vector(0) unless z',
            [Selector("x", {"a": ("=", "1")}, "", "max"), Selector("y", {}, "", ""), Selector("z", {}, "", "")],
        ),
        (
            'label_replace(x > on (a) group_right () y, "b", "$1", "c", "(.+)")',
            [Selector("x", {}, "", "label_replace"), Selector("y", {}, "", "label_replace")],
        ),
        ("time() - x > bool 1e3", [Selector("x", {}, "", "")]),
    ],
)
def test_finds_selectors(expression: str, expected: list[Selector]) -> None:
    assert selectors(expression) == expected


def test_does_not_skip_what_it_cannot_read() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        selectors("up ? 1")
