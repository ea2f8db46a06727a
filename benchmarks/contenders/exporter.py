"""This exporter as a contender: a collection as a scrape starts it, without the HTTP around it."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import structlog

from benchmarks.cells import APPLICATION
from benchmarks.contenders.reader import serve
from benchmarks.truth import Reading
from exporter.collectors import SessionCollector
from exporter.config.schema import Account, Application, CollectorSettings, Config, CredentialSettings
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from exporter.memory import freeze_gc
from exporter.metrics.observation import Observation
from exporter.service import Exporter
from exporter.sessions.model import Snapshot
from exporter.tencent.secret import Secret

PATIENCE = 600.0
"""Seconds that a scrape waits: what is compared is how long it takes, not what a time-out makes of it."""


class SnapshotReader:
    """Scrapes an exporter of one application, and takes from its snapshots what the metrics do not show."""

    def __init__(self, exporter: Exporter) -> None:
        self._collection = exporter.applications[0].sessions
        self._snapshots: list[Snapshot] = []
        assert isinstance(self._collection.collector, SessionCollector)
        metrics = self._collection.collector.metrics
        observe = metrics.observe

        def kept(snapshot: Snapshot) -> Observation:
            self._snapshots.append(snapshot)
            return observe(snapshot)

        metrics.observe = kept  # type: ignore[method-assign]

    async def read(self) -> Reading:
        """Read the list once."""
        await self._collection.collect(asyncio.get_running_loop().time() + PATIENCE)
        if not self._snapshots:
            failure = self._collection.last_failure
            return Reading(ids=[], failure=f"the collection failed: {failure and failure.error}")
        snapshot = self._snapshots.pop()
        return Reading(ids=[session.id for session in snapshot.sessions], proven=snapshot.complete)


def config_for(endpoint: str) -> Config:
    """Return a configuration of one application whose list is read alone, with all other defaults."""
    credentials = CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret(DEFAULT_SECRET_KEY))
    applications = (Application(sdk_app_id=APPLICATION, name="bench"),)
    account = Account(name="main", credentials=credentials, endpoint=endpoint, applications=applications)
    config = Config(accounts=(account,), collectors=CollectorSettings(inbound=False, staff=False))
    return replace(config, collection=replace(config.collection, max_staleness=PATIENCE))


def silence() -> None:
    """Keep logs out of the way: what fails is told in the table."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


async def _start() -> SnapshotReader:
    return SnapshotReader(Exporter(config_for(sys.argv[1]), environment={}))


def main() -> None:
    """Read the list of the emulator at a URL whenever a line comes."""
    silence()
    with asyncio.Runner() as runner:
        reader = runner.run(_start())
        freeze_gc()
        serve(lambda: runner.run(reader.read()))


if __name__ == "__main__":
    main()
