"""The collectors of an application: each its own trouble, all of them in one scrape."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from exporter.advice import ACTIONS, POLICY
from exporter.application import IMPATIENCE, PATIENCE
from exporter.collection import Collection
from exporter.config.schema import (
    CollectorSettings,
    Config,
    SkillGroupSettings,
    SkillGroupThresholdSettings,
    StaffSettings,
    ThresholdSettings,
)
from exporter.emulator.call_in_metrics import CallInMetricsRequest
from exporter.emulator.server import Emulator
from exporter.emulator.staff_info_list import StaffInfoListRequest
from exporter.emulator.staff_status_metrics import StaffStatusMetricsRequest
from exporter.emulator.statuses import StaffStatus
from exporter.metrics.exposition import text
from exporter.metrics.series import Series
from exporter.service import Exporter
from exporter.staff import reader as staff_reader
from exporter.web.landing import landing_page
from tests.emulated import SUPPORT, config_for, exporter_for, running_emulator
from tests.test_apply import is_there, until, values

LIST_ACTION, INBOUND_ACTION, STATUS_ACTION, STAFF_LIST_ACTION = ACTIONS
OF_COLLECTOR = {
    "sessions": ("tccc_sessions{", "tccc_staff_sessions{", "tccc_snapshot_duration_seconds{"),
    "inbound": ("tccc_inbound_calls{", "tccc_inbound_longest_seconds{", "tccc_skill_group_inbound_calls{"),
    "staff": ("tccc_staff_members{", "tccc_skill_group_staff_members{", "tccc_staff_status_since_timestamp_seconds{"),
}
"""Some of the series that each collector has while it succeeds."""


@asynccontextmanager
async def scene(config: Config | None = None) -> AsyncIterator[tuple[Emulator, Exporter]]:
    """An exporter that reads all there is of one application."""
    async with running_emulator(sessions=90.0) as emulator:
        config = replace(config_for(emulator, applications=(SUPPORT,)), collectors=CollectorSettings())
        async with exporter_for(emulator, config=config) as exporter:
            yield emulator, exporter


async def exposed(exporter: Exporter, collectors: Iterable[str] = ("sessions", "inbound", "staff")) -> list[str]:
    return "".join(text(await exporter.collect(10.0, collectors=tuple(collectors)))).splitlines()


def success(lines: list[str]) -> dict[str, float]:
    found = values(lines, "tccc_collector_success{")
    return {name: value for name in OF_COLLECTOR for line, value in found.items() if f'collector="{name}"' in line}


async def test_what_is_shown_is_what_there_is() -> None:
    async with scene() as (emulator, exporter):
        lines = await exposed(exporter)
        center = emulator.centers[SUPPORT.sdk_app_id]
    assert success(lines) == {"sessions": 1, "inbound": 1, "staff": 1}
    inbound = center.inbound()
    [queued] = values(lines, 'tccc_inbound_calls{application="support",stage="queue"}').values()
    assert queued == inbound.total.queue.count
    statuses = center.staff_statuses()
    for status in ("free", "busy", "rest", "notReady", "afterCallWork", "offline"):
        [members] = values(lines, f'tccc_staff_members{{application="support",status="{status}"}}').values()
        assert members == statuses[StaffStatus(status)]
    assert len(values(lines, "tccc_collector_duration_seconds{")) == 3
    assert len(values(lines, "tccc_collector_last_success_timestamp_seconds{")) == 3
    assert len(lines) == len(set(lines))


async def test_the_list_of_sessions_is_asked_for_first() -> None:
    async with scene() as (emulator, exporter):
        await exposed(exporter)
        emulator.requests.clear()
        await exposed(exporter)
        asked = [record.action for record in emulator.requests.records]
    assert asked[:2] == [LIST_ACTION, LIST_ACTION]
    assert set(asked[2:]) >= {INBOUND_ACTION, STATUS_ACTION}


@pytest.mark.parametrize("collector", ["inbound", "staff", "sessions"])
@pytest.mark.parametrize("fault", ["UnauthorizedOperation", "http-500", "wrong-shape"])
async def test_one_that_fails_drops_its_series_and_touches_no_other(collector: str, fault: str) -> None:
    action = {"sessions": LIST_ACTION, "inbound": INBOUND_ACTION, "staff": STATUS_ACTION}[collector]
    async with scene() as (emulator, exporter):
        before = await exposed(exporter)
        emulator.set_faults(f"{action}/{fault}")
        with capture_logs() as logs:
            lines = await exposed(exporter)
        page = landing_page(exporter, "/metrics")
        assert success(lines) == {name: float(name != collector) for name in OF_COLLECTOR}
        for name, series in OF_COLLECTOR.items():
            for one in series:
                assert is_there(before, one)
                assert is_there(lines, one) == (name != collector)
        assert values(lines, "tccc_up{") == {'tccc_up{application="support"}': float(collector != "sessions")}
        [told] = [log for log in logs if log["log_level"] == "error"]
        assert (told["collector"], told["action"]) == (collector, action)
        assert action in page
        if fault == "UnauthorizedOperation":
            assert POLICY in told["advice"]
            assert POLICY.replace('"', "&quot;") in page
        emulator.set_faults()
        assert set(success(await exposed(exporter)).values()) == {1.0}


async def test_without_the_staff_list_totals_stay_and_the_log_says_what_is_missing() -> None:
    async with scene() as (emulator, exporter):
        emulator.set_faults(f"{STAFF_LIST_ACTION}/UnauthorizedOperation")
        with capture_logs() as logs:
            for _ in range(3):
                lines = await exposed(exporter)
        assert success(lines)["staff"] == 1
        assert is_there(lines, "tccc_staff_members{")
        assert not is_there(lines, "tccc_skill_group_staff_members{")
        assert not is_there(lines, "tccc_staff_status_since_timestamp_seconds{")
        [told] = [log for log in logs if log["log_level"] == "error"]
        assert (told["action"], told["code"]) == (STAFF_LIST_ACTION, "UnauthorizedOperation")
        assert POLICY in told["advice"]
        assert STAFF_LIST_ACTION in landing_page(exporter, "/metrics")


@pytest.mark.parametrize(
    ("action", "mebibytes", "series", "is_shown"),
    [
        (CallInMetricsRequest, 0.9, "tccc_inbound_calls{", True),
        (CallInMetricsRequest, 1.1, "tccc_inbound_calls{", False),
        (StaffStatusMetricsRequest, 15, "tccc_staff_members{", True),
        (StaffStatusMetricsRequest, 17, "tccc_staff_members{", False),
        (StaffInfoListRequest, 15, "tccc_skill_group_staff_members{", True),
        (StaffInfoListRequest, 17, "tccc_skill_group_staff_members{", False),
    ],
)
async def test_an_answer_may_be_as_large_as_that_of_its_action(
    action: type, mebibytes: float, series: str, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, padding = action.answer, "x" * int(mebibytes * 1024 * 1024)  # type: ignore[attr-defined]
    monkeypatch.setattr(action, "answer", lambda *of: {**answer(*of), "Padding": padding})
    async with scene() as (_, exporter):
        lines = await exposed(exporter)
    assert is_there(lines, series) == is_shown
    assert is_there(lines, "tccc_sessions{")


async def test_one_that_hangs_does_not_hold_up_the_list() -> None:
    async with scene() as (emulator, exporter):
        emulator.set_faults(f"{INBOUND_ACTION}/hang", f"{STATUS_ACTION}/hang")
        for _ in range(3):
            async with asyncio.timeout(20.0):
                lines = "".join(text(await exporter.collect(60.0, patience=0.05))).splitlines()
            assert success(lines) == {"sessions": 1, "inbound": 0, "staff": 0}
        assert "no answer yet" in landing_page(exporter, "/metrics")


async def test_an_action_that_gets_no_answers_keeps_no_other_one_from_theirs() -> None:
    """Three failures in a row open a circuit, so that one request at a time goes out; it is of that action alone."""
    async with scene() as (emulator, exporter):
        emulator.set_faults(f"{INBOUND_ACTION}/reset")
        [account] = exporter._accounts.values()
        flows = {name: one.collector for name, one in exporter.applications[0].collections.items()}
        for _ in range(3):
            lines = await exposed(exporter)
        assert account.actions[INBOUND_ACTION].circuit_breaker.is_open(flows["inbound"]._inbound)  # type: ignore[attr-defined]
        assert not account.actions[LIST_ACTION].circuit_breaker.is_open(flows["sessions"]._sessions)  # type: ignore[attr-defined]
        assert success(lines) == {"sessions": 1, "inbound": 0, "staff": 1}


async def test_a_scrape_can_ask_for_some_collectors_alone() -> None:
    async with scene() as (emulator, exporter):
        await exporter.apply(with_thresholds(exporter.config))
        lines = await exposed(exporter, ["inbound"])
        assert {record.action for record in emulator.requests.records} == {INBOUND_ACTION}
        assert success(lines) == {"inbound": 1}
        assert not is_there(lines, "tccc_up{")
        assert is_there(lines, "tccc_application_info{")
        assert len(values(lines, "tccc_alert_threshold{")) == 2
        assert len(values(await exposed(exporter), "tccc_alert_threshold{")) == 3


async def test_one_that_is_off_asks_for_nothing_and_shows_nothing() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        lines = await exposed(exporter)
        assert success(lines) == {"sessions": 1}
        assert {record.action for record in emulator.requests.records} == {LIST_ACTION}
        own = "".join(text(exporter.self_metrics.families()))
        assert not any(action in own for action in ACTIONS if action != LIST_ACTION)


async def test_a_reload_switches_collectors_on_and_off() -> None:
    async with scene() as (_, exporter):
        on = exporter.config
        off = replace(on, collectors=CollectorSettings(inbound=False))
        first = await exposed(exporter)
        for _ in range(3):
            await exporter.apply(off)
            lines = await exposed(exporter)
            assert success(lines) == {"sessions": 1, "staff": 1}
            assert not is_there(lines, "tccc_inbound_")
            assert INBOUND_ACTION not in "".join(text(exporter.self_metrics.families()))
            await exporter.apply(on)
            assert success(await exposed(exporter)) == {"sessions": 1, "inbound": 1, "staff": 1}
            assert INBOUND_ACTION in "".join(text(exporter.self_metrics.families()))
        assert len(await exposed(exporter)) == len(first)


async def test_one_that_is_switched_off_while_it_reads_leaves_nothing_behind() -> None:
    async with scene() as (emulator, exporter):
        emulator.set_faults(f"{INBOUND_ACTION}/hang", f"{STATUS_ACTION}/hang")
        scrape = asyncio.create_task(exporter.collect(60.0, patience=60.0))
        await until(lambda: {INBOUND_ACTION, STATUS_ACTION} <= {record.action for record in emulator.requests.records})
        gone = [exporter.applications[0].collections[name] for name in ("inbound", "staff")]
        await exporter.apply(replace(exporter.config, collectors=CollectorSettings(inbound=False, staff=False)))
        async with asyncio.timeout(20.0):
            lines = "".join(text(await scrape)).splitlines()
        assert values(lines, "tccc_up{") == {'tccc_up{application="support"}': 1.0}
        assert all(collection._running is None for collection in gone)
        assert success(await exposed(exporter)) == {"sessions": 1}


def with_thresholds(config: Config, skill_group: int = 99) -> Config:
    account = config.accounts[0]
    queued = SkillGroupThresholdSettings(signal="queued_calls", severity="critical", above=0)
    application = replace(
        account.applications[0],
        thresholds=(
            ThresholdSettings(signal="active_sessions", severity="warning", above=1),
            ThresholdSettings(signal="queued_calls", severity="warning", above=1_000),
        ),
        skill_groups=(SkillGroupSettings(id=skill_group, thresholds=(queued,)),),
    )
    return replace(config, accounts=(replace(account, applications=(application,)),))


async def test_a_threshold_of_a_skill_group_that_nobody_has_seen_is_told_once_and_on_the_page() -> None:
    async with scene() as (_, exporter):
        with capture_logs() as logs:
            await exporter.apply(with_thresholds(exporter.config))
            page = landing_page(exporter, "/metrics")
            assert "skill group 99" in page
            assert "no such skill group" not in page
            for _ in range(3):
                lines = await exposed(exporter)
            assert is_there(lines, 'skill_group_id="99"')
            assert "queued_calls of skill group 99 above 0 (critical): no such skill group" in landing_page(
                exporter, "/metrics"
            )
            await exporter.apply(with_thresholds(exporter.config, skill_group=1))
            await exposed(exporter)
            page = landing_page(exporter, "/metrics")
            assert "no such skill group" not in page
            assert "queued_calls of skill group billing (1) above 0 (critical): " in page
        warnings = [(log["skill_group_id"], log["signal"]) for log in logs if log["log_level"] == "warning"]
        assert warnings == [(99, "queued_calls")]


async def test_a_skill_group_may_yet_be_seen_while_the_staff_list_is_read_for_the_first_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staff_reader, "LIST_PATIENCE", 0.05)
    async with scene() as (emulator, exporter):
        with capture_logs() as logs:
            emulator.set_faults(f"{STAFF_LIST_ACTION}/hang")
            await exporter.apply(with_thresholds(exporter.config))
            assert success(await exposed(exporter)) == {"sessions": 1, "inbound": 1, "staff": 1}
            assert "no such skill group" not in landing_page(exporter, "/metrics")
        assert not [log for log in logs if log["log_level"] == "warning"]


async def test_a_skill_group_without_calls_is_known_by_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"Timestamp": 1, "TotalMetrics": {}, "SkillGroupMetrics": None}
    monkeypatch.setattr(CallInMetricsRequest, "answer", lambda *_: answer)
    async with scene() as (_, exporter):
        with capture_logs() as logs:
            await exporter.apply(with_thresholds(exporter.config, skill_group=1))
            for _ in range(2):
                await exposed(exporter)
                assert "no such skill group" not in landing_page(exporter, "/metrics")
        assert not [log for log in logs if log["log_level"] == "warning"]


def test_a_scrape_has_the_first_statuses_although_the_staff_list_is_slow() -> None:
    assert staff_reader.LIST_PATIENCE < PATIENCE


async def test_the_staff_labels_change_in_place() -> None:
    async with scene() as (_, exporter):
        assert is_there(await exposed(exporter), 'staff_number="')
        await exporter.apply(replace(exporter.config, staff=StaffSettings(labels=())))
        lines = await exposed(exporter)
        assert not is_there(lines, "staff_number")
        assert not is_there(lines, "tccc_staff_status_since_timestamp_seconds{")
        assert is_there(lines, "tccc_staff_members{")


async def test_what_of_an_application_cannot_be_shown_keeps_nothing_else_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    async with scene() as (_, exporter):
        monkeypatch.setattr(exporter.applications[0], "_tell_unseen_skill_groups", lambda: broken(0))
        with capture_logs() as logs:
            lines = await exposed(exporter)
        assert set(success(lines).values()) == {1.0}
        assert is_there(lines, "tccc_application_info{")
        assert [log["log_level"] for log in logs if log["log_level"] == "error"] == ["error"]


async def test_one_that_has_kept_a_scrape_waiting_keeps_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    collect = Collection.collect

    async def noted(collection: Collection, deadline: float) -> list[Series]:
        if collection.collector.name == "inbound":
            waits.append(deadline - asyncio.get_running_loop().time())
        return await collect(collection, deadline)

    monkeypatch.setattr(Collection, "collect", noted)
    async with scene() as (emulator, exporter):
        emulator.set_faults(f"{INBOUND_ACTION}/hang")
        for _ in range(3):
            await exporter.collect(60.0, patience=1.0)
    first, *later = waits
    assert IMPATIENCE < first <= 1.0
    assert len(later) == 2
    assert max(later) <= IMPATIENCE
