from __future__ import annotations

import asyncio
from unittest.mock import patch

from exporter.collection import ApplicationCollection
from exporter.config.schema import Account, Application, Config
from exporter.metrics.series import Series
from exporter.service import Exporter
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
