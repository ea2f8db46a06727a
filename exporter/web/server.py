"""The exporter's HTTP server: where it listens, and how it stops."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence

from aiohttp import web

from exporter.service import STOPPING_GRACE, Exporter
from exporter.web.address import Address, ListenError
from exporter.web.application import make_application

SHUTDOWN_TIMEOUT = STOPPING_GRACE + 0.2
"""Seconds after which a scrape that is still not answered is cut off."""


class Server:
    """Serves an exporter until it is closed."""

    def __init__(self, exporter: Exporter, telemetry_path: str = "/metrics") -> None:
        self._runner = web.AppRunner(
            make_application(exporter, telemetry_path), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT
        )

    async def listen(self, addresses: Sequence[Address]) -> None:
        """Listen on every address. Raises ListenError where one cannot be had."""
        await self._runner.setup()
        for address in addresses:
            try:
                await web.TCPSite(self._runner, address.host, address.port).start()
            except OSError as error:
                await self._runner.cleanup()
                raise ListenError(
                    address, os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
                ) from None

    @property
    def addresses(self) -> list[str]:
        """The addresses listened on, with the ports that were really taken."""
        return [str(Address(host, port)) for host, port, *_ in self._runner.addresses]

    @property
    def address_for_people(self) -> str:
        """What to put into a browser on this machine."""
        host, port, *_ = self._runner.addresses[0]
        return str(Address("localhost" if ipaddress.ip_address(host).is_unspecified else host, port))

    async def close(self) -> None:
        """Stop listening and answer the scrapes under way, all within a second of the exporter's own stopping."""
        await self._runner.cleanup()
