"""Readings on a virtual clock: the counts of hours of reading within minutes, whatever else the machine does."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

from benchmarks import sdk_model
from benchmarks.cells import Cell, Contender
from benchmarks.contenders.exporter import SnapshotReader, config_for, silence
from benchmarks.contenders.reader import Read
from benchmarks.outcomes import Outcome, Reading, judge
from benchmarks.simulated import simulated_network
from benchmarks.simulated_api import SimulatedApi
from exporter.emulator.rate import RateWindow
from exporter.service import Exporter
from tests.virtual_time import run

PAUSE = (1.1, 2.1)
"""Seconds between two readings: enough for the rate to be free again, and never in step with the server's seconds."""


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one contender one after another, in a contact center of their own."""

    cell: Cell
    contender: Contender
    window: RateWindow
    seed: str
    readings: int


def run_all(series: Iterable[Series]) -> Iterator[tuple[Series, list[Outcome]]]:
    """Run every series, several at a time; gives them as they end, with their outcomes."""
    # The longest first, so that no processor is idle at the end.
    ordered = sorted(series, key=lambda one: one.cell.sessions * one.readings, reverse=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=silence) as pool:
        futures = {pool.submit(outcomes, one): one for one in ordered}
        for future in as_completed(futures):
            yield futures[future], future.result()


def outcomes(series: Series) -> list[Outcome]:
    """Run one series."""
    return run(_outcomes(series))


async def _outcomes(series: Series) -> list[Outcome]:
    loop = asyncio.get_running_loop()
    random = Random(f"{series.seed} pauses")
    api = SimulatedApi(series.cell, series.window, series.seed)
    found: list[Outcome] = []
    async with _reader(series.contender, api) as read:
        for number in range(series.readings):
            await asyncio.sleep(random.uniform(*PAUSE))
            api.begin()
            started = loop.time()
            result = await read()
            reading = Reading(ids=result.ids, proven=result.proven, failure=result.failure, wall=loop.time() - started)
            found.append(judge(reading, api.witness(), cold=number == 0))
    return found


@asynccontextmanager
async def _reader(contender: Contender, api: SimulatedApi) -> AsyncIterator[Callable[[], Awaitable[Read]]]:
    match contender:
        case Contender.SERIAL:
            yield partial(sdk_model.serial, api)
        case Contender.THREADS:
            yield partial(sdk_model.threaded, api)
        case Contender.EXPORTER:
            with simulated_network(api):
                async with Exporter(
                    config_for("http://simulated.invalid"), environment={}, now=lambda: api.now
                ) as exporter:
                    yield SnapshotReader(exporter).read
