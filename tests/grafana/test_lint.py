"""The rules of the linter that the makers of Grafana keep for dashboards on Prometheus, and a few of our own."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.tools import tool
from tests.grafana.models import DASHBOARDS, RUNBOOK, Model, expressions, panels, variables
from tests.grafana.promql import selectors

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS.keys())

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}

OF_ACCOUNTS = {
    "tccc_api_requests_total",
    "tccc_api_request_failures_total",
    "tccc_api_request_duration_seconds_bucket",
    "tccc_api_rate_limit_wait_seconds_total",
    "tccc_api_rate_limit_requests_per_second",
}
OF_ALERTS = {"ALERTS", "ALERTS_FOR_STATE"}
OF_TARGETS = {
    "up",
    "scrape_duration_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "process_open_fds",
    "tccc_scrape_timeout_seconds",
    "tccc_exporter_build_info",
    "tccc_exporter_config_last_reload_successful",
    "tccc_exporter_config_last_reload_success_timestamp_seconds",
}
GAUGES_WITH_BUCKETS = {"tccc_session_age_seconds_bucket"}
EVIDENCE = {"direction": ("=", "inbound"), "outcome": ("=", "unanswered")}
"""Of a counter that only matters as not being 0."""


@every_dashboard
def test_there_is_one_data_source_and_it_is_a_variable(dashboard: Model) -> None:
    [variable] = [variable for variable in variables(dashboard).values() if variable["type"] == "datasource"]
    assert (variable["name"], variable["label"], variable["query"]) == ("datasource", "Data source", "prometheus")
    assert [panel["title"] for panel in panels(dashboard) if panel["datasource"] != DATA_SOURCE] == []
    assert [one["name"] for one in dashboard["annotations"]["list"] if one["datasource"] != DATA_SOURCE] == []


@every_dashboard
def test_variables_choose_several_or_all_and_follow_the_time_range(dashboard: Model) -> None:
    of_prometheus = variables(dashboard)
    del of_prometheus["datasource"], of_prometheus[RUNBOOK]
    special = {"tccc-exporter": ["account"], "tccc-queues": ["skill_group"]}.get(dashboard["uid"], [])
    assert list(of_prometheus) == ["job", "instance", "application", *special]
    for name, variable in of_prometheus.items():
        assert variable["type"] == "query"
        assert variable["label"] == name.replace("_", " ").capitalize()
        assert variable["datasource"] == DATA_SOURCE
        assert variable["refresh"] == 2
        assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")


@every_dashboard
def test_is_not_editable(dashboard: Model) -> None:
    assert dashboard["editable"] is False


@every_dashboard
def test_every_panel_asks_something_and_has_title_description_and_unit(dashboard: Model) -> None:
    for panel in panels(dashboard):
        assert panel["title"]
        assert len(panel["description"]) > 40, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
        assert all(target["expr"] for target in panel["targets"]), panel["title"]


@every_dashboard
def test_every_query_of_a_panel_has_a_name_of_its_own(dashboard: Model) -> None:
    for panel in panels(dashboard):
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs)), panel["title"]


@every_dashboard
def test_every_selector_follows_the_variables(dashboard: Model) -> None:
    faults = []
    for expression in expressions(dashboard):
        found = selectors(expression.text)
        assert found, expression.place
        for selector in found:
            if selector.metric in OF_ALERTS:
                # Alerts of an exporter have no application.
                expected = {"job": "$job", "instance": "$instance", "application": "$application|"}
            else:
                expected = {"job": "$job", "instance": "$instance"}
                if selector.metric in OF_ACCOUNTS:
                    expected["account"] = "$account"
                elif selector.metric not in OF_TARGETS and expression.place != "Exporters, A":
                    expected["application"] = "$application"
            if any(selector.matchers.get(label) != ("=~", value) for label, value in expected.items()):
                faults.append((expression.place, selector))
    assert faults == []


@every_dashboard
def test_counters_and_only_counters_are_rated_over_the_right_range(dashboard: Model) -> None:
    for expression in expressions(dashboard):
        for selector in selectors(expression.text):
            counts = selector.metric.endswith(("_total", "_bucket", "_count", "_sum"))
            counts = counts and selector.metric not in GAUGES_WITH_BUCKETS
            if counts and not selector.range and selector.matchers.items() >= EVIDENCE.items():
                assert re.search(rf"{selector.metric}\{{[^}}]*\}}\) > 0", expression.text), expression.place
                continue
            assert (selector.function in {"rate", "increase"}) == counts, expression.place
            if counts:
                assert selector.range == "$__rate_interval", expression.place


@every_dashboard
def test_thresholds_of_applications_and_of_skill_groups_are_told_apart(dashboard: Model) -> None:
    for expression in expressions(dashboard):
        for selector in selectors(expression.text):
            if selector.metric == "tccc_alert_threshold" and "signal" in selector.matchers:
                assert selector.matchers.get("skill_group_id") in {("=", ""), ("!=", "")}, expression.place


def test_all_queries_are_valid(tmp_path: Path) -> None:
    rules = [
        {"record": f"level:metric:{number}", "expr": expression.filled_in}
        for number, expression in enumerate(
            expression for dashboard in DASHBOARDS.values() for expression in expressions(dashboard)
        )
    ]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    checked = subprocess.run([tool("promtool"), "check", "rules", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout
