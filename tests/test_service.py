from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any
from unittest.mock import patch

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from exporter.application import Application as RunningApplication
from exporter.collection import Collection
from exporter.config.schema import Account, Application, Config
from exporter.logs import configure_logs
from exporter.metrics.exposition import text
from exporter.metrics.series import Series
from exporter.service import Exporter
from exporter.web.landing import landing_page
from tests.emulated import SUPPORT, config_for, exporter_for, running_emulator
from tests.virtual_time import run


def test_answers_to_the_first_application_are_read_while_the_last_ones_still_send() -> None:
    """A hundred first bursts take their second of CPU time; what has come by then must not wait for its end."""
    number = 100
    events: list[str] = []

    async def collect(application: RunningApplication, *_: object) -> list[Series]:
        events.append(f"{application.identity.name} sends")
        await asyncio.sleep(0)
        events.append(f"{application.identity.name} reads")
        return []

    async def scenario() -> None:
        applications = tuple(Application(sdk_app_id=1_400_000_000 + one, name=f"app-{one}") for one in range(number))
        config = Config(accounts=(Account(name="main", applications=applications),))
        async with Exporter(config, environment={}) as exporter:
            await exporter.collect(1.0)

    with patch.object(RunningApplication, "collect", collect):
        run(scenario())
    assert len(events) == 2 * number
    assert events.index("app-0 reads") < events.index(f"app-{number - 1} sends")


@pytest.mark.parametrize(
    "name", ["客服　热线", "no\u00a0break", "👩\u200d💻", "שלום\u200f", "\U0001fae9", '<a href="x">&\\']
)
async def test_a_name_of_any_script_is_shown_wherever_names_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = configure_logs("info", "logfmt")
    async with running_emulator() as emulator:
        config = config_for(emulator, name=f"{name} account", applications=(replace(SUPPORT, name=name),))
        async with exporter_for(emulator, config=config) as exporter:
            exposition = "".join(text([*await exporter.collect(5.0), *exporter.self_metrics.families()]))
            page = landing_page(exporter, "/metrics")
    samples = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]
    assert [sample.labels for sample in samples if sample.name == "tccc_up"] == [{"application": name}]
    assert {sample.labels["account"] for sample in samples if "account" in sample.labels} == {f"{name} account"}
    assert escape(name) in page
    lines.flush(10.0)
    assert name.replace('"', '\\"') in capsys.readouterr().err or "\\" in name
    page.encode()


async def exposed(exporter: Exporter) -> list[str]:
    families = [*await exporter.collect(10.0), *exporter.self_metrics.families()]
    return "".join(text(families)).splitlines()


SUPPORT_IS_UP = 'tccc_up{application="support"} 1.0'
SALES_IS_DOWN = 'tccc_up{application="sales"} 0.0'
SALES_IS_KNOWN = 'tccc_application_info{account="main",application="sales",sdk_app_id="1400000002"} 1.0'

FAULTS = [RuntimeError("a fault of ours"), MemoryError(), RecursionError(), asyncio.CancelledError(), TimeoutError()]
PARTS: list[Callable[[Any], tuple[object, str]]] = [
    lambda sales: (sales, "_exposure"),
    lambda sales: (sales, "_start"),
    lambda sales: (sales.collector, "show"),
    lambda sales: (sales.collector, "read"),
    lambda sales: (sales.collector.metrics, "show"),
    lambda sales: (sales.collector.metrics, "observe"),
    lambda sales: (sales.collector._sessions, "read"),
]


@pytest.mark.parametrize("error", FAULTS, ids=repr)
@pytest.mark.parametrize("part", PARTS)
async def test_a_fault_of_one_application_is_no_other_ones(
    part: Callable[[Collection], tuple[object, str]], error: BaseException
) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        sales = exporter.applications[1].sessions
        before = await exposed(exporter)
        with patch.object(*part(sales), side_effect=error), capture_logs() as logs:
            for _ in range(3):
                lines = await exposed(exporter)
                assert {SUPPORT_IS_UP, SALES_IS_DOWN, SALES_IS_KNOWN} <= set(lines)
                assert not any(line.startswith('tccc_sessions{application="sales"') for line in lines)
                assert sales.shown is None
                assert "failing" in landing_page(exporter, "/metrics")
        [told] = [log for log in logs if log["log_level"] == "error"]
        assert told["event"].endswith(": internal error, please report")
        assert (told["application"], type(told["exc_info"])) == ("sales", type(error))
        assert len(await exposed(exporter)) == len(before)
        assert sales.shown is not None


async def test_a_page_that_shows_nothing_at_all_of_an_application() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        with patch.object(exporter.applications[1].sessions.collector, "show", return_value=None), capture_logs():
            assert {SUPPORT_IS_UP, SALES_IS_DOWN} <= set(await exposed(exporter))


async def test_a_scrape_that_is_cancelled_stays_so() -> None:
    async with running_emulator(faults=()) as emulator, exporter_for(emulator) as exporter:
        emulator.set_faults("hang")
        scrape = asyncio.create_task(exporter.collect(10.0))
        await asyncio.sleep(0)
        scrape.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scrape


async def test_metrics_of_the_exporter_that_fail_take_no_others_with_them() -> None:
    def fail() -> float:
        raise ZeroDivisionError

    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        exporter.self_metrics.watch_rate_limit("main", "Action", fail)
        with capture_logs() as logs:
            for _ in range(2):
                lines = await exposed(exporter)
        assert SUPPORT_IS_UP in lines
        assert "tccc_exporter_config_last_reload_successful 1.0" in lines
        assert not any(line.startswith("tccc_api_rate_limit_requests_per_second") for line in lines)
        told = [log for log in logs if log["log_level"] == "error"]
        assert [log["event"] for log in told] == ["metrics of the exporter itself cannot be shown"]
