"""An exporter in front of an emulator, for tests of what a scrape shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from exporter.config.schema import (
    Account,
    Application,
    CollectionSettings,
    CollectorSettings,
    Config,
    CredentialSettings,
    StaffSettings,
)
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, Emulator, EmulatorOptions
from exporter.service import Exporter
from exporter.tencent.secret import Secret

SUPPORT = Application(sdk_app_id=1400000001, name="support")
SALES = Application(sdk_app_id=1400000002, name="sales")


@asynccontextmanager
async def running_emulator(sessions: float = 60.0, **options: object) -> AsyncIterator[Emulator]:
    """An emulator of two applications whose lists stand still, and that does not limit the rate."""
    defaults = {"applications": (SUPPORT.sdk_app_id, SALES.sdk_app_id), "speed": 0.0, "requests_per_second": 1000}
    async with Emulator(EmulatorOptions(sessions=sessions, **{**defaults, **options})) as emulator:  # type: ignore[arg-type]
        yield emulator


def config_for(emulator: Emulator, **changes: object) -> Config:
    """A configuration that reads the sessions of both applications; changes are those of the account."""
    account = Account(
        name="main",
        credentials=CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret(DEFAULT_SECRET_KEY)),
        endpoint=emulator.url,
        requests_per_second=1000,
        applications=(SUPPORT, SALES),
    )
    return Config(
        accounts=(replace(account, **changes),),  # type: ignore[arg-type]
        collectors=CollectorSettings(inbound=False, staff=False),
        collection=CollectionSettings(min_interval=0.0),
    )


@asynccontextmanager
async def exporter_for(
    emulator: Emulator, *, config: Config | None = None, staff: StaffSettings | None = None
) -> AsyncIterator[Exporter]:
    config = config or config_for(emulator)
    async with Exporter(replace(config, staff=staff or config.staff), environment={}) as exporter:
        yield exporter
