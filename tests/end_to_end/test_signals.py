"""Every signal, from the API's answers to the alert of its threshold: all on the way is real."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from exporter.emulator.skill_groups import DEFAULT_SKILL_GROUPS
from exporter.emulator.statuses import StaffStatus
from exporter.metrics.thresholds import SKILL_GROUP_SIGNALS
from tests.emulated import SUPPORT, running_emulator
from tests.end_to_end.alertmanager import quicker
from tests.end_to_end.prometheus import running_prometheus
from tests.processes import EXPORTER, running, start_exporter
from tests.prometheus.files import RULE_FILES
from tests.prometheus.test_signals import ALERTS

pytestmark = pytest.mark.end_to_end

LIMIT = 1_000_000
"""Every signal is below it."""

QUEUE = DEFAULT_SKILL_GROUPS[0]


def thresholds(*signals: str) -> list[dict[str, object]]:
    return [{"signal": signal, "severity": "warning", "below": LIMIT} for signal in signals]


async def test_every_signal_raises_its_alert_and_a_queue_without_anybody_free_another(tmp_path: Path) -> None:
    signals = tuple(signal for signal, bound in ALERTS if bound == "below")
    application = {
        "sdk_app_id": SUPPORT.sdk_app_id,
        "name": "support",
        "thresholds": thresholds(*signals),
        "skill_groups": [{"id": QUEUE.id, "thresholds": thresholds(*SKILL_GROUP_SIGNALS)}],
    }
    expected = {(ALERTS[signal, "below"], signal, "", "") for signal in signals}
    expected |= {(ALERTS[signal, "below"], signal, str(QUEUE.id), QUEUE.name) for signal in SKILL_GROUP_SIGNALS}
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in RULE_FILES:
        (rules / path.name).write_text(quicker(path.read_text()))
    # Too few people, so that callers wait while nobody is free.
    async with running_emulator(staff=100) as emulator:
        credentials = {"secret_id": DEFAULT_SECRET_ID, "secret_key": DEFAULT_SECRET_KEY}
        account = {"name": "main", "credentials": credentials, "endpoint": emulator.url, "applications": [application]}
        config = tmp_path / "config.yaml"
        config.write_text(yaml.safe_dump({"accounts": [account]}))
        with running(*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0") as process:
            exporter = await asyncio.to_thread(start_exporter, process)
            scrape = {
                "job_name": "tccc",
                "scrape_interval": "1s",
                "scrape_timeout": "1s",
                "static_configs": [{"targets": [exporter.removeprefix("http://")]}],
            }
            document = {
                "global": {"evaluation_interval": "1s"},
                "rule_files": [str(rules / "*.yml")],
                "scrape_configs": [scrape],
            }
            with running_prometheus(tmp_path, yaml.safe_dump(document)) as prometheus:
                await prometheus.wait_until(f'count(ALERTS{{alertstate="firing",signal!=""}}) >= {len(expected)}')
                firing = await asyncio.to_thread(prometheus.query, 'ALERTS{alertstate="firing",signal!=""}')
                await prometheus.wait_until('ALERTS{alertname="TcccNobodyFree",alertstate="firing"}')
                without = await asyncio.to_thread(prometheus.query, 'ALERTS{alertname="TcccNobodyFree"}')
                center = emulator.centers[SUPPORT.sdk_app_id]
                assert await asyncio.to_thread(prometheus.rule_health) == {"ok"}
    queues, free = center.inbound().skill_groups, StaffStatus.FREE
    nobody_free = {
        group.name
        for group in center.skill_groups
        if queues[group.id].queue.count and not center.staff_statuses(group.id)[free]
    }
    assert {alert.labels["skill_group"] for alert in without} == nobody_free != set()
    names = ("alertname", "signal", "skill_group_id", "skill_group")
    assert {tuple(alert.labels.get(name, "") for name in names) for alert in firing} == expected
