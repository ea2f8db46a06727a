"""Logs on stderr, as logfmt or JSON, one line an event."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from aiohttp.http_exceptions import HttpProcessingError

LogLevel = Literal["debug", "info", "warn", "error"]
LogFormat = Literal["logfmt", "json"]
LEVELS: dict[LogLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(level: LogLevel, log_format: LogFormat) -> None:
    """Set up the logs of the whole process, those of the libraries included."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("msg"),
            _renderer(log_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The libraries' own logs pass through the same processors; below a warning they are of no use to an operator.
    logging.basicConfig(level=max(LEVELS[level], logging.WARNING), handlers=[_Forwarder()], force=True)


def _renderer(log_format: LogFormat) -> structlog.typing.Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(key_order=["ts", "level", "msg"], drop_missing=True)


def _add_level(_logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The level under the name that the flag has for it."""
    event["level"] = {"warning": "warn", "exception": "error", "critical": "error"}.get(method, method)
    return event


class _Forwarder(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            # A client that speaks no HTTP is answered with 400; it is no event of the exporter.
            return
        level = max((level for level in LEVELS.values() if level <= record.levelno), default=logging.DEBUG)
        structlog.get_logger().log(level, record.getMessage(), logger=record.name, exc_info=record.exc_info)
