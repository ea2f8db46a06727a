"""The landing page in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import aiohttp
import pytest

from exporter.advice import ACTIONS
from exporter.config.schema import Account, Application, CollectionSettings, Config, CredentialSettings
from exporter.config.schema import ThresholdSettings as Threshold
from exporter.emulator import wire
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, Emulator
from exporter.metrics.collector_state import COLLECTORS
from exporter.service import Exporter
from exporter.tencent.secret import Secret
from exporter.web.address import Address
from exporter.web.server import Server
from tests.emulated import SALES, SUPPORT, running_emulator
from tests.end_to_end.browser import Browser, View, keep, running_browser

pytestmark = pytest.mark.end_to_end

THRESHOLDS = (
    Threshold(signal="active_sessions", severity="warning", above=10),
    Threshold(signal="active_sessions", severity="critical", above=100_000),
    Threshold(signal="busiest_staff_sessions", severity="warning", above=7),
    Threshold(signal="longest_call_seconds", severity="warning", below=1_000_000),
)
HOSTILE_NAME = """<script>document.title='x'</script><img src=x onerror="document.title='x'">'&amp; 客服"""
LONG_NAME = "a" * 100


@dataclass
class Scene:
    """A served exporter with applications in every state, the browser, and the emulators behind it."""

    url: str
    exporter: Exporter
    browser: Browser
    emulators: list[Emulator]


def account(name: str, emulator: Emulator, *applications: Application) -> Account:
    return Account(
        name=name,
        credentials=CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret(DEFAULT_SECRET_KEY)),
        endpoint=emulator.url,
        applications=applications,
    )


@asynccontextmanager
async def playing(now: float | None = None) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        good, flaky, hanging = [await stack.enter_async_context(running_emulator()) for _ in range(3)]
        config = Config(
            accounts=(
                account("good", good, replace(SUPPORT, thresholds=THRESHOLDS), replace(SALES, name=HOSTILE_NAME)),
                account(
                    "flaky",
                    flaky,
                    replace(SUPPORT, name="recovered", thresholds=THRESHOLDS[:1]),
                    Application(sdk_app_id=1, name="failing", thresholds=THRESHOLDS),
                    Application(sdk_app_id=2, name=LONG_NAME),
                ),
                account("hanging", hanging, replace(SUPPORT, name="never answered")),
            ),
            collection=CollectionSettings(min_interval=0.0),
        )
        clock = {} if now is None else {"now": lambda: now}
        exporter = await stack.enter_async_context(
            Exporter(config, environment={}, source="/etc/tccc-exporter/config.yaml", **clock)
        )
        server = Server(exporter)
        await server.listen([Address("127.0.0.1", 0)])
        stack.push_async_callback(server.close)
        flaky.set_faults("AuthFailure.TokenFailure")
        hanging.set_faults("hang")
        await exporter.collect(0.5)
        flaky.set_faults()
        await exporter.collect(0.5)
        browser = await stack.enter_async_context(running_browser())
        yield Scene(f"http://{server.addresses[0]}", exporter, browser, [good, flaky, hanging])


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


def assert_sound(view: View) -> None:
    """Nothing is cut off, nothing went wrong, and nothing else was loaded."""
    assert view.complaints == []
    assert view.cut_off == []
    assert view.status == 200
    assert [urlsplit(url).path for url in view.requests if not url.startswith("data:")] == ["/"]
    assert "<script" not in view.html


async def test_every_state_is_shown_wide_and_narrow_light_and_dark(scene: Scene) -> None:
    backgrounds = set()
    for width in (400, 1280):
        for dark in (False, True):
            view = await scene.browser.open(scene.url, width=width, dark=dark)
            keep(view, f"landing-{width}-{'dark' if dark else 'light'}")
            assert_sound(view)
            assert_told(view.text, narrow=width == 400)
            backgrounds.add(view.background)
    assert backgrounds == {"rgb(255, 255, 255)", "rgb(21, 25, 30)"}
    view = await scene.browser.open(scene.url, width=320)
    assert_sound(view)


def assert_told(text: str, *, narrow: bool) -> None:
    assert "Uptime: " in text
    assert "Configuration: /etc/tccc-exporter/config.yaml, loaded " in text
    assert "Applications: 6 (3 up, 2 failing, 1 no answer yet)" in text
    assert "active_sessions above 10 (warning): " in text
    assert text.count(", beyond\n") == 3
    assert "active_sessions above 100000 (critical): " in text
    assert HOSTILE_NAME in text
    recovered = [line for line in text.splitlines() if line.startswith("Past error, ")]
    assert all(" ago (" in line for line in recovered)
    for line, action in zip(recovered, ACTIONS, strict=False):
        assert f"): {action}: AuthFailure.TokenFailure: This error was asked for." in line
    assert len(recovered) == len(COLLECTORS)
    assert "Advice at the time: the token is wrong" in text
    assert text.count("\nLast error, ") == 2 * len(COLLECTORS)
    assert text.count("\nAdvice: check sdk_app_id, and grant the key's user this policy: ") == 2
    assert text.count("\nKey: secret_id and secret_key of the configuration\n") == 5
    assert all(action in text for action in ACTIONS)
    assert " on average over the last minute, " in text
    # The head of the table is what the labels of the cells are in place of.
    assert ("Last success" in text) != narrow


async def test_links_work(scene: Scene) -> None:
    view = await scene.browser.open(scene.url)
    paths = {urlsplit(link).path for link in view.links}
    assert paths == {"/metrics", "/probe", "/config", "/sd", "/-/healthy", "/-/ready", "/runbook"}
    hurry = {"X-Prometheus-Scrape-Timeout-Seconds": "1"}
    async with aiohttp.ClientSession(headers=hurry) as session:
        for link in view.links:
            assert link.startswith(scene.url)
            async with session.get(link) as response:
                assert response.status == 200, link
                assert response.headers["X-Content-Type-Options"] == "nosniff"
    opened = await scene.browser.open(f"{scene.url}/runbook")
    assert opened.status == 200
    assert "TcccApplicationFailing" in opened.text


async def test_the_headers(scene: Scene) -> None:
    view = await scene.browser.open(scene.url)
    headers = {name.lower(): value for name, value in view.headers.items()}
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["server"] == "tccc-exporter"


async def test_a_year_that_no_calendar_has() -> None:
    async with playing(now=1e12) as scene:
        view = await scene.browser.open(scene.url, width=400)
        assert_sound(view)
        assert "Uptime: 0 s, since 1e+12 s of Unix time" in view.text
        assert "0 s ago\n1e+12 s of Unix time" in view.text


async def test_nothing_secret_or_personal_is_on_it(scene: Scene) -> None:
    view = await scene.browser.open(scene.url)
    for secret in (DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, wire.HOTLINE, "+999"):
        assert secret not in view.html
    for emulator in scene.emulators:
        for center in emulator.centers.values():
            assert not any(session.session_id in view.html for session in center.sessions)
            assert not any(member.email in view.html for member in center.staff.members)
