"""Connections that defend themselves: each has a time-out in each of its states, and together they are so many at most.

aiohttp closes a connection that is idle, but waits without end for the head of a request that has begun, and for a
client that does not take its answer. So this stands between the transport and aiohttp's protocol. It relies on what is
public on both sides: `web.Server` makes a protocol for each connection, and the transport of a request names its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from exporter.web.config.tls import ClientPolicy


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients are allowed: so many `connections` at once, and so many bytes `ahead` of the answers.

    The others are in seconds: how long the `head` of a request may take to come, the whole `request` to be answered,
    the client to take what is there of its answer (`unread`), and how long it may be `idle` between two requests.
    """

    connections: int = 512
    ahead: int = 256 * 1024
    head: float = 10.0
    request: float = 660.0
    unread: float = 30.0
    idle: float = 90.0


class Connections:
    """The open connections of a server that `make_protocol` gives protocols for.

    Where there are too many, the one that has been without a request for longest is closed; where each has a request,
    the new one is. `on_limit` is told of both.
    """

    def __init__(
        self, make_protocol: Callable[[], asyncio.Protocol], limits: Limits, on_limit: Callable[[], None]
    ) -> None:
        self.limits = limits
        self._make_protocol = make_protocol
        self._on_limit = on_limit
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}
        """Those without a request, the one for longest first."""

    def accept(self, close: Callable[[], object]) -> Connection | None:
        """Return the protocol of a connection that is to be opened, None where there is no room for it.

        It counts from now on. Until it is open, as TLS has been agreed on, `close` ends it.
        """
        if len(self._open) >= self.limits.connections:
            self._on_limit()
            self.close_longest_waiting()
            if len(self._open) >= self.limits.connections:
                return None
        connection = Connection(self._make_protocol(), self, close)
        self._open.add(connection)
        self.note_waiting(connection)
        return connection

    def close_longest_waiting(self) -> None:
        """Close the connection that has been without a request for longest, where there is one."""
        for connection in self._waiting:
            connection.abort()
            return

    def note_waiting(self, connection: Connection) -> None:
        """Note that a connection is without a request from now on."""
        self._waiting[connection] = None

    def note_answering(self, connection: Connection) -> None:
        """Note that a request has come on a connection."""
        self._waiting.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """Note that a connection is closed."""
        self._waiting.pop(connection, None)
        self._open.discard(connection)


class Connection(asyncio.Protocol):
    """One connection, in front of the protocol that speaks HTTP on it.

    `handler` is what answers the request under way, for whoever counts the answers; empty where none does. `clients` is
    the rule by which the client is let in, and `is_refused` tells that it was not: it has got no answer.
    """

    def __init__(self, http: asyncio.Protocol, connections: Connections, close: Callable[[], object]) -> None:
        self.handler = ""
        self.clients: ClientPolicy | None = None
        self.is_refused = False
        self._close = close
        self._http = http
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ahead = 0
        # A client has no other reason to connect than to send a request, so it is due from the start.
        self._head_is_due = True
        self._answering = False
        self._unread = False
        self._at_end: Callable[[], None] | None = None
        self._set_timer()

    @property
    def is_open(self) -> bool:
        """Whether the client is served, which it is not before TLS has been agreed on."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve the client, where it is allowed in."""
        assert isinstance(transport, asyncio.Transport)
        self._close = transport.abort
        if self.clients is not None and not self.clients.allows(transport.get_extra_info("peercert")):
            self.is_refused = True
            self.abort()
            return
        self._transport = transport
        self._set_timer()
        self._http.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass on what the client sends, unless it is more than any client needs to."""
        self._ahead += len(data)
        if self._ahead > self._connections.limits.ahead:
            self.abort()
            return
        if not self._head_is_due:
            self._head_is_due = True
            self._set_timer()
        try:
            self._http.data_received(data)
        except Exception:  # noqa: BLE001 -- whatever the parser lets out: what is no HTTP is no event
            self.abort()

    def request_began(self, handler: str) -> None:
        """Note that the head of a request has come, and what answers it."""
        self.handler = handler
        self._answering, self._head_is_due, self._ahead = True, False, 0
        self._connections.note_answering(self)
        self._set_timer()

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """Let this connection be closed like one without a request, for as long as its answer is held back."""
        self._connections.note_waiting(self)
        try:
            yield
        finally:
            self._connections.note_answering(self)

    def call_at_end(self, function: Callable[[], None]) -> None:
        """Call a function once the answer to the request under way has been written, or cannot be any more."""
        self._at_end = function

    def request_ended(self) -> None:
        """Note that the answer has been written."""
        self.handler = ""
        self._answering = False
        self._end()
        if self._transport is not None:
            self._connections.note_waiting(self)
            self._set_timer()

    def pause_writing(self) -> None:
        """Give the client time to read what is there for it."""
        self._unread = True
        self._set_timer()
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Write on: the client has read."""
        self._unread = False
        self._set_timer()
        self._http.resume_writing()

    def eof_received(self) -> bool | None:
        """Pass on that the client sends nothing more."""
        return self._http.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.forget()
        if self._transport is not None:
            self._transport = None
            self._end()
            self._http.connection_lost(exc)

    def abort(self) -> None:
        """Close the connection at once, whatever is still to be written."""
        self.forget()
        self._close()

    def _end(self) -> None:
        function, self._at_end = self._at_end, None
        if function is not None:
            function()

    def forget(self) -> None:
        """Count the connection no longer, as it is closed."""
        self._connections.forget(self)
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        limits = self._connections.limits
        if self._unread:
            seconds = limits.unread
        elif self._answering:
            seconds = limits.request
        else:
            seconds = limits.head if self._head_is_due else limits.idle
        self._timer = asyncio.get_running_loop().call_later(seconds, self.abort)
