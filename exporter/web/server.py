"""The exporter's HTTP server: where it listens, whom it serves, and how it stops."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import resource
import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from exporter.internal_errors import RepeatFilter
from exporter.reload import Reloader
from exporter.service import STOPPING_GRACE, Exporter
from exporter.web.access import AccessControl
from exporter.web.address import Address, ListenError
from exporter.web.application import make_application
from exporter.web.connections import Connections, Limits
from exporter.web.listening import Acceptor, open_sockets
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
    """Serves an exporter until it is closed. Without `limits`, those of `default_limits` hold; without `reloader`, its
    configuration cannot be reloaded by HTTP; without `access`, all are let in, by plain HTTP.
    """

    def __init__(
        self,
        exporter: Exporter,
        telemetry_path: str = "/metrics",
        *,
        max_requests: int = 0,
        limits: Limits | None = None,
        reloader: Reloader | None = None,
        access: AccessControl | None = None,
    ) -> None:
        self._limits = limits or default_limits()
        self._access = access
        application = make_application(exporter, telemetry_path, max_requests=max_requests, reloader=reloader)
        if access is not None:
            access.guard(application)
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

    async def listen(self, addresses: Sequence[Address], sockets: Sequence[socket.socket] = ()) -> None:
        """Listen on every address, and on sockets that do so already. Raises ListenError for what cannot be had."""
        await self._runner.setup()
        assert self._runner.server is not None
        make_protocol = partial(Protocol, self._runner.server, loop=asyncio.get_running_loop(), **self._options)
        connections = Connections(make_protocol, self._limits, self._tell_limit)
        self._sockets += sockets
        try:
            for address in addresses:
                self._sockets += await open_sockets(address)
        except ListenError:
            await self.close()
            raise
        web_config = None if self._access is None else self._access.config
        acceptor = Acceptor(connections, web_config, self._tell_not_accepted)
        self._accepting = [asyncio.create_task(acceptor.accept(one)) for one in self._sockets]

    @property
    def addresses(self) -> list[str]:
        """The addresses listened on, with the ports that were really taken."""
        return [_shown(one) for one in self._sockets]

    @property
    def url_for_people(self) -> str:
        """What to put into a browser on this machine."""
        first = self._sockets[0]
        if first.family == socket.AF_UNIX:
            return _shown(first)
        host, port = first.getsockname()[:2]
        address = Address("localhost" if ipaddress.ip_address(host).is_unspecified else host, port)
        has_tls = self._access is not None and self._access.config.last_good.tls is not None
        return f"{'https' if has_tls else 'http'}://{address}"

    async def close(self) -> None:
        """Stop listening and answer the scrapes under way, all within a second of the exporter's own stopping."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for one in self._sockets:
            one.close()
        self._accepting, self._sockets = [], []
        await self._runner.cleanup()
        if self._access is not None:
            self._access.close()

    def _tell_limit(self) -> None:
        if self._repeats.is_due("limit"):
            _log.warning("too many connections, closing those that ask for nothing", limit=self._limits.connections)

    def _tell_not_accepted(self, error: OSError) -> None:
        if self._repeats.is_due("not accepted"):
            _log.error("cannot accept connections", error=error.strerror or str(error))


def _shown(listening: socket.socket) -> str:
    name = listening.getsockname()
    if listening.family == socket.AF_UNIX:
        return f"unix:{os.fsdecode(name)}".replace("\0", "@")
    return str(Address(name[0], name[1]))


def default_limits() -> Limits:
    """Return limits that leave half of the process's file descriptors to its own requests."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = Limits()
    return (
        limits
        if most == resource.RLIM_INFINITY
        else replace(limits, connections=min(limits.connections, max(1, most // 2)))
    )
