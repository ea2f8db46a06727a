from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from exporter.metrics.exposition import render_family, text
from exporter.metrics.request_metrics import EXPECTED_FAILURES, REQUEST_BUCKETS, REQUEST_FAMILIES, RequestMetrics

LABELS = ("account", "action")
SECONDS = st.one_of(st.sampled_from(REQUEST_BUCKETS), st.floats(0.0, 100.0))


@given(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.lists(SECONDS),
    st.lists(st.sampled_from(("timeout", "FailedOperation"))),
)
def test_what_is_counted_is_shown_as_the_client_library_would(
    account: str, seconds: Sequence[float], codes: Sequence[str]
) -> None:
    disable_created_metrics()
    registry = CollectorRegistry()
    sent = Counter("tccc_api_requests", REQUEST_FAMILIES[0].help, LABELS, registry=registry).labels(account, "Action")
    failed = Counter("tccc_api_request_failures", REQUEST_FAMILIES[1].help, (*LABELS, "code"), registry=registry)
    taken = Histogram(
        "tccc_api_request_duration_seconds",
        REQUEST_FAMILIES[2].help,
        LABELS,
        buckets=REQUEST_BUCKETS,
        registry=registry,
    ).labels(account, "Action")
    metrics = RequestMetrics(account, "Action")
    for code in EXPECTED_FAILURES:
        failed.labels(account, "Action", code)
    for each in seconds:
        metrics.request_sent()
        metrics.request_answered(each)
        sent.inc()
        taken.observe(each)
    for code in codes:
        metrics.request_failed(code)
        failed.labels(account, "Action", code).inc()
    shown = "".join(text(family.render([metrics]) for family in REQUEST_FAMILIES[:3]))
    assert shown == "".join(text(map(render_family, registry.collect())))


def test_there_is_a_sample_of_each_family_from_the_start() -> None:
    metrics = RequestMetrics("main", "Action")
    assert all(family.render([metrics]).lines for family in REQUEST_FAMILIES)
