"""The exporter's HTTP server: where it listens, and how it stops."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from exporter.service import STOPPING_GRACE, Exporter
from exporter.web.address import Address
from exporter.web.application import make_application

SHUTDOWN_TIMEOUT = STOPPING_GRACE + 0.2
"""Seconds after which a scrape that is still not answered is cut off."""


class ListenError(Exception):
    """An address that cannot be listened on, and why."""

    def __init__(self, address: Address, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(address, reason)


class Server:
    """Serves an exporter until it is closed."""

    def __init__(self, exporter: Exporter, telemetry_path: str = "/metrics") -> None:
        self._exporter = exporter
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
                raise ListenError(address, error.strerror or str(error)) from None

    @property
    def addresses(self) -> list[str]:
        """The addresses listened on, with the ports that were really taken."""
        return [str(Address(host, port)) for host, port, *_ in self._runner.addresses]

    @property
    def port(self) -> int:
        """The port of the first address."""
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """Stop listening and answer the scrapes under way, all within a second."""
        self._exporter.stop_soon()
        await self._runner.cleanup()
