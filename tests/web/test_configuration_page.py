from __future__ import annotations

from dataclasses import replace

from exporter.config.loading import parse
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from tests.emulated import SUPPORT, config_for, exporter_for, running_emulator
from tests.web.test_application import open_web


async def test_the_running_configuration_without_its_secrets() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get("/config")
        text = await response.text()
        assert (response.status, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert DEFAULT_SECRET_ID not in text
        assert DEFAULT_SECRET_KEY not in text
        assert text.count("<secret>") == 2
        shown = parse(text.replace("<secret>", "filled-in").encode(), "config.yaml")
        assert shown.accounts[0].endpoint == emulator.url
        assert shown.accounts[0].applications == exporter.config.accounts[0].applications
        assert shown.collection == exporter.config.collection


async def test_another_configuration_is_another_page() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        assert "renamed" not in await (await client.get("/config")).text()
        exporter.config = config_for(emulator, applications=(replace(SUPPORT, name="renamed \u547c\u53eb"),))
        assert "name: renamed \u547c\u53eb\n" in await (await client.get("/config")).text()
