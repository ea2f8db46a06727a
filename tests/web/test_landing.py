from __future__ import annotations

import math
import re
from dataclasses import replace
from html import escape

import pytest
import structlog

from exporter.collection import Collection, Failure, Reading
from exporter.config.schema import Account, Application, Config, ThresholdSettings
from exporter.service import Exporter
from exporter.tencent.errors import ApiError, TencentError
from exporter.web.landing import landing_page
from tests.emulated import SUPPORT, config_for, running_emulator

ACCOUNTS = (Account(name="main", applications=(Application(sdk_app_id=1, name="one"), Application(sdk_app_id=2))),)


class UnspeakableError(TencentError):
    def __str__(self) -> str:
        raise ZeroDivisionError


async def test_what_one_application_raises_is_its_own_trouble() -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        exporter.applications[0].sessions.last_failure = Failure(UnspeakableError("timeout", "late"), 0.0)
        with structlog.testing.capture_logs() as logs:
            pages = [landing_page(exporter, "/metrics") for _ in range(3)]
    assert all('<span class="failing">internal error, see the log</span>' in page for page in pages)
    assert all(page.count(">no answer yet<") == 3 for page in pages)
    assert [log["application"] for log in logs] == ["one"]


@pytest.mark.parametrize("error", [RecursionError, MemoryError, UnicodeError, KeyError])
async def test_whatever_it_raises(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_collection: Collection) -> None:
        raise error

    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        monkeypatch.setattr(Collection, "shown", property(broken))
        page = landing_page(exporter, "/metrics")
    assert page.count("internal error, see the log") == 2
    assert "Applications: 2 (0 up, 2 failing, 0 no answer yet)" in page


@pytest.mark.parametrize("now", [0.0, 1.8e9, 4e11, 1e300, math.nan])
@pytest.mark.parametrize("timestamp", [0.0, -1e10, 1e11, 1e15, 1e300, -1e300, math.inf, math.nan])
async def test_any_time_can_be_shown(timestamp: float, now: float) -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}, now=lambda: now) as exporter:
        exporter.applications[0].sessions.last_failure = Failure(TencentError("timeout", "late"), timestamp)
        page = landing_page(exporter, "/metrics")
    assert "late" in page
    assert "internal error" not in page


EVIL = """</title><script>alert(1)</script><a href='javascript:x' onclick="x">&"""


async def test_nothing_that_is_shown_is_taken_for_html() -> None:
    applications = (Application(sdk_app_id=1, name=EVIL),)
    thresholds = (ThresholdSettings(signal=EVIL, severity=EVIL, above=1),)
    config = Config(accounts=(Account(name=EVIL, applications=(replace(applications[0], thresholds=thresholds),)),))
    async with Exporter(config, environment={}, source=EVIL) as exporter:
        error = ApiError("AuthFailure", EVIL, key_source=EVIL)
        exporter.applications[0].sessions.last_failure = Failure(error, 0.0)
        page = landing_page(exporter, f"/{EVIL}")
    assert EVIL not in page
    assert not re.search(r"<script|<a href=.javascript|onclick=\"", page)
    assert page.count(escape(EVIL)) >= 6


async def test_the_last_error_is_past_once_the_application_is_up_again() -> None:
    now = 1_800_000_000.0
    async with running_emulator() as emulator:
        config = config_for(emulator, applications=(replace(SUPPORT, thresholds=THRESHOLDS),))
        async with Exporter(config, environment={}, now=lambda: now) as exporter:
            emulator.set_faults("AuthFailure.TokenFailure")
            await exporter.collect(5.0)
            now += 725
            failing = landing_page(exporter, "/metrics")
            emulator.set_faults()
            await exporter.collect(5.0)
            now += 12
            up = landing_page(exporter, "/metrics")
        total = len(emulator.centers[SUPPORT.sdk_app_id])
    assert "failing</span> since 12 min ago" in failing
    assert (
        "<p>Last error, 12 min ago (2027-01-15 08:00:00 UTC): DescribePSTNActiveSessionList: AuthFailure.TokenFailure: "
        in failing
    )
    assert "<p>Advice: the token is wrong or has expired" in failing
    assert "<p>Key: secret_id and secret_key of the configuration</p>" in failing
    assert "<li>active_sessions above 1 (warning)</li>" in failing
    assert '<span class="up">up</span>' in up
    assert '<p class="past">Past error, 12 min ago (' in up
    assert '<p class="past">Advice at the time: the token' in up
    assert "12 s ago" in up
    assert f'<li class="beyond">active_sessions above 1 (warning): {total}, beyond</li>' in up
    assert "Uptime: 12 min, since 2027-01-15 08:00:00 UTC" in up


THRESHOLDS = (ThresholdSettings(signal="active_sessions", severity="warning", above=1),)


async def test_a_collection_that_outlasts_every_scrape_is_not_up() -> None:
    async with running_emulator() as emulator:
        emulator.set_faults("hang")
        async with Exporter(config_for(emulator), environment={}) as exporter:
            await exporter.collect(0.05)
            assert landing_page(exporter, "/metrics").count(">no answer yet<") == 2
            exporter.applications[0].sessions.outcome = Reading(None, 0.0, -1e9, "1 session")  # type: ignore[arg-type]
            assert "no answer in time" in landing_page(exporter, "/metrics")


async def test_the_rate_in_force_is_told_beside_the_configured_one() -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        requests, *_ = exporter.self_metrics.requests.values()
        for _ in range(30):
            requests.rate.count()
        assert '<td data-label="Limit"><div>20</div></td>' in landing_page(exporter, "/metrics")
        requests.in_force = lambda: 9.53
        page = landing_page(exporter, "/metrics")
    assert "<div>9.5, 20 configured: the API throttled</div>" in page
    assert "0.50 on average over the last minute, " in page


async def test_a_configuration_that_was_refused_is_told() -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        assert "reload" not in landing_page(exporter, "/metrics")
        exporter.self_metrics.is_config_current = False
        assert '<p class="failing">The last reload failed' in landing_page(exporter, "/metrics")
        exporter.self_metrics.configuration_loaded(1.0)
        assert "reload" not in landing_page(exporter, "/metrics")
