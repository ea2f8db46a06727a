"""The emulator as a server on a socket."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from random import Random
from types import TracebackType
from typing import Self

from aiohttp import web

from exporter.emulator.center import ContactCenter
from exporter.emulator.clock import SimulatedClock
from exporter.emulator.endpoint import EmulatedEndpoint
from exporter.emulator.faults import Fault, parse_fault
from exporter.emulator.listing import Listed, Listing, Order, new_listing
from exporter.emulator.options import (
    DEFAULT_APPLICATION,
    DEFAULT_SECRET_ID,
    DEFAULT_SECRET_KEY,
    EmulatorOptions,
)
from exporter.emulator.rate import RateWindow
from exporter.emulator.request_log import RequestLog
from exporter.emulator.skill_groups import SkillGroup

__all__ = [
    "DEFAULT_APPLICATION",
    "DEFAULT_SECRET_ID",
    "DEFAULT_SECRET_KEY",
    "Emulator",
    "EmulatorOptions",
    "Fault",
    "Listed",
    "Order",
    "RateWindow",
    "SkillGroup",
]

_CLOSE_TIMEOUT = 0.05
_ADVANCE_INTERVAL = 1.0


class Emulator:
    """Contact centers and the endpoint that tells of them, served while started; an asynchronous context manager."""

    def __init__(
        self,
        options: EmulatorOptions | None = None,
        *,
        listing: Callable[[Order, Random], Listing] = new_listing,
    ) -> None:
        """Open the contact centers; their time runs from here on.

        `listing` makes the list of each: whoever wants to watch every view of one wraps it.
        """
        self.options = EmulatorOptions() if options is None else options
        self._new_listing = listing
        self.requests = RequestLog()
        self._clock = SimulatedClock(self.options.speed)
        self.centers = {application: self._new_center(application) for application in self.options.applications}
        self._endpoint = EmulatedEndpoint(self.options, self.centers, self._clock, self.requests)
        self._runner: web.ServerRunner | None = None
        self._advancing: asyncio.Task[None] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where clients find the emulator, such as `http://127.0.0.1:10821`. Raises RuntimeError before the start."""
        if not self._url:
            raise RuntimeError("the emulator has not been started")
        return self._url

    async def start(
        self, host: str | None = "127.0.0.1", port: int = 0, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """Listen on a port, 0 for any that is free; no host means all addresses. Raises OSError.

        After `close` it can be started again, and the simulation has gone on.
        """
        server = web.Server(self._endpoint.handle, handler_cancellation=True, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=_CLOSE_TIMEOUT)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, ssl_context=ssl_context).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._url = _url("http" if ssl_context is None else "https", host, runner.addresses[0][:2])
        self._advancing = asyncio.create_task(self._keep_advancing())

    async def close(self) -> None:
        """Stop at once, whoever is still waiting for an answer."""
        if self._advancing is not None:
            self._advancing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._advancing
            self._advancing = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        if self._runner is None:
            await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def set_faults(self, *faults: Fault | str) -> None:
        """Let these faults strike from the next request on, and no others; a text is `[ACTION/]NAME[:PROBABILITY]`.

        Raises ValueError for a fault that there is not.
        """
        self._endpoint.set_faults([parse_fault(fault) if isinstance(fault, str) else fault for fault in faults])

    def skip(self, seconds: float) -> None:
        """Put simulated time forward, also where it is frozen, and let everything happen that falls into it."""
        self._clock.skip(seconds)
        self._advance()

    def _new_center(self, application: int) -> ContactCenter:
        seed = f"{self.options.seed} {application}"
        return ContactCenter(
            seed=seed,
            start=self._clock.start,
            sessions=self.options.sessions_of(application),
            staff=self.options.staff,
            skill_groups=self.options.skill_groups_of(application),
            listed=self.options.list_of(application),
            listing=self._new_listing(self.options.order, Random(f"{seed} order")),
        )

    def _advance(self) -> None:
        for center in self.centers.values():
            center.advance(self._clock.now())

    async def _keep_advancing(self) -> None:
        # Hours without a request would otherwise have to be caught up with while the next one waits.
        while True:
            await asyncio.sleep(_ADVANCE_INTERVAL)
            self._advance()


def _url(scheme: str, host: str | None, bound: tuple[str, int]) -> str:
    address = ip_address(bound[0])
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"{scheme}://[{host}]:{bound[1]}" if ":" in str(host) else f"{scheme}://{host}:{bound[1]}"
