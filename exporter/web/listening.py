"""Sockets that listen, and what is accepted on them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any

import structlog

from exporter.internal_errors import InternalErrorLog, RepeatFilter
from exporter.web.address import Address, ListenError
from exporter.web.config.live import LiveWebConfig
from exporter.web.config.tls import ServerTls, reason_of
from exporter.web.connections import Connection, Connections
from exporter.yamlconf.problems import ConfigurationError

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


class Acceptor:
    """Accepts connections on a socket, in TLS where the web configuration says so.

    asyncio's own servers, where there is no file descriptor left, try again as often as the backlog is long, and log a
    traceback each time. And they have the TLS that they began with.
    """

    def __init__(
        self, connections: Connections, web_config: LiveWebConfig | None, on_failure: Callable[[OSError], None]
    ) -> None:
        """`on_failure` is told why a connection could not be accepted."""
        self._connections = connections
        self._web_config = web_config
        self._on_failure = on_failure
        self._repeats = RepeatFilter()
        self._internal_errors = InternalErrorLog()

    async def accept(self, listening: socket.socket) -> None:
        """Accept connections until cancelled."""
        async with asyncio.TaskGroup() as opening:
            while True:
                # Not the loop's sock_accept: without a file descriptor that fails whether a client waits or not.
                await _client_waits(listening)
                try:
                    client, address = listening.accept()
                except (BlockingIOError, ConnectionAbortedError):
                    continue
                except OSError as error:
                    self._on_failure(error)
                    self._connections.close_longest_waiting()
                    await asyncio.sleep(RETRY_DELAY)
                    continue
                # What a client takes its time for must not keep the next one waiting.
                opening.create_task(self._opened(client, _host(address)))

    async def _opened(self, client: socket.socket, host: str) -> None:
        """Open a connection. The client has as long for it as for the head of a request."""
        task = asyncio.current_task()
        assert task is not None
        connection = self._connections.accept(task.cancel)
        if connection is None:
            client.close()
            return
        try:
            await self._open(client, connection)
            if connection.is_refused:
                self._tell_handshake(host, "the client's certificate has none of client_allowed_sans")
        except ssl.SSLError as error:
            self._tell_handshake(host, reason_of(error) or str(error))
        except ConnectionError as error:
            self._tell_handshake(host, error.strerror or str(error))
        except OSError as error:
            self._on_failure(error)
        except Exception as error:  # noqa: BLE001 -- one client's connection must not end the accepting of others
            self._internal_errors.log("connection cannot be opened: internal error, please report", error)
        finally:
            if not connection.is_open:
                connection.forget()
                client.close()

    async def _open(self, client: socket.socket, connection: Connection) -> None:
        tls = await self._tls()
        connection.clients = None if tls is None else tls.clients
        options = {} if tls is None else {"ssl_handshake_timeout": self._connections.limits.head}
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: connection, client, ssl=None if tls is None else tls.context, **options
        )

    async def _tls(self) -> ServerTls | None:
        """Return the TLS to speak with a new connection. Raises ConnectionError where it cannot be told."""
        if self._web_config is None:
            return None
        try:
            return (await self._web_config.current()).tls
        except ConfigurationError:
            # Plain HTTP has an answer for it, and a handshake none.
            if self._web_config.last_good.tls is None:
                return None
            raise ConnectionError("the web configuration cannot be used") from None

    def _tell_handshake(self, host: str, reason: str) -> None:
        if self._repeats.is_due(reason):
            _log.info("TLS handshake failed", client=host, error=reason)


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


def _host(address: Any) -> str:
    """Return the host of an address as sockets have it; those between processes of one machine have none."""
    return str(address[0]) if isinstance(address, tuple) else "local"


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)
