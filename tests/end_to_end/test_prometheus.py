"""A real Prometheus scrapes the exporter, in front of an emulator whose truth is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.emulator.call import CallDirection, Status
from exporter.emulator.center import ContactCenter
from exporter.emulator.inbound import CallMetrics
from exporter.emulator.server import Emulator, EmulatorOptions
from exporter.emulator.staff import StaffMember
from exporter.emulator.statuses import StaffStatus
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
        applications=(SUPPORT, SALES), sessions=60.0, application_sessions={SALES: 9.0}, staff=100, speed=0.0
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
    assert emulator.centers[SUPPORT].inbound().total.queue.count > 0
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as exporter:
        url = await asyncio.to_thread(start_exporter, exporter)
        with running_prometheus(tmp_path, prometheus_config(url)) as prometheus:
            await prometheus.wait_until('tccc_up{application="support"} == 1')
            await asyncio.to_thread(assert_truth, prometheus, emulator)
            await prometheus.wait_until('count(tccc_skill_group_staff_members{status="free"}) >= 6')
            for name, sdk_app_id in (("support", SUPPORT), ("sales", SALES)):
                await asyncio.to_thread(assert_truth_beside_the_list, prometheus, name, emulator.centers[sdk_app_id])
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


def assert_truth_beside_the_list(prometheus: Prometheus, application: str, center: ContactCenter) -> None:
    selector = f'application="{application}"'
    people, inbound = center.staff.members, center.inbound()
    assert_calls(prometheus, "tccc_inbound", selector, inbound.total)
    assert_people(prometheus, "tccc_staff", selector, center, people)
    for group in center.skill_groups:
        of_group = f'{selector},skill_group_id="{group.id}",skill_group="{group.name}"'
        members = [member for member in people if group.id in member.skill_groups]
        assert_calls(prometheus, "tccc_skill_group_inbound", of_group, inbound.skill_groups[group.id])
        assert_people(prometheus, "tccc_skill_group_staff", of_group, center, members)
    on_duty = {
        (member.number, member.status.value): int(center.start + member.timesheet.since)
        for member in people
        if member.status is not StaffStatus.OFFLINE
    }
    since = prometheus.query(f"tccc_staff_status_since_timestamp_seconds{{{selector}}}")
    assert {(one.labels["staff_number"], one.labels["status"]): one.last for one in since} == on_duty
    for collector in ("sessions", "inbound", "staff"):
        assert prometheus.value(f'tccc_collector_success{{{selector},collector="{collector}"}}') == 1


def assert_calls(prometheus: Prometheus, family: str, selector: str, truth: CallMetrics) -> None:
    stages = {"queue": truth.queue, "ringing": truth.ringing, "connected": truth.accepted}
    counts = {stage: calls.count for stage, calls in {**stages, "ivr": truth.ivr}.items()}
    assert by_label(prometheus, f"{family}_calls{{{selector}}}", "stage") == {
        **counts,
        "transferred_out": truth.transferred_out,
    }
    longest = {stage: int(calls.longest) for stage, calls in stages.items()}
    assert by_label(prometheus, f"{family}_longest_seconds{{{selector}}}", "stage") == longest


def assert_people(
    prometheus: Prometheus, family: str, selector: str, center: ContactCenter, people: Sequence[StaffMember]
) -> None:
    longest = dict.fromkeys(StaffStatus, 0.0)
    for member in people:
        longest[member.status] = max(longest[member.status], center.now - center.start - member.timesheet.since)
    del longest[StaffStatus.OFFLINE]
    counts = {status: sum(member.status is status for member in people) for status in StaffStatus}
    assert by_label(prometheus, f"{family}_members{{{selector}}}", "status") == counts
    # The API tells whole seconds, of the time as of its clock.
    assert by_label(prometheus, f"{family}_longest_status_seconds{{{selector}}}", "status") == pytest.approx(
        longest, abs=1.0
    )


def by_label(prometheus: Prometheus, selector: str, label: str) -> dict[str, float]:
    return {series.labels[label]: series.last for series in prometheus.query(selector)}


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
