from __future__ import annotations

import asyncio
from dataclasses import replace
from html import escape
from unittest.mock import patch

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.collection import ApplicationCollection
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

    async def collect(collection: ApplicationCollection, _deadline: float) -> list[Series]:
        events.append(f"{collection.identity.name} sends")
        await asyncio.sleep(0)
        events.append(f"{collection.identity.name} reads")
        return []

    async def scenario() -> None:
        applications = tuple(Application(sdk_app_id=1_400_000_000 + one, name=f"app-{one}") for one in range(number))
        config = Config(accounts=(Account(name="main", applications=applications),))
        async with Exporter(config, environment={}) as exporter:
            await exporter.collect(1.0)

    with patch.object(ApplicationCollection, "collect", collect):
        run(scenario())
    assert len(events) == 2 * number
    assert events.index("app-0 reads") < events.index(f"app-{number - 1} sends")


@pytest.mark.parametrize(
    "name", ["客服　热线", "no\u00a0break", "👩\u200d💻", "שלום\u200f", "\U0001fae9", '<a href="x">&\\']
)
async def test_a_name_of_any_script_is_shown_wherever_names_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "logfmt")
    async with running_emulator() as emulator:
        config = config_for(emulator, name=f"{name} account", applications=(replace(SUPPORT, name=name),))
        async with exporter_for(emulator, config=config) as exporter:
            exposition = "".join(text([*await exporter.collect(5.0), *exporter.own.families()]))
            page = landing_page(exporter, "/metrics")
    samples = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]
    assert [sample.labels for sample in samples if sample.name == "tccc_up"] == [{"application": name}]
    assert {sample.labels["account"] for sample in samples if "account" in sample.labels} == {f"{name} account"}
    assert escape(name) in page
    assert name.replace('"', '\\"') in capsys.readouterr().err or "\\" in name
    page.encode()
