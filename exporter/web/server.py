"""The exporter's HTTP server: where it listens, whom it serves, and how it stops."""

from __future__ import annotations

import asyncio
import ipaddress
import resource
import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from exporter.internal_errors import RepeatFilter
from exporter.service import STOPPING_GRACE, Exporter
from exporter.web.address import Address, ListenError
from exporter.web.application import make_application
from exporter.web.connections import Connections, Limits
from exporter.web.listening import accept, open_sockets
from exporter.web.protocol import Protocol
from exporter.web.requests import answer_counter

SHUTDOWN_TIMEOUT = STOPPING_GRACE + 0.2
"""Seconds after which a scrape that is still not answered is cut off."""

LINGERING_TIME = 2.0
"""Seconds that a client is given to send the rest of a request that has been answered; nothing here reads bodies."""

LONGEST_REQUEST_LINE = 8190
"""Bytes, and so the limit of the names that a scrape may ask for: a longer one is answered with 400."""

_log = structlog.get_logger()


class Server:
    """Serves an exporter until it is closed. Without `limits`, those of `default_limits` hold."""

    def __init__(self, exporter: Exporter, telemetry_path: str = "/metrics", *, limits: Limits | None = None) -> None:
        self._limits = limits or default_limits()
        application = make_application(exporter, telemetry_path)
        self._options: dict[str, Any] = {
            "access_log_class": answer_counter(exporter.self_metrics, application),
            "keepalive_timeout": self._limits.idle,
            "lingering_time": LINGERING_TIME,
            "max_line_size": LONGEST_REQUEST_LINE,
            "auto_decompress": False,
        }
        self._runner = web.AppRunner(application, shutdown_timeout=SHUTDOWN_TIMEOUT, **self._options)
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._repeats = RepeatFilter()

    async def listen(self, addresses: Sequence[Address]) -> None:
        """Listen on every address. Raises ListenError where one cannot be had."""
        await self._runner.setup()
        assert self._runner.server is not None
        make_protocol = partial(Protocol, self._runner.server, loop=asyncio.get_running_loop(), **self._options)
        connections = Connections(make_protocol, self._limits, self._tell_limit)
        try:
            for address in addresses:
                self._sockets += await open_sockets(address)
        except ListenError:
            await self.close()
            raise
        self._accepting = [
            asyncio.create_task(accept(one, connections, self._tell_not_accepted)) for one in self._sockets
        ]

    @property
    def addresses(self) -> list[str]:
        """The addresses listened on, with the ports that were really taken."""
        return [str(Address(host, port)) for host, port in self._names]

    @property
    def address_for_people(self) -> str:
        """What to put into a browser on this machine."""
        host, port = self._names[0]
        return str(Address("localhost" if ipaddress.ip_address(host).is_unspecified else host, port))

    async def close(self) -> None:
        """Stop listening and answer the scrapes under way, all within a second of the exporter's own stopping."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for one in self._sockets:
            one.close()
        self._accepting, self._sockets = [], []
        await self._runner.cleanup()

    @property
    def _names(self) -> list[tuple[str, int]]:
        names: list[tuple[Any, ...]] = [one.getsockname() for one in self._sockets]
        return [(name[0], name[1]) for name in names]

    def _tell_limit(self) -> None:
        if self._repeats.is_due("limit"):
            _log.warning("too many connections, closing those that ask for nothing", limit=self._limits.connections)

    def _tell_not_accepted(self, error: OSError) -> None:
        if self._repeats.is_due("not accepted"):
            _log.error("cannot accept connections", error=error.strerror or str(error))


def default_limits() -> Limits:
    """Return limits that leave half of the process's file descriptors to its own requests."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = Limits()
    return (
        limits
        if most == resource.RLIM_INFINITY
        else replace(limits, connections=min(limits.connections, max(1, most // 2)))
    )
