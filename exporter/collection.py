"""Decides when a collector reads an application, and which reading to show to a scrape.

One collection of each runs at a time. Scrapes that come meanwhile wait for the same one, each until its own deadline; a
deadline ends the waiting, never the collection, and neither does a client that hangs up.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from exporter.collection_log import CollectionLog
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity
from exporter.metrics.collector_state import Exposure, show_collector
from exporter.metrics.observation import Observation
from exporter.metrics.series import Series
from exporter.tencent.errors import TencentError


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """In seconds: a reading younger than `min_interval` is served again, one up to `max_staleness` old is served while
    the next collection overruns. No collection is given more time than `max_staleness` either.
    """

    min_interval: float
    max_staleness: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a collector has read.

    `finished` is a time of this machine's clock in Unix seconds, `at` the same of the event loop's. `summary` tells a
    person in a few words what was read, `details` the log. `flaw` is why a part of it is missing, None where it is
    whole. `is_preliminary`: a part of it is still being read for the first time.
    """

    observation: Observation
    finished: float
    at: float
    summary: str
    details: Mapping[str, object] = field(default_factory=dict)
    flaw: TencentError | None = None
    is_preliminary: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a collection failed, and at what time of this machine's clock."""

    error: BaseException
    at: float


class Collector(ABC):
    """What can be read of one application, and how it is shown."""

    name: ClassVar[str]
    """What stands in the label `collector`."""

    @abstractmethod
    async def read(self, deadline: float) -> Reading:
        """Read it until `deadline`, a time of the running loop's clock. Raises TencentError."""

    def show(self, exposure: Exposure) -> list[Series]:
        """Return all series of an exposure but those that every collector has."""
        return [] if exposure.series is None else [exposure.series]

    async def close(self) -> None:  # noqa: B027 -- most leave nothing behind
        """Give up whatever goes on in the background."""


class Collection:
    """Collects by one collector of one application. Setting `stopping` ends all waiting.

    `cache_policy` may be set at any time; a collection under way keeps the deadline that it has.
    """

    def __init__(
        self,
        identity: ApplicationIdentity,
        collector: Collector,
        *,
        cache_policy: CachePolicy,
        stopping: asyncio.Event,
        internal_errors: InternalErrorLog | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.collector = collector
        self.cache_policy = cache_policy
        self.outcome: Reading | Failure | None = None
        self.last_success: Reading | None = None
        self.last_failure: Failure | None = None
        self._application = identity.name
        self._stopping = stopping
        self._now = now
        self._running: asyncio.Task[None] | None = None
        self._started = 0.0
        self._duration: float | None = None
        self._is_closed = False
        self._not_shown_since: float | None = None
        self._failing_since: float | None = None
        self._log = CollectionLog(identity, collector.name, internal_errors or InternalErrorLog())

    async def collect(self, deadline: float) -> list[Series]:
        """Return what is known at `deadline`, a time of the running loop's clock, or before.

        Raises nothing: of whatever goes wrong, the series tell.
        """
        try:
            return [*await self._collect(deadline)]
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Nobody has cancelled the scrape: it came out of what the collector did.
            return self._show_internal_error(error)
        except Exception as error:  # noqa: BLE001
            return self._show_internal_error(error)

    @property
    def shown(self) -> Reading | None:
        """The reading that a scrape would be shown now, None where it would see a failure."""
        if self._not_shown_since is not None or not isinstance(self.outcome, Reading):
            return None
        return self.outcome if self._exposure().up else None

    @property
    def failing_since(self) -> float | None:
        """When it began to fail, in Unix seconds of this machine's clock; None where it does not."""
        return self._failing_since if self._not_shown_since is None else self._not_shown_since

    def takes_longer_than(self, seconds: float) -> bool:
        """Tell whether the collection under way has taken more time already, or the last one did."""
        if self._running is not None:
            return asyncio.get_running_loop().time() - self._started > seconds
        return self._duration is not None and self._duration > seconds

    async def close(self) -> None:
        """Cancel the collection under way."""
        self._is_closed = True
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self.collector.close()

    async def _collect(self, deadline: float) -> list[Series]:
        if not self._is_closed and not self._is_younger_than(self.cache_policy.min_interval):
            await self._wait_for(self._running or self._start(), deadline)
        exposure = self._exposure()
        if self._running is not None and not exposure.up and not self._stopping.is_set():
            self._log.overran()
        series = [show_collector(self._application, self.collector.name, exposure), *self.collector.show(exposure)]
        self._not_shown_since = None
        return series

    def _show_internal_error(self, error: BaseException) -> list[Series]:
        self.last_failure = Failure(error, self._now())
        if self._not_shown_since is None:
            self._not_shown_since = self.last_failure.at
        self._log.not_shown(error)
        _drop_traceback(error)
        return [show_collector(self._application, self.collector.name, Exposure(up=False))]

    def _start(self) -> asyncio.Task[None]:
        self._log.started()
        self._started = asyncio.get_running_loop().time()
        self._running = asyncio.create_task(self._read(self._started + self.cache_policy.max_staleness))
        self._running.add_done_callback(self._finished)
        return self._running

    async def _read(self, deadline: float) -> None:
        # At once with the counters that the reading has moved: no scrape may see the one without the other.
        reading = self.outcome = self.last_success = await self.collector.read(deadline)
        self._failing_since = None
        self._log.succeeded(reading.details, reading.flaw)

    async def _wait_for(self, collection: asyncio.Task[None], deadline: float) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            timeout = deadline - asyncio.get_running_loop().time()
            await asyncio.wait([collection, stopped], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()

    def _finished(self, collection: asyncio.Task[None]) -> None:
        self._running = None
        self._duration = asyncio.get_running_loop().time() - self._started
        error: BaseException | None
        if not collection.cancelled():
            error = collection.exception()
        elif self._is_closed:
            return
        else:
            # Not by anyone here. Without a failure the last success would pass for a fresh one.
            error = asyncio.CancelledError("the collection was cancelled")
        if error is not None:
            self.outcome = self.last_failure = Failure(error, self._now())
            if self._failing_since is None:
                self._failing_since = self.last_failure.at
            self._log.failed(error)
        _drop_traceback(error)

    def _exposure(self) -> Exposure:
        last_success = None if self.last_success is None else self.last_success.finished
        overruns = self._running is not None
        if isinstance(self.outcome, Reading) and (
            not overruns or self._is_younger_than(self.cache_policy.max_staleness)
        ):
            return Exposure(True, self.outcome.observation.series, self._duration, last_success)
        return Exposure(False, None, self._duration, last_success)

    def _is_younger_than(self, seconds: float) -> bool:
        return isinstance(self.outcome, Reading) and asyncio.get_running_loop().time() - self.outcome.at < seconds


def _drop_traceback(error: BaseException | None) -> None:
    """Drop the traceback of an error that is kept: its frames hold the pages that had been read."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__
