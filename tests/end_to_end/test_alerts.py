"""From a number in the configuration to a message: all on the way is real, and the shipped files are what runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

from exporter.emulator.server import Emulator
from tests.emulated import SUPPORT, running_emulator
from tests.end_to_end.alertmanager import (
    Alertmanager,
    Webhook,
    quicker,
    running_alertmanager,
    running_webhook,
    shipped_config,
    silenced_by,
)
from tests.end_to_end.prometheus import Prometheus, running_prometheus
from tests.end_to_end.tools import free_port
from tests.processes import EXPORTER, get, running, start_exporter
from tests.prometheus.files import DIRECTORY, RULE_FILES, load

Server = TypeVar("Server")

pytestmark = pytest.mark.end_to_end

WARNING, CRITICAL = 40, 80
CALM, HIGH, HIGHER = range(10, 30), range(45, 75), range(90, 150)
"""Numbers of sessions: below both thresholds, above the first, and above both."""

FRESH = 'instance_application:tccc_signal:fresh{signal="active_sessions"}'

EXPORTER_CONFIG = """\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: {secret_key}}}
    endpoint: {endpoint}
    requests_per_second: 1000
    applications:
      - sdk_app_id: {application}
        name: support
        thresholds:
          - {{signal: active_sessions, severity: warning, above: {warning}}}
          - {{signal: active_sessions, severity: critical, above: {critical}}}
