"""Rules, their tests and the runbook speak of metrics that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.metrics.catalog import FAMILIES
from exporter.metrics.self_metrics import SelfMetrics
from tests.prometheus.files import RUNBOOK, TEST_FILES, load, rules

SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}
OF_PROMETHEUS = {"up", "scrape_duration_seconds", "ALERTS"}
KEYWORDS = {"and", "or", "unless", "offset", "bool"}


def exposed() -> set[str]:
    own = SelfMetrics()
    own.requests_of("main", "Action")
    own.watch_rate_limit("main", "Action", lambda: 20.0)
    own.watch_clock("main", lambda: 0.0)
    own.watch_credentials("main", lambda: 0.0)
    lines = "".join(family.lines for family in own.families())
    of_applications = {family.name + suffix for family in FAMILIES for suffix in SUFFIXES[family.type]}
    return of_applications | set(re.findall(r"^\w+", lines, flags=re.MULTILINE)) | OF_PROMETHEUS


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def metrics_in(expression: str) -> Iterator[str]:
    """Yield the names of metrics: words that are no label, no keyword and no function."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)", " ", expression)
    for match in re.finditer(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:])(?! *\()", bare):
        if match[0] not in KEYWORDS:
            yield match[0]


def test_names_are_found_in_expressions() -> None:
    expression = (
        'sum without (code) (rate(a_total{code=~"b.*"}[5m] offset 1d)) / on (c) group_left (d) e:f:g > 1e3 and h == 0'
    )
    assert list(metrics_in(expression)) == ["a_total", "e:f:g", "h"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_uses_metrics_that_exist(rule: dict[str, str]) -> None:
    names = set(metrics_in(rule["expr"]))
    assert names
    assert names <= exposed() | recorded()


def test_every_recorded_series_is_used() -> None:
    assert recorded() <= {name for rule in rules() for name in metrics_in(rule["expr"])}


def test_queries_in_annotations_use_metrics_that_exist() -> None:
    texts = [text for rule in rules() for text in rule.get("annotations", {}).values()]
    names = {name for text in texts for name in re.findall(r"([\w:]+)\{\w+=%q", text)}
    assert names
    assert names <= exposed() | recorded()


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_tests_feed_metrics_that_exist(path: Path) -> None:
    series = [one["series"] for group in load(path)["tests"] for one in group["input_series"]]
    assert {name.partition("{")[0] for name in series} <= exposed()


def test_the_runbook_speaks_of_metrics_that_exist() -> None:
    known = exposed() | recorded()
    families = {family.name for family in FAMILIES} | {re.sub("_(bucket|count|sum|total)$", "", name) for name in known}
    names = set(re.findall(r"\b(?:\w+:)?tccc_\w+(?::\w+)?", RUNBOOK.read_text())) - {"tccc_runbook"}
    assert names
    assert names <= known | families
