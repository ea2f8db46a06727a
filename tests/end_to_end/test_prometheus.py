"""A real Prometheus scrapes the exporter, in front of an emulator whose truth is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.emulator.call import CallDirection, Status
from exporter.emulator.server import Emulator, EmulatorOptions
from tests.end_to_end.prometheus import Prometheus, running_prometheus
from tests.processes import EXPORTER, running, start_exporter

pytestmark = pytest.mark.end_to_end

SUPPORT, SALES, UNKNOWN = 1400000001, 1400000002, 1400000009
EXPORTER_CONFIG = """\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: emulator-secret}}
    endpoint: {endpoint}
    applications:
      - {{sdk_app_id: {support}, name: support}}
      - {{sdk_app_id: {sales}, name: sales}}
      - {{sdk_app_id: {unknown}, name: denied}}
"""

PROMETHEUS_CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: tccc
    static_configs: [{{targets: ["{target}"]}}]
"""


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    options = EmulatorOptions(
        applications=(SUPPORT, SALES), sessions=60.0, application_sessions={SALES: 9.0}, speed=0.0
    )
    async with Emulator(options) as emulator:
        yield emulator


def write_config(directory: Path, emulator: Emulator) -> Path:
    path = directory / "config.yaml"
    path.write_text(EXPORTER_CONFIG.format(endpoint=emulator.url, support=SUPPORT, sales=SALES, unknown=UNKNOWN))
    return path


def prometheus_config(exporter: str) -> str:
    return PROMETHEUS_CONFIG.format(target=exporter.removeprefix("http://"))


async def test_what_prometheus_sees_is_the_truth_and_no_sample_is_lost(emulator: Emulator, tmp_path: Path) -> None:
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as exporter:
        url = await asyncio.to_thread(start_exporter, exporter)
        with running_prometheus(tmp_path, prometheus_config(url)) as prometheus:
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            await asyncio.to_thread(assert_truth, prometheus, emulator)
            await prometheus.wait_until('count_over_time(tccc_up{application="support"}[1m]) > 21')
            samples = await asyncio.to_thread(prometheus.query, 'tccc_active_sessions{application="support"}[1m]')
            scrapes = await asyncio.to_thread(prometheus.query, 'up{job="tccc"}[1m]')
        [sessions], [ups] = [one.samples for one in samples], [one.samples for one in scrapes]
        assert {value for _, value in ups} == {1.0}
        assert {value for _, value in sessions} == {float(len(emulator.centers[SUPPORT]))}
        assert ups[-1][0] - ups[0][0] >= 20
        pauses = [later - earlier for (earlier, _), (later, _) in pairwise(ups)]
        assert max(pauses) < 1.5, pauses
        assert len(sessions) >= len(ups) - 1


def assert_truth(prometheus: Prometheus, emulator: Emulator) -> None:
    for name, sdk_app_id in (("support", SUPPORT), ("sales", SALES)):
        center = emulator.centers[sdk_app_id]
        assert prometheus.value(f'tccc_active_sessions{{application="{name}"}}') == len(center)
        assert prometheus.value(f'sum(tccc_sessions{{application="{name}"}})') == len(center)
        for status in Status:
            for direction in CallDirection:
                labels = f'application="{name}",status="{status.value}",direction="{direction.name.lower()}"'
                assert prometheus.value(f"tccc_sessions{{{labels}}}") == center.count(status, direction)
        staffed = sum(session.staff_member is not None for session in center.sessions)
        assert prometheus.value(f'sum(tccc_staff_sessions{{application="{name}"}})') == staffed
        waiting = sum(session.accepted is None for session in center.sessions)
        assert prometheus.value(f'sum(tccc_waiting_sessions{{application="{name}"}})') == waiting
        connected = f'tccc_session_age_seconds_gcount{{application="{name}",phase="connected"}}'
        assert prometheus.value(connected) == len(center) - waiting
    assert prometheus.value('tccc_up{application="denied"}') == 0
    assert prometheus.query('tccc_sessions{application="denied"}') == []
    assert prometheus.value('tccc_application_info{application="denied"}') == 1
    assert prometheus.value('tccc_up{application="sales"}') == 1


async def test_an_outage_and_its_end(emulator: Emulator, tmp_path: Path) -> None:
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as exporter:
        url = await asyncio.to_thread(start_exporter, exporter)
        with running_prometheus(tmp_path, prometheus_config(url)) as prometheus:
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            emulator.set_faults("permission-denied")
            await prometheus.wait_until('tccc_up{application="support"} == 0')
            assert await asyncio.to_thread(prometheus.query, 'tccc_sessions{application="support"}') == []
            await prometheus.wait_until('time() - tccc_snapshot_timestamp_seconds{application="support"} > 2')
            emulator.set_faults()
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            await prometheus.wait_until('tccc_sessions{application="support"}')
