"""A real Prometheus scrapes the exporter, in front of an emulator whose truth is known."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest

from exporter.emulator.server import Emulator, EmulatorOptions
from exporter.emulator.session import Direction, Status
from tests.end_to_end.tools import free_port, tool
from tests.processes import EXPORTER, get, running, start_exporter

pytestmark = pytest.mark.end_to_end

SUPPORT, SALES, UNKNOWN = 1400000001, 1400000002, 1400000009
PATIENCE = 60.0

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


class Prometheus:
    """The HTTP API of a running Prometheus server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str) -> list[tuple[dict[str, str], list[tuple[float, float]]]]:
        """Return the series of an expression: labels, and samples as times and values."""
        _, body = get(f"{self._url}/api/v1/query?{urlencode({'query': expression})}")
        answer = json.loads(body)
        assert answer["status"] == "success", answer
        return [
            (one["metric"], [(float(at), float(value)) for at, value in one.get("values") or [one["value"]]])
            for one in answer["data"]["result"]
        ]

    def value(self, expression: str) -> float:
        [(_, [(_, value)])] = self.query(expression)
        return value

    async def wait_until(self, expression: str) -> None:
        """Wait until an expression has a result."""
        deadline = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(self.query, expression):
            assert time.monotonic() < deadline, f"{expression} never had a result"
            await asyncio.sleep(0.2)


@contextmanager
def running_prometheus(directory: Path, target: str) -> Iterator[Prometheus]:
    config = directory / "prometheus.yml"
    config.write_text(PROMETHEUS_CONFIG.format(target=target.removeprefix("http://")))
    address = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
    )
    with running(tool("prometheus"), *arguments) as process:
        process.wait_for("Server is ready to receive web requests")
        yield Prometheus(f"http://{address}")


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


async def test_what_prometheus_sees_is_the_truth_and_no_sample_is_lost(emulator: Emulator, tmp_path: Path) -> None:
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as exporter:
        url = await asyncio.to_thread(start_exporter, exporter)
        with running_prometheus(tmp_path, url) as prometheus:
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            await asyncio.to_thread(assert_truth, prometheus, emulator)
            await prometheus.wait_until('count_over_time(tccc_up{application="support"}[1m]) > 21')
            samples = await asyncio.to_thread(prometheus.query, 'tccc_active_sessions{application="support"}[1m]')
            scrapes = await asyncio.to_thread(prometheus.query, 'up{job="tccc"}[1m]')
        [(_, sessions)], [(_, ups)] = samples, scrapes
        assert {value for _, value in ups} == {1.0}
        assert {value for _, value in sessions} == {float(len(emulator.centres[SUPPORT]))}
        assert ups[-1][0] - ups[0][0] >= 20
        pauses = [later - earlier for (earlier, _), (later, _) in pairwise(ups)]
        assert max(pauses) < 1.5, pauses
        assert len(sessions) >= len(ups) - 1


def assert_truth(prometheus: Prometheus, emulator: Emulator) -> None:
    for name, sdk_app_id in (("support", SUPPORT), ("sales", SALES)):
        centre = emulator.centres[sdk_app_id]
        assert prometheus.value(f'tccc_active_sessions{{application="{name}"}}') == len(centre)
        assert prometheus.value(f'sum(tccc_sessions{{application="{name}"}})') == len(centre)
        for status in Status:
            for direction in Direction:
                labels = f'application="{name}",status="{status.value}",direction="{direction.name.lower()}"'
                assert prometheus.value(f"tccc_sessions{{{labels}}}") == centre.count(status, direction)
        staffed = sum(session.staff_member is not None for session in centre.sessions)
        assert prometheus.value(f'sum(tccc_staff_sessions{{application="{name}"}})') == staffed
        waiting = sum(session.accepted is None for session in centre.sessions)
        assert prometheus.value(f'sum(tccc_waiting_sessions{{application="{name}"}})') == waiting
        connected = f'tccc_session_age_seconds_gcount{{application="{name}",phase="connected"}}'
        assert prometheus.value(connected) == len(centre) - waiting
    assert prometheus.value('tccc_up{application="denied"}') == 0
    assert prometheus.query('tccc_sessions{application="denied"}') == []
    assert prometheus.value('tccc_application_info{application="denied"}') == 1
    assert prometheus.value('tccc_up{application="sales"}') == 1


async def test_an_outage_and_its_end(emulator: Emulator, tmp_path: Path) -> None:
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as exporter:
        url = await asyncio.to_thread(start_exporter, exporter)
        with running_prometheus(tmp_path, url) as prometheus:
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            emulator.set_faults("permission-denied")
            await prometheus.wait_until('tccc_up{application="support"} == 0')
            assert await asyncio.to_thread(prometheus.query, 'tccc_sessions{application="support"}') == []
            await prometheus.wait_until('time() - tccc_snapshot_timestamp_seconds{application="support"} > 2')
            emulator.set_faults()
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            await prometheus.wait_until('tccc_sessions{application="support"}')
