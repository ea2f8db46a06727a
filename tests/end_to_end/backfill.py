"""Seven days of an exporter in front of an emulator, made in seconds: what a Prometheus would hold of them.

Emulator and exporter are the real ones, and talk over HTTP; but the wall clock that both look at is a virtual one, put
forward from scrape to scrape. The scrapes are as far apart as a query over their age bears: a dashboard looks at old
ones with a long range, and so with a long step.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import structlog

from exporter.config.schema import CollectorSettings
from exporter.emulator.center import ContactCenter
from exporter.metrics.exposition import RenderedFamily
from exporter.service import Exporter
from tests import virtual_time
from tests.emulated import SALES, SUPPORT, config_for, running_emulator
from tests.end_to_end.tools import tool

MINUTE, HOUR, DAY = 60, 3600, 86_400
JOB, INSTANCE = "history", "exporter:10820"

LENGTH = 7 * DAY
INTERVALS = ((30 * MINUTE, 15), (7 * HOUR, 30), (LENGTH, 4 * MINUTE))
"""Up to what age scrapes are how far apart, in seconds."""

OUTAGE = range(28 * HOUR, 30 * HOUR)
"""The ages at which the API refuses every request."""

RESTART = 50 * HOUR
"""The age at which the exporter is started anew, and its counters with it."""

SESSIONS = 12.0
PLENTY = 1_000_000


def create_history(directory: Path, end: int) -> dict[str, ContactCenter]:
    """Write blocks of the seven days until `end` (Unix seconds) into the data directory of a Prometheus.

    Returns the contact centers as they are at the end, by application.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    exposition = directory / "history.txt"
    with exposition.open("w") as file:
        clock = _Clock(end - LENGTH)
        with mock.patch("time.time", clock.now):
            centers = asyncio.run(_scrape_until(end, clock, file.write))
        file.write("# EOF\n")
    # One block for all: promtool reads the whole file again for every block.
    command = (tool("promtool"), "tsdb", "create-blocks-from", "--max-block-duration=486h", "openmetrics", "--quiet")
    subprocess.run([*command, exposition, directory / "data"], check=True, capture_output=True, timeout=120)
    return centers


class _Clock:
    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def skip(self, seconds: int) -> None:
        self._now += seconds


async def _scrape_until(end: int, clock: _Clock, write: Callable[[str], object]) -> dict[str, ContactCenter]:
    async with running_emulator(SESSIONS, seed=1, requests_per_second=PLENTY) as emulator:
        config = replace(config_for(emulator, requests_per_second=PLENTY), collectors=CollectorSettings())
        for last in (end - RESTART, end):
            async with Exporter(config, environment={}, now=clock.now) as exporter:
                while clock.now() < last:
                    pause = next(interval for oldest, interval in INTERVALS if end - clock.now() <= oldest)
                    clock.skip(pause)
                    emulator.skip(pause)
                    virtual_time.skip(pause)
                    emulator.set_faults(*(["permission-denied"] if end - clock.now() in OUTAGE else []))
                    started = time.monotonic()
                    families = [*await exporter.collect(10.0), *exporter.self_metrics.families()]
                    write(_scrape(families, time.monotonic() - started, clock.now()))
        return {one.name: emulator.centers[one.sdk_app_id] for one in (SUPPORT, SALES)}


def _scrape(families: Iterable[RenderedFamily], duration: float, at: int) -> str:
    """Write a scrape as Prometheus keeps it: with the target's labels, the time, and what the server adds itself."""
    lines = [line for family in families for line in family.lines.split("\n")[:-1]]
    lines += ["up 1", f"scrape_duration_seconds {duration}", f"scrape_samples_scraped {len(lines)}"]
    return "".join([f"{_with_target(line)} {at}\n" for line in lines])


def _with_target(line: str) -> str:
    target = f'instance="{INSTANCE}",job="{JOB}"'
    name, brace, rest = line.partition("{")
    if brace:
        return f"{name}{{{target},{rest}"
    name, _, value = line.partition(" ")
    return f"{name}{{{target}}} {value}"
