"""Logs on stderr, as logfmt or JSON, one line an event. Logging never blocks, and never raises."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from exporter.log_lines import MOST_RECORDS, PERIOD, LineWriter, RecordLimit
from exporter.streams import write_all
from exporter.tencent.redaction import redact

LogLevel = Literal["debug", "info", "warn", "error"]
LogFormat = Literal["logfmt", "json"]
FIRST_KEYS = ("ts", "level", "msg")
LEVELS: dict[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(level: LogLevel, log_format: LogFormat, clock: Callable[[], float] = time.monotonic) -> LineWriter:
    """Set up the logs of the whole process, those of the libraries included, and return what writes them.

    The libraries' records are limited in rate by `clock`, which returns seconds. Lines that cannot be written are
    dropped and counted.
    """
    lines = LineWriter(partial(write_all, sys.stderr))
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("msg"),
        _arrange,
        _renderer(log_format),
    ]
    structlog.configure(
        processors=[_guarded(processors, lines)],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: _Output(lines),
        cache_logger_on_first_use=False,
    )
    # The libraries' own logs pass through the same processors; below a warning they are of no use to an operator.
    forwarder = _Forwarder(lines, RecordLimit(clock))
    logging.basicConfig(level=max(LEVELS[level], logging.WARNING), handlers=[forwarder], force=True)
    return lines


class _Output:
    """The logger that structlog passes each finished line to, by a method named after the level."""

    def __init__(self, lines: LineWriter) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        self._lines.put(f"{line}\n")

    debug = info = warning = error = critical = write


def _guarded(processors: Sequence[structlog.typing.Processor], lines: LineWriter) -> structlog.typing.Processor:
    """Chain processors into one that drops and counts an event where one of them fails: a value's `repr` may."""

    def process(
        logger: object, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.ProcessorReturnValue:
        result: structlog.typing.ProcessorReturnValue = event
        try:
            for one in processors:
                result = one(logger, method, result)  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001
            lines.drop()
            raise structlog.DropEvent from None
        return result

    return process


def _renderer(log_format: LogFormat) -> structlog.typing.Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(key_order=FIRST_KEYS, drop_missing=True, bool_as_flag=False)


def _add_level(_logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the level by the name that the flag has for it."""
    event["level"] = {"warning": "warn", "exception": "error", "critical": "error"}.get(method, method)
    return event


def _arrange(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put time, level and message first, leave out None, and redact tracebacks.

    The message of an exception may quote the data that it is about, such as the id of a session.
    """
    if "exception" in event:
        event["exception"] = redact(event["exception"], ())
    first = {key: event[key] for key in FIRST_KEYS if key in event}
    return {**first, **{key: value for key, value in event.items() if key not in first and value is not None}}


class _Forwarder(logging.Handler):
    def __init__(self, lines: LineWriter, limit: RecordLimit) -> None:
        super().__init__()
        self._lines = lines
        self._limit = limit

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._forward(record)
        except Exception:  # noqa: BLE001
            # Arguments that do not fit their message, for instance.
            self._lines.drop()

    def _forward(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            # A client that does not speak HTTP is answered with 400, and nobody need know.
            return
        if isinstance(error, asyncio.InvalidStateError) and record.msg == "Unhandled exception":
            # aiohttp's own slip where a request has been answered just as the time to stop in is up.
            return
        number = self._limit.count((record.name, str(record.msg).partition("\n")[0], type(error).__name__))
        self._tell_left_out()
        if number > MOST_RECORDS:
            if number == MOST_RECORDS + 1:
                # Where no loop runs, the next record tells.
                with suppress(RuntimeError):
                    asyncio.get_running_loop().call_later(PERIOD, self._tell_left_out)
            return
        log = structlog.get_logger().bind(logger=record.name)
        if number == MOST_RECORDS:
            log = log.bind(further="left out for up to a minute")
        # The traceback of an error of the operating system says nothing about its cause.
        log = (
            log.bind(error=redact(str(error), ())) if isinstance(error, OSError) else log.bind(exc_info=record.exc_info)
        )
        level = max((level for level in LEVELS.values() if level <= record.levelno), default=logging.DEBUG)
        log.log(level, redact(record.getMessage(), ()))

    def _tell_left_out(self) -> None:
        for (logger, message, _), records in self._limit.take_left_out().items():
            structlog.get_logger().warning(
                "records of a library left out", logger=logger, records=records, of=redact(message, ())
            )
