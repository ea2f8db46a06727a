"""Decides when to take a snapshot of an application, and which one to show to a scrape.

One collection per application runs at a time. Scrapes that come meanwhile wait for the same one, each until its own
deadline; a deadline ends the waiting, never the collection, and neither does a client that hangs up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.collection_log import CollectionLog
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity, ApplicationMetrics, Exposure, show_outline
from exporter.metrics.series import Series
from exporter.sessions.model import Page
from exporter.sessions.reader import SessionList


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """In seconds: a snapshot younger than `min_interval` is served again, one up to `max_staleness` old is served while
    the next collection overruns. No collection is given more time than `max_staleness` either.
    """

    min_interval: float
    max_staleness: float


@dataclass(frozen=True, slots=True)
class Success:
    """What is kept of a finished snapshot: its series, the values of its signals, and how many sessions it has.

    `finished` is a time of this machine's clock in Unix seconds, `at` the same of the event loop's.
    """

    series: Series
    signals: Mapping[str, float]
    sessions: int
    finished: float
    at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a collection failed, at what time of this machine's clock, and the API's count where the first page came."""

    error: BaseException
    at: float
    total: int | None


class ApplicationCollection:
    """Takes the snapshots of one application. Setting `stopping` ends all waiting.

    `cache_policy` may be set at any time; a collection under way keeps the deadline that it has.
    """

    def __init__(
        self,
        identity: ApplicationIdentity,
        sessions: SessionList,
        metrics: ApplicationMetrics,
        *,
        cache_policy: CachePolicy,
        stopping: asyncio.Event,
        internal_errors: InternalErrorLog | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.identity = identity
        self.outcome: Success | Failure | None = None
        self.last_success: Success | None = None
        self.last_failure: Failure | None = None
        self._sessions = sessions
        self.metrics = metrics
        self.cache_policy = cache_policy
        self._stopping = stopping
        self._now = now
        self._running: asyncio.Task[None] | None = None
        self._first_total: int | None = None
        self._is_closed = False
        self._not_shown_since: float | None = None
        self._failing_since: float | None = None
        self._log = CollectionLog(identity, internal_errors or InternalErrorLog())

    async def collect(self, deadline: float) -> list[Series]:
        """Return what is known of the application at `deadline`, a time of the running loop's clock, or before.

        A failed collection raises nothing: the series tell. Pass any exception raised to `show_internal_error`.
        """
        if not self._is_closed and not self._is_younger_than(self.cache_policy.min_interval):
            await self._wait_for(self._running or self._start(), deadline)
        exposure = self._exposure()
        if self._running is not None and not exposure.up and not self._stopping.is_set():
            self._log.overran()
        series = self.metrics.show(exposure)
        self._not_shown_since = None
        return series

    def show_internal_error(self, error: BaseException) -> list[Series]:
        """Log an error that `collect` raised, and return what to show instead of its result."""
        self.last_failure = Failure(error, self._now(), None)
        if self._not_shown_since is None:
            self._not_shown_since = self.last_failure.at
        self._log.not_shown(error)
        _drop_traceback(error)
        return show_outline(self.identity, up=False)

    @property
    def shown(self) -> Success | None:
        """The success that a scrape would be shown now, None where it would see `tccc_up` at 0."""
        if self._not_shown_since is not None or not isinstance(self.outcome, Success):
            return None
        return self.outcome if self._exposure().up else None

    @property
    def failing_since(self) -> float | None:
        """When the application began to fail, in Unix seconds of this machine's clock; None where it does not."""
        return self._failing_since if self._not_shown_since is None else self._not_shown_since

    async def close(self) -> None:
        """Cancel the collection under way."""
        self._is_closed = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def _start(self) -> asyncio.Task[None]:
        self._first_total = None
        self._log.started()
        deadline = asyncio.get_running_loop().time() + self.cache_policy.max_staleness
        self._running = asyncio.create_task(self._take_snapshot(deadline))
        self._running.add_done_callback(self._finished)
        return self._running

    async def _take_snapshot(self, deadline: float) -> None:
        snapshot = await self._sessions.read(deadline, self._first_page)
        series = self.metrics.observe(snapshot)
        # At once with the counters that the snapshot has moved: no scrape may see the one without the other.
        self.outcome = self.last_success = Success(
            series,
            self.metrics.signals,
            len(snapshot.sessions),
            snapshot.finished,
            asyncio.get_running_loop().time(),
        )
        self._failing_since = None
        self._log.succeeded(snapshot)

    def _first_page(self, page: Page) -> None:
        self._first_total = page.total

    async def _wait_for(self, collection: asyncio.Task[None], deadline: float) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            timeout = deadline - asyncio.get_running_loop().time()
            await asyncio.wait([collection, stopped], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()

    def _finished(self, collection: asyncio.Task[None]) -> None:
        self._running = None
        error: BaseException | None
        if not collection.cancelled():
            error = collection.exception()
        elif self._is_closed:
            return
        else:
            # Not by anyone here. Without a failure the last success would pass for a fresh one.
            error = asyncio.CancelledError("the reading of the sessions was cancelled")
        if error is not None:
            self.outcome = self.last_failure = failure = Failure(error, self._now(), self._first_total)
            if self._failing_since is None:
                self._failing_since = failure.at
            self._log.failed(error)
        _drop_traceback(error)

    def _exposure(self) -> Exposure:
        last_success = None if self.last_success is None else self.last_success.finished
        overrun = self._running is not None
        match self.outcome:
            case Success() as success if not overrun or self._is_younger_than(self.cache_policy.max_staleness):
                return Exposure(up=True, snapshot=success.series, last_success=last_success)
            case Failure() as failure if not overrun:
                return Exposure(up=False, total=failure.total, last_success=last_success)
            case _:
                return Exposure(up=False, total=self._first_total, last_success=last_success)

    def _is_younger_than(self, seconds: float) -> bool:
        return isinstance(self.outcome, Success) and asyncio.get_running_loop().time() - self.outcome.at < seconds


def _drop_traceback(error: BaseException | None) -> None:
    """Drop the traceback of an error that is kept: its frames hold the pages that had been read."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__
