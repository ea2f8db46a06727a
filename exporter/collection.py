"""When a snapshot of an application is taken, and which one a scrape is shown.

One collection per application runs at a time. Scrapes that come meanwhile wait for the same one, each until its own
deadline; a deadline ends the waiting, never the collection, and neither does a client that hangs up.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from exporter.advice import advice
from exporter.internal_errors import INTERVAL, InternalErrorLog
from exporter.metrics.application import ApplicationIdentity, ApplicationMetrics, Exposure, show_outline
from exporter.metrics.series import Series
from exporter.sessions.model import Page
from exporter.sessions.reader import SessionList
from exporter.tencent.errors import TencentError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """In seconds: a snapshot younger than `min_interval` is served again, one up to `max_staleness` old is served while
    the next collection overruns. No collection is given more time than `max_staleness` either.
    """

    min_interval: float
    max_staleness: float


@dataclass(frozen=True, slots=True)
class Success:
    """What is kept of a finished snapshot: its series, and how many sessions it has.

    `finished` is a time of this machine's clock in Unix seconds, `at` the same of the event loop's.
    """

    series: Series
    sessions: int
    requests: int
    finished: float
    at: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a collection failed, at what time of this machine's clock, and the API's count where the first page came."""

    error: BaseException
    at: float
    total: int | None


class ApplicationCollection:
    """Takes the snapshots of one application. `stopping`, once set, ends all waiting.

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
        self._internal_errors = internal_errors or InternalErrorLog()
        self._now = now
        self._running: asyncio.Task[None] | None = None
        self._first_total: int | None = None
        self._told: dict[str, float] = {}
        self._is_closed = False
        self._cannot_be_shown = False

    async def collect(self, deadline: float) -> list[Series]:
        """Return what is known of the application at `deadline`, a time of the running loop's clock, or before.

        A failed collection raises nothing: the series say so. What is raised all the same is for `show_internal_error`.
        """
        if not self._is_closed and not self._is_younger_than(self.cache_policy.min_interval):
            await self._wait_for(self._running or self._start(), deadline)
        exposure = self._exposure()
        if self._running is not None and not exposure.up and not self._stopping.is_set():
            self._log_overrun()
        series = self.metrics.show(exposure)
        self._cannot_be_shown = False
        return series

    def show_internal_error(self, error: BaseException) -> list[Series]:
        """Return what is shown in place of what `collect` could not return for this error, and log it."""
        self._cannot_be_shown = True
        self.last_failure = Failure(error, self._now(), None)
        self._log_internal_error("application cannot be shown: internal error, please report", error)
        _let_go(error)
        return show_outline(self.identity, up=False)

    @property
    def shown(self) -> Success | None:
        """The success that a scrape would be shown now, None where it would see `tccc_up` at 0."""
        if self._cannot_be_shown or not isinstance(self.outcome, Success):
            return None
        return self.outcome if self._exposure().up else None

    async def close(self) -> None:
        """Give up the collection under way."""
        self._is_closed = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    def _start(self) -> asyncio.Task[None]:
        self._first_total = None
        deadline = asyncio.get_running_loop().time() + self.cache_policy.max_staleness
        self._running = asyncio.create_task(self._take_snapshot(deadline))
        self._running.add_done_callback(partial(self._finished, self.outcome))
        _log.debug("collecting", application=self.identity.name)
        return self._running

    async def _take_snapshot(self, deadline: float) -> None:
        snapshot = await self._sessions.read(deadline, self._first_page)
        series = self.metrics.observe(snapshot)
        # At once with the counters that the snapshot has moved: no scrape may see the one without the other.
        self.outcome = self.last_success = Success(
            series, len(snapshot.sessions), snapshot.requests, snapshot.finished, asyncio.get_running_loop().time()
        )

    def _first_page(self, page: Page) -> None:
        self._first_total = page.total

    async def _wait_for(self, collection: asyncio.Task[None], deadline: float) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            timeout = deadline - asyncio.get_running_loop().time()
            await asyncio.wait([collection, stopped], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()

    def _finished(self, before: Success | Failure | None, collection: asyncio.Task[None]) -> None:
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
            self.outcome = self.last_failure = Failure(error, self._now(), self._first_total)
        self._log_change(before)
        _let_go(error)

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

    def _log_overrun(self) -> None:
        if self._is_news("overrun"):
            _log.warning(
                "collection exceeded the scrape timeout; continuing in background", application=self.identity.name
            )

    def _log_change(self, before: Success | Failure | None) -> None:
        """Log what came of a collection where it is not what came of the one before; a scrape a second fills no log."""
        log = _log.bind(application=self.identity.name, sdk_app_id=self.identity.sdk_app_id)
        match before, self.outcome:
            case Success(), Success():
                pass
            case _, Success(sessions=sessions, requests=requests):
                self._told.clear()
                log.info("collection succeeded", sessions=sessions, requests=requests)
            case _, Failure(error=TencentError() as error) if not self._is_news(error.label):
                log.debug("collection failed", code=error.code, error=error.message)
            case _, Failure(error=TencentError() as error):
                log.error(
                    "collection failed",
                    code=error.code,
                    error=error.message,
                    **({"request_id": error.request_id} if error.request_id else {}),
                    advice=advice(error),
                )
            case _, Failure(error=error):
                self._log_internal_error("collection failed: internal error, please report", error)

    def _is_news(self, what: str) -> bool:
        """Tell whether something that has gone wrong is to be logged: the first time since all was well, and then once
        in ten minutes. Two kinds of failure that take turns fill no log either.
        """
        now = asyncio.get_running_loop().time()
        if now - self._told.get(what, -math.inf) < INTERVAL:
            return False
        self._told[what] = now
        return True

    def _log_internal_error(self, event: str, error: BaseException) -> None:
        self._internal_errors.log(
            event, error, application=self.identity.name, sdk_app_id=str(self.identity.sdk_app_id)
        )


def _let_go(error: BaseException | None) -> None:
    """Have a kept error hold nothing more than itself: in its frames are the pages that had been read."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__
