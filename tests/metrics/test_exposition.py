"""The encoders say what those of prometheus_client say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import Metric, exposition
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    SummaryMetricFamily,
    UnknownMetricFamily,
)
from prometheus_client.openmetrics import exposition as openmetrics_exposition
from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.catalog import SESSION_AGE, SESSIONS
from exporter.metrics.exposition import OPENMETRICS_END, openmetrics, render_family, select, text
from exporter.metrics.self_metrics import SelfMetrics
from exporter.metrics.series import Series
from exporter.metrics.series import families as families_of


@dataclass
class FamilyList:
    families: list[Metric]

    def collect(self) -> list[Metric]:
        return self.families


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}[a-z]", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
# Without -0.0, which the library shows with its sign and this exporter never has.
VALUES = st.floats().map(lambda value: value or 0.0) | st.integers(-(10**12), 10**12).map(float)
FAMILIES: tuple[Any, ...] = (GaugeMetricFamily, CounterMetricFamily, UnknownMetricFamily, InfoMetricFamily)
HISTOGRAMS: tuple[Any, ...] = (HistogramMetricFamily, GaugeHistogramMetricFamily)


@st.composite
def families(draw: st.DrawFn) -> Metric:
    name, documentation = draw(NAMES), draw(TEXTS)
    labels = draw(st.lists(NAMES.filter(lambda label: label != "le"), max_size=3, unique=True))
    values = [draw(TEXTS) for _ in labels]
    family: Any
    match draw(st.sampled_from(["simple", "histogram", "summary"])):
        case "simple":
            kind = draw(st.sampled_from(FAMILIES))
            family = kind(name, documentation, labels=labels)
            value = {"version": draw(TEXTS)} if kind is InfoMetricFamily else draw(VALUES)
            family.add_metric(values, value)
        case "histogram":
            family = draw(st.sampled_from(HISTOGRAMS))(name, documentation, labels=labels)
            family.add_metric(values, [("1.0", 3.0), ("+Inf", draw(st.floats(3, 1e12)))], draw(VALUES))
        case _:
            family = SummaryMetricFamily(name, documentation, labels=labels)
            family.add_metric(values, draw(VALUES), draw(VALUES))
    assert isinstance(family, Metric)
    return family


@given(st.lists(families(), max_size=4))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_same_bytes_as_the_library(generated: list[Metric]) -> None:
    reference: Any = FamilyList(generated)
    written = [render_family(family) for family in generated]
    assert "".join(text(written)).encode() == exposition.generate_latest(reference)
    assert ("".join(openmetrics(written)) + OPENMETRICS_END).encode() == openmetrics_exposition.generate_latest(
        reference
    )


def test_nothing_to_encode() -> None:
    assert "".join(text([])) == ""
    assert "".join(openmetrics([])) == ""


def test_the_exporters_own_families() -> None:
    own = SelfMetrics()
    requests = own.requests_of("main", "Action")
    requests.request_sent()
    requests.request_answered(0.2)
    requests.request_failed("timeout")
    exposed = "".join(text(own.families()))
    assert 'tccc_api_requests_total{account="main",action="Action"} 1.0\n' in exposed
    assert len(list(text_string_to_metric_families(exposed))) > 10


def test_a_label_may_hold_what_looks_like_the_end_of_a_line() -> None:
    family = GaugeMetricFamily("seen", "Seen.", labels=["by"])
    family.add_metric(["a\u2028b\x0bc\nd"], 1.0)
    assert select([render_family(family)], ["seen"]) == [render_family(family)]
    histogram = GaugeHistogramMetricFamily("age", "Age.", labels=["by"])
    histogram.add_metric(["a\u2028b"], [("1.0", 1.0), ("+Inf", 2.0)], 3.0)
    (count,) = select([render_family(histogram)], ["age_gcount"])
    assert count.lines == 'age_gcount{by="a\u2028b"} 2.0\n'


def test_what_the_text_format_shows_apart_says_what_it_is() -> None:
    series = Series("support")
    series.add_histogram(SESSION_AGE, {"phase": "waiting"}, (5.0,), (1, 2), 30.0)
    age = "tccc_session_age_seconds"
    helps = re.findall(rf"# HELP ({age}\w*) (.*)", "".join(text(families_of([series]))))
    assert [name for name, _ in helps] == [age, f"{age}_gcount", f"{age}_gsum"]
    assert "number of sessions waiting or connected" in helps[1][1]
    assert len({documentation for _, documentation in helps}) == 3
    [selected] = select(families_of([series]), [f"{age}_gcount"])
    assert "number of sessions waiting or connected" in "".join(text([selected]))
    assert "".join(openmetrics(families_of([series]))).count("# HELP") == 1


@given(st.text(st.characters(codec=None, categories=["Cs", "Cc", "L", "Po"]), max_size=8))
def test_any_label_can_be_encoded_and_read_back(value: str) -> None:
    series = Series("support")
    series.add(SESSIONS, 1.0, {"status": value, "direction": "inbound"})
    exposed = "".join(text(families_of([series]))).encode()
    [family] = text_string_to_metric_families(exposed.decode())
    assert family.samples[0].labels["status"] == value.encode(errors="replace").decode()
