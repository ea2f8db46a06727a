"""Reloading: the configuration is read again, and made so where it is right."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Self

import structlog

from exporter.config.loading import load
from exporter.config.schema import Config
from exporter.config.thresholds import count_thresholds
from exporter.service import Exporter
from exporter.yamlconf.problems import ConfigurationError

MOST_LOGGED = 20
"""How many problems of a configuration are logged at most; whoever asked by HTTP is told all of them."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reload:
    """What came of a reload: whether it succeeded, and the words for that, a line for each problem."""

    succeeded: bool
    text: str


class Reloader:
    """Reloads the configuration of an exporter, one reload at a time; an asynchronous context manager.

    `source` names where the configuration comes from; `path` is its file, None where it comes from none. `began` and
    `ended` are called when a reload begins and when it has ended, whatever came of it.
    """

    def __init__(
        self,
        exporter: Exporter,
        source: str,
        path: str | None,
        *,
        began: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._exporter = exporter
        self._began = began
        self._ended = ended
        self._source = source
        self._path = path
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[Reload] | None = None
        self._tasks: set[asyncio.Task[Reload]] = set()

    async def reload(self) -> Reload:
        """Reload, and return what came of it. All who ask before it has begun share one reload."""
        return await asyncio.shield(self.request())

    def request(self) -> asyncio.Task[Reload]:
        """Have the configuration reloaded soon, as it is from now on."""
        if self._next is None:
            self._next = asyncio.create_task(self._in_turn())
            self._tasks.add(self._next)
            self._next.add_done_callback(self._tasks.discard)
        return self._next

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give up the reloads under way; what one has changed already stays so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _in_turn(self) -> Reload:
        async with self._turn:
            # Who asks from now on may mean a file that is changed after it has been read here.
            self._next = None
            self._began()
            try:
                return await self._reload()
            finally:
                self._ended()

    async def _reload(self) -> Reload:
        exporter, path = self._exporter, self._path
        try:
            # Without a file, what can have changed is a ca_file or a key, and those are looked at again.
            await exporter.apply(exporter.config if path is None else await _in_thread(partial(load, path)))
        except ConfigurationError as error:
            return self._refused(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the exporter goes on as before
            exporter.self_metrics.configuration_refused()
            exporter.internal_errors.log("configuration not reloaded: internal error, please report", error)
            return Reload(succeeded=False, text="internal error, see the log")
        exporter.warm_up()
        applications = [one for account in exporter.config.accounts for one in account.applications]
        numbers = {
            "accounts": len(exporter.config.accounts),
            "applications": len(applications),
            "thresholds": count_thresholds(exporter.config),
        }
        if path is None:
            _log.info("nothing to reload: the configuration comes from no file", config=self._source, **numbers)
            return Reload(succeeded=True, text=f"nothing to reload: the configuration comes from {self._source}")
        _log.info("configuration reloaded", config=self._source, **numbers)
        told = ", ".join(f"{what}: {number}" for what, number in numbers.items())
        return Reload(succeeded=True, text=f"{self._source}: reloaded, {told}")

    def _refused(self, error: ConfigurationError) -> Reload:
        self._exporter.self_metrics.configuration_refused()
        for problem in error.problems[:MOST_LOGGED]:
            _log.error("invalid configuration", problem=str(problem))
        _log.error(
            "configuration not reloaded; the one before stays in force",
            config=self._source,
            problems=len(error.problems),
        )
        return Reload(succeeded=False, text=str(error))


async def _in_thread(read: Callable[[], Config]) -> Config:
    """Read without holding up the event loop: a pipe may take its time, and so may a file of another machine."""
    # Not one of the loop's own threads: all of those may be waiting for name servers.
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reload")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, read)
    finally:
        thread.shutdown(wait=False)
