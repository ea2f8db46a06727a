"""Sockets that listen, and what is accepted on them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

import structlog

from exporter.web.address import Address, ListenError
from exporter.web.connections import Connections

BACKLOG = 128
"""Connections that the kernel holds until they are accepted."""

RETRY_DELAY = 0.1
"""Seconds until the next attempt, where the process has no file descriptor left for a connection."""

_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
"""What it is called that this machine does not have an address, or no addresses of its kind at all."""

_log = structlog.get_logger()


async def open_sockets(address: Address) -> list[socket.socket]:
    """Listen on all that an address stands for, except for what this machine does not have.

    Raises ListenError where nothing is left, and where a part of it is taken or not permitted: whoever asks there would
    be answered by somebody else.
    """
    sockets: list[socket.socket] = []
    absent: list[tuple[str, str]] = []
    for family, sockaddr in await _resolve(address):
        try:
            sockets.append(socket.create_server(sockaddr, family=family, backlog=BACKLOG))
        except OSError as error:
            if error.errno not in _ABSENT:
                for one in sockets:
                    one.close()
                raise ListenError(address, _reason(error)) from None
            absent.append((str(sockaddr[0]), _reason(error)))
    if not sockets:
        raise ListenError(address, absent[0][1])
    for host, why in absent:
        _log.info("an address is not listened on", address=str(Address(host, address.port)), error=why)
    for one in sockets:
        one.setblocking(False)
    return sockets


async def accept(listening: socket.socket, connections: Connections, on_failure: Callable[[OSError], None]) -> None:
    """Accept connections until cancelled; `on_failure` is told why one could not be accepted.

    asyncio's own servers, where there is no file descriptor left, try again as often as the backlog is long, and log a
    traceback each time.
    """
    loop = asyncio.get_running_loop()
    while True:
        # Not the loop's sock_accept: without a file descriptor that fails whether a client waits or not.
        await _client_waits(listening)
        try:
            client, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            continue
        except OSError as error:
            on_failure(error)
            connections.close_longest_waiting()
            await asyncio.sleep(RETRY_DELAY)
            continue
        try:
            await loop.connect_accepted_socket(connections.new, client)
        except OSError as error:
            on_failure(error)
            client.close()


async def _client_waits(listening: socket.socket) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listening, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(listening)


async def _resolve(address: Address) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ListenError(address, _reason(error)) from None
    except UnicodeError:
        raise ListenError(address, "no host name") from None
    return list(dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found))


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)