collection: {{min_interval: 0s}}
"""


class Exporter:
    """An exporter that can be stopped and started again, at the same address."""

    def __init__(self, directory: Path, endpoint: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._config = directory / "config.yaml"
        self._endpoint = endpoint
        self._running = ExitStack()

    async def start(self, secret_key: str = "emulator-secret") -> None:
        self._config.write_text(
            EXPORTER_CONFIG.format(
                endpoint=self._endpoint,
                application=SUPPORT.sdk_app_id,
                secret_key=secret_key,
                warning=WARNING,
                critical=CRITICAL,
            )
        )
        command = (*EXPORTER, f"--config.file={self._config}", f"--web.listen-address={self.address}")
        process = self._running.enter_context(running(*command))
        # In a thread, so that the emulator and the webhook answer meanwhile.
        await asyncio.to_thread(start_exporter, process)

    async def stop(self) -> None:
        await asyncio.to_thread(self._running.close)


@dataclass(frozen=True, slots=True)
class Setup:
    """A contact center whose time stands still, and everything that watches it."""

    emulator: Emulator
    exporter: Exporter
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook

    def load(self, sessions: range) -> int:
        """Bring the number of sessions into a range, at once for whoever watches, and return it."""
        center = self.emulator.centers[SUPPORT.sdk_app_id]
        center.target = (sessions.start + sessions.stop) / 2
        for _ in range(1000):
            if len(center) in sessions:
                return len(center)
            center.target *= 0.9 if len(center) >= sessions.stop else 1.02
            self.emulator.skip(30.0)
        raise AssertionError(f"there are {len(center)} sessions, and never {sessions}")


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[Setup]:
    async with AsyncExitStack() as stack:

        async def start(server: AbstractContextManager[Server]) -> Server:
            return await asyncio.to_thread(stack.enter_context, server)

        emulator = await stack.enter_async_context(running_emulator(sessions=20.0))
        webhook = await stack.enter_async_context(running_webhook())
        exporter = Exporter(tmp_path, emulator.url)
        stack.push_async_callback(exporter.stop)
        await exporter.start()
        _, exposition = await asyncio.to_thread(get, f"http://{exporter.address}/metrics")
        assert 'tccc_up{application="support"} 1.0' in exposition
        alertmanager = await start(running_alertmanager(tmp_path, shipped_config(webhook.url)))
        rules = tmp_path / "rules"
        rules.mkdir()
        for path in RULE_FILES:
            (rules / path.name).write_text(quicker(path.read_text()))
        prometheus = await start(
            running_prometheus(tmp_path, prometheus_config(exporter.address, alertmanager.url, rules / "*.yml"))
        )
        yield Setup(emulator, exporter, prometheus, alertmanager, webhook)


async def test_an_alert_comes_with_the_load_and_goes_with_it(setup: Setup) -> None:
    setup.load(CALM)
    await setup.prometheus.wait_until(f"{FRESH} <= {CALM.stop}")
    assert await asyncio.to_thread(setup.prometheus.query, 'ALERTS{application="support"}') == []

    sessions = setup.load(HIGH)
    notice = await setup.webhook.wait_for("TcccActiveSessionsHigh", "warning")
    assert notice.receiver == "chat"
    assert notice.labels == {
        "alertname": "TcccActiveSessionsHigh",
        "application": "support",
        "bound": "above",
        "collector": "sessions",
        "instance": setup.exporter.address,
        "job": "tccc",
        "severity": "warning",
        "signal": "active_sessions",
    }
    assert notice.annotations == {
        "summary": f"{sessions} active sessions on support (warning above {WARNING})",
        "description": f"active_sessions of support is {sessions}, above its warning threshold. "
        f"Seen by {setup.exporter.address}.",
        "runbook_url": f"http://{setup.exporter.address}/runbook#tcccactivesessionshigh",
    }
    # The link can be followed.
    status, runbook = await asyncio.to_thread(get, notice.annotations["runbook_url"].partition("#")[0])
    assert (status, "TcccActiveSessionsHigh" in runbook) == (200, True)

    setup.load(CALM)
    await setup.webhook.wait_for("TcccActiveSessionsHigh", "warning", "resolved")
    assert not any(notice.is_about("TcccActiveSessionsHigh", "critical", "firing") for notice in setup.webhook.notices)


async def test_critical_pages_and_silences_the_warning(setup: Setup) -> None:
    sessions = setup.load(HIGHER)
    notice = await setup.webhook.wait_for("TcccActiveSessionsHigh", "critical")
    assert notice.receiver == "page"
    assert notice.annotations["summary"] == f"{sessions} active sessions on support (critical above {CRITICAL})"
    await setup.alertmanager.wait_until(
        lambda alerts: silenced_by(alerts, "TcccActiveSessionsHigh", "warning") == {"TcccActiveSessionsHigh"}
    )


async def test_an_api_that_is_gone_is_told_and_silences_what_is_not_known_any_more(setup: Setup) -> None:
    setup.load(HIGH)
    await setup.webhook.wait_for("TcccActiveSessionsHigh", "warning")
    await setup.emulator.close()
    await setup.alertmanager.wait_until(
        lambda alerts: silenced_by(alerts, "TcccActiveSessionsHigh", "warning") == {"TcccDataStale"}
    )
    notice = await setup.webhook.wait_for("TcccApplicationFailing", "critical")
    assert notice.receiver == "page"
    assert notice.labels["application"] == "support"
    assert notice.labels["account"] == "main"
    assert notice.annotations["summary"] == "The sessions of support cannot be read (connection)"
    assert not any(one.labels["alertname"] == "TcccDataStale" for one in setup.webhook.notices)
    assert not any(one.status == "resolved" for one in setup.webhook.notices)


async def test_nobody_is_told_of_the_end_of_an_alert_while_nobody_can_see_the_calls(setup: Setup) -> None:
    setup.load(HIGH)
    await setup.webhook.wait_for("TcccActiveSessionsHigh", "warning")
    await setup.exporter.stop()
    await setup.webhook.wait_for("TcccExporterDown", "critical")
    setup.load(CALM)
    await setup.exporter.start(secret_key="refused")
    await setup.webhook.wait_for("TcccExporterDown", "critical", "resolved")
    notice = await setup.webhook.wait_for("TcccCredentialsRefused", "critical")
    assert notice.annotations["summary"] == "The key of the account main is refused (AuthFailure.SignatureFailure)"
    await setup.alertmanager.wait_until(
        lambda alerts: silenced_by(alerts, "TcccActiveSessionsHigh", "warning") == {"TcccDataStale"}
    )
    assert not any(one.is_about("TcccActiveSessionsHigh", "warning", "resolved") for one in setup.webhook.notices)

    await setup.exporter.stop()
    await setup.exporter.start()
    await setup.prometheus.wait_until(f"{FRESH} <= {CALM.stop}")
    await setup.webhook.wait_for("TcccActiveSessionsHigh", "warning", "resolved")


def prometheus_config(exporter: str, alertmanager: str, rules: Path) -> str:
    """The shipped configuration with other addresses, scraping and evaluating once a second."""
    config = load(DIRECTORY / "prometheus.yml")
    config["global"] = dict.fromkeys(config["global"], "1s")
    config["rule_files"] = [str(rules)]
    [manager] = config["alerting"]["alertmanagers"]
    manager["static_configs"] = [{"targets": [alertmanager.removeprefix("http://")]}]
    [scrape] = config["scrape_configs"]
    scrape["static_configs"] = [{"targets": [exporter]}]
    return str(yaml.safe_dump(config))
