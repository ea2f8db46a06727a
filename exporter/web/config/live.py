"""The web configuration of now: read again, away from the event loop, as its files change."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from exporter.internal_errors import RepeatFilter
from exporter.web.config.loading import LoadedWebConfig, load
from exporter.web.config.read_files import ReadFiles
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError

PATIENCE = 1.0
"""Seconds in which files that became bad are read again: they may be in the middle of being written."""

PAUSE = 0.05
"""Seconds between two attempts."""

LONGEST_CHECK = 5.0
"""Seconds that a request or a handshake waits for a file system that does not answer."""

_log = structlog.get_logger()


class LiveWebConfig:
    """The web configuration in a file. Reads it when made; raises ConfigurationError where it cannot be used.

    `last_good` is the last one that could be used.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._files = ReadFiles()
        self.last_good = load(path, self._files)
        self._outcome: LoadedWebConfig | ConfigurationError = self.last_good
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="web configuration")
        self._under_way: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._logged: object = None
        self._notes: set[str] = set()
        self._repeats = RepeatFilter()

    async def current(self) -> LoadedWebConfig:
        """Return the configuration as it is in the files now. Raises ConfigurationError where that is bad."""
        if self._next is None:
            # Whoever comes while one check is under way needs the next one, which all of these share.
            self._next = asyncio.create_task(self._check_after(self._under_way))
        try:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the result.
            async with asyncio.timeout(LONGEST_CHECK):
                await asyncio.shield(self._next)
            outcome = self._outcome
        except TimeoutError:
            problem = f"cannot be read within {LONGEST_CHECK:g} s"
            outcome = ConfigurationError([ConfigProblem(str(self._path), 0, "", problem)])
        self.log_outcome(outcome)
        if isinstance(outcome, ConfigurationError):
            raise outcome
        return outcome

    def log_outcome(self, outcome: LoadedWebConfig | ConfigurationError) -> None:
        """Log what became of the files, once; what is wrong with them again every ten minutes."""
        if isinstance(outcome, ConfigurationError):
            if str(outcome) != self._logged:
                self._logged, self._repeats = str(outcome), RepeatFilter()
            if self._repeats.is_due("bad"):
                for problem in outcome.problems:
                    _log.error("web configuration cannot be used, nobody is let in", error=str(problem))
            return
        if outcome is not self._logged:
            self._logged = outcome
            _log.info(
                "web configuration loaded",
                file=str(self._path),
                tls="on" if outcome.tls else "off",
                users=len(outcome.config.basic_auth_users),
            )
            for note in outcome.notes:
                if note not in self._notes:
                    self._notes.add(note)
                    _log.warning("web configuration", note=note)

    def close(self) -> None:
        """Give up what is being read."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for task in (self._under_way, self._next):
            if task is not None:
                task.cancel()

    async def _check_after(self, under_way: asyncio.Task[None] | None) -> None:
        if under_way is not None:
            await asyncio.wait([under_way])
        self._under_way, self._next = self._next, None
        await asyncio.get_running_loop().run_in_executor(self._thread, self._check)

    def _check(self) -> None:
        if not self._files.have_changed():
            return
        deadline = time.monotonic() + PATIENCE
        while True:
            files = ReadFiles()
            try:
                outcome: LoadedWebConfig | ConfigurationError = load(self._path, files)
            except ConfigurationError as error:
                outcome = error
            if isinstance(outcome, LoadedWebConfig) or time.monotonic() > deadline:
                self._files, self._outcome = files, outcome
                if isinstance(outcome, LoadedWebConfig):
                    self.last_good = outcome
                return
            time.sleep(PAUSE)
