"""What systemd and a service say to each other: sockets handed over, readiness, reloads, the end, the watchdog.

https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html and sd_notify.html
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress

import structlog

from exporter.internal_errors import RepeatFilter

FIRST_DESCRIPTOR = 3
"""What systemd hands over begins here, behind the standard streams."""

LONGEST_WAIT = 0.1
"""Seconds that systemd is given to take what it is told, where it has much to read."""

SHORTEST_WATCHDOG = 0.01
"""Seconds; more often than that, nothing is told."""

_log = structlog.get_logger()


class HandoverError(Exception):
    """Why there are no sockets to listen on."""


def take_sockets(environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """Return the listening sockets that systemd has handed over to this process, once. Raises HandoverError."""
    process, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    for name in ("LISTEN_FDNAMES", "LISTEN_PIDFDID"):
        environment.pop(name, None)
    if not count:
        raise HandoverError("LISTEN_FDS is not set: nothing is handed over; start the service by a .socket unit")
    if process != str(os.getpid()):
        raise HandoverError(f"LISTEN_PID is {process!r:.20}, not this process: the sockets are for another one")
    if not re.fullmatch("[1-9][0-9]{0,3}", count):
        raise HandoverError(f"LISTEN_FDS is {count!r:.20}, allowed: a whole number from 1")
    return [_listening(number) for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count))]


def _listening(number: int) -> socket.socket:
    try:
        one = socket.socket(fileno=number)
        is_listening = one.type == socket.SOCK_STREAM and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise HandoverError(f"file descriptor {number} is no socket: {error.strerror}") from None
    if not is_listening:
        # It is somebody else's, and stays open.
        one.detach()
        raise HandoverError(f"file descriptor {number} is no listening stream socket; Accept=yes is not supported")
    one.set_inheritable(False)
    one.setblocking(False)
    return one


class ServiceManager:
    """Tells systemd how the service is, where systemd asks for it. Nothing raises: it is no trouble of the service."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._interval = _watchdog_interval(environment)
        self._timer: asyncio.TimerHandle | None = None
        self._repeats = RepeatFilter()

    def ready(self) -> None:
        """Tell that the service serves, from the start on or again after a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Tell that a reload has begun; `ready` ends it, whatever came of it."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Tell that the service is about to end."""
        self._tell("STOPPING=1")

    def start_watchdog(self) -> None:
        """From now on, tell at half the interval of the watchdog that the event loop runs."""
        if self._interval:
            self._tell("WATCHDOG=1")
            self._timer = asyncio.get_running_loop().call_later(self._interval / 2, self.start_watchdog)

    def stop_watchdog(self) -> None:
        """Tell nothing more of the event loop."""
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        # What begins with @ is an address without a file.
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
                notified.settimeout(LONGEST_WAIT)
                notified.sendto(state.encode(), address)
        except OSError as error:
            if self._repeats.is_due("failure"):
                _log.warning("cannot notify systemd", error=error.strerror or str(error))


def _watchdog_interval(environment: MutableMapping[str, str]) -> float:
    """Return the seconds that the watchdog waits at most, 0 for no watchdog."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    with suppress(ValueError, OverflowError):
        seconds = int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000
        return seconds if seconds >= SHORTEST_WATCHDOG else 0.0
    return 0.0
