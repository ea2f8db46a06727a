"""The examples for Prometheus: whichever way the exporter is scraped, rules and dashboards see the same."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from exporter.emulator.server import Emulator
from tests.emulated import SALES, SUPPORT, running_emulator
from tests.end_to_end.dashboards import SCRAPE_INTERVAL, read_dashboards
from tests.end_to_end.prometheus import Prometheus, running_prometheus
from tests.processes import EXPORTER, running, start_exporter
from tests.prometheus.files import DIRECTORY

pytestmark = pytest.mark.end_to_end

WHOLE, PROBED, DISCOVERED = WAYS = ("prometheus", "prometheus-probe", "prometheus-sd")
TARGETS = {"support-hotline", "sales"}
EXPORTER_CONFIG = """\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: emulator-secret}}
    endpoint: {endpoint}
    requests_per_second: 1000
    applications:
      - sdk_app_id: {support}
        name: support-hotline
        thresholds: [{{signal: active_sessions, severity: critical, above: 1}}]
      - {{sdk_app_id: {sales}, name: sales}}
"""
LAST_QUARTER_OF_AN_HOUR = 900


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with running_emulator() as emulator:
        yield emulator


def example(name: str, exporter: str) -> str:
    """Return an example as it is shipped, but for the address of the exporter, and quicker."""
    text = (DIRECTORY / f"{name}.yml").read_text()
    assert "localhost:10820" in text
    text = text.replace("localhost:10820", exporter.removeprefix("http://")).replace("rules/*", f"{DIRECTORY}/rules/*")
    return re.sub(r"_(interval|timeout): [0-9]+s", r"_\1: 1s", text)


async def test_rules_and_dashboards_see_the_same_whichever_way(emulator: Emulator, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    ids = {"support": SUPPORT.sdk_app_id, "sales": SALES.sdk_app_id}
    config.write_text(EXPORTER_CONFIG.format(endpoint=emulator.url, **ids))
    async with AsyncExitStack() as stack:
        exporter = stack.enter_context(
            running(*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0")
        )
        url = await asyncio.to_thread(start_exporter, exporter)
        servers = {}
        for way in WAYS:
            (tmp_path / way).mkdir()
            servers[way] = stack.enter_context(running_prometheus(tmp_path / way, example(way, url)))
        for server in servers.values():
            await server.wait_until("count(count_over_time(tccc_up[1m]) > 5) == 2")
            await server.wait_until("count_over_time(tccc_exporter_build_info[1m]) > 5")
            await server.wait_until('instance_application:tccc_signal:beyond_threshold{application="support-hotline"}')
        found = {way: await asyncio.to_thread(assert_rules_hold, server, way) for way, server in servers.items()}
    assert sum(map(bool, found[WHOLE].values())) > 40
    assert found[PROBED] == found[WHOLE]
    assert found[DISCOVERED] == found[WHOLE]


Answers = Mapping[tuple[str, str, str], set[frozenset[tuple[str, str]]]]
"""The labels of what panels show, but for those of the target, by dashboard, panel and query."""


def assert_rules_hold(prometheus: Prometheus, way: str) -> Answers:
    """Check what Prometheus has of the applications and the exporter, and return what dashboards show of it."""
    ups = prometheus.query("up")
    assert {series.last for series in ups} == {1.0}
    assert {series.labels["job"] for series in ups} == {"tccc"}
    assert len({series.labels["instance"] for series in ups}) == 1
    targets = {series.labels["target"] for series in ups if "target" in series.labels}
    assert targets == (set() if way == WHOLE else TARGETS)
    for application in TARGETS:
        [series] = prometheus.query(f'tccc_up{{application="{application}"}}')
        assert series.labels.get("target", application) == application
    assert all(prometheus.query(f"{metric} and on (job, instance) tccc_up") for metric in OWN)
    assert prometheus.rule_health() == {"ok"}
    budget = "on (job, instance) group_left () (tccc_scrape_timeout_seconds > 0)"
    assert len(prometheus.query(f"avg_over_time(scrape_duration_seconds[5m]) / {budget}")) == len(ups)
    return dict(answers(prometheus))


OWN = ("tccc_api_requests_total", "tccc_exporter_build_info", "tccc_scrape_timeout_seconds", "process_open_fds")


def answers(prometheus: Prometheus) -> Answers:
    shown = {}
    for dashboard in read_dashboards():
        for panel in dashboard.panels:
            for query in panel.queries:
                expression = dashboard.filled_in(query.expression, LAST_QUARTER_OF_AN_HOUR, SCRAPE_INTERVAL, {})
                shown[dashboard.uid, panel.title, query.ref] = {
                    _compared(series.labels) for series in prometheus.query(expression)
                }
    return shown


def _compared(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return the labels without the target. Who is on a call changes from one server's turn to the next one's."""
    is_person = any(name.startswith("staff_") for name in labels)
    return frozenset((name, "" if is_person else value) for name, value in labels.items() if name != "target")
