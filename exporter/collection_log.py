"""Logs the collections of one collector of an application.

A scrape a second must not fill a log. So a success is logged at the start and after failures, a failure when it begins
and then once in ten minutes, with its age. Everything else is at level debug.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from exporter.advice import advice
from exporter.durations import format_duration
from exporter.internal_errors import InternalErrorLog, RepeatFilter
from exporter.metrics.application import ApplicationIdentity
from exporter.tencent.errors import ApiError, TencentError


class CollectionLog:
    """To be called for each collection, inside a running event loop."""

    def __init__(self, identity: ApplicationIdentity, collector: str, internal_errors: InternalErrorLog) -> None:
        self._identity = identity
        self._collector = collector
        self._internal_errors = internal_errors
        self._has_succeeded = False
        self._failing_since: float | None = None
        self._reminders = RepeatFilter(_now)

    def started(self) -> None:
        """Log that a collection begins."""
        self._bound.debug("collection started")

    def overran(self) -> None:
        """Log that a scrape was answered before the collection ended, unless that was logged within ten minutes."""
        if self._reminders.is_due("overrun"):
            self._bound.warning("collection takes longer than the scrape waits for it; continuing in background")

    def succeeded(self, details: Mapping[str, object], flaw: TencentError | None) -> None:
        """Log a success: at level info the first one, and the first one after failures.

        `flaw` is why a part of what was read is missing, None for nothing; it is logged like a failure.
        """
        failing_since, self._failing_since = self._failing_since, None
        is_change = not self._has_succeeded or failing_since is not None
        self._has_succeeded = True
        if flaw is None or is_change:
            self._reminders = RepeatFilter(_now)
        log = self._bound if failing_since is None else self._bound.bind(failed_for=_age(failing_since))
        (log.info if is_change else log.debug)("collection succeeded", **details)
        if flaw is not None:
            self._log_error("a part of the collection failed", flaw, {})

    def failed(self, error: BaseException) -> None:
        """Log a failure: at level error where none of its kind was logged so within ten minutes."""
        is_first = self._failing_since is None
        if self._failing_since is None:
            self._failing_since = _now()
        age = {} if is_first else {"failing_for": _age(self._failing_since)}
        if not isinstance(error, TencentError):
            self._log_internal_error("collection failed: internal error, please report", error, age)
            return
        self._log_error("collection failed", error, age)

    def not_shown(self, error: BaseException) -> None:
        """Log that what was collected cannot be shown."""
        self._log_internal_error("application cannot be shown: internal error, please report", error, {})

    def _log_error(self, event: str, error: TencentError, age: dict[str, str]) -> None:
        what = {
            "action": error.action or None,
            "code": error.code,
            "error": error.message,
            "request_id": error.request_id or None,
            **age,
        }
        if self._reminders.is_due(error.label):
            source = error.key_source if isinstance(error, ApiError) else ""
            self._bound.error(event, **what, key_source=source or None, advice=advice(error))
        else:
            self._bound.debug(event, **what)

    def _log_internal_error(self, event: str, error: BaseException, details: dict[str, str]) -> None:
        self._internal_errors.log(
            event,
            error,
            details,
            application=self._identity.name,
            sdk_app_id=str(self._identity.sdk_app_id),
            collector=self._collector,
        )

    @property
    def _bound(self) -> structlog.typing.FilteringBoundLogger:
        log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        return log.bind(
            application=self._identity.name, sdk_app_id=self._identity.sdk_app_id, collector=self._collector
        )


def _age(since: float) -> str:
    seconds = _now() - since
    return format_duration(round(seconds) if seconds >= 1 else seconds)


def _now() -> float:
    return asyncio.get_running_loop().time()
