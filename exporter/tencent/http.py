"""One HTTP/1.1 connection: a request is sent on it, and its whole response is waited for, time after time.

Made for what an API of this kind needs, small POST requests and answers that fit into memory, it costs a fraction of
what a general client does. The bytes of a response are httptools' to parse.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import httptools

from exporter.tencent.errors import BadBodyError, ConnectionFailedError, TencentError

LARGEST_BODY = 8 * 1024 * 1024
LARGEST_HEAD = 64 * 1024
RECEIVE_BUFFER = 16 * 1024
"""Bytes that are received at once: as much as a record of TLS holds, and more than a page of sessions."""


class Response(NamedTuple):
    """What came for a request; `date` is the header of that name, None where it is missing."""

    status: int
    date: str | None
    body: bytes


class Connection(asyncio.BufferedProtocol):
    """A connection that is up already, as the protocol of its transport.

    `buffer` holds what is received only within one call of the event loop, so that many connections can share it.
    """

    def __init__(self, transport: asyncio.Transport, buffer: memoryview) -> None:
        self.idle_since = 0.0
        """For the one who keeps it between two exchanges."""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Is done once the connection is closed, by whichever side."""
        self._transport = transport
        self._buffer = buffer
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Response] | None = None
        self._date: str | None = None
        self._body: list[bytes] = []
        self._body_size = 0
        self._received = 0
        self._is_framed = False
        self._has_head = False
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Response:
        """Send a request and wait for the response, whatever its status.

        Where that is given up, by cancellation or for an error, the connection has to be closed. Raises TencentError.
        """
        self._received = 0
        self._has_head = False
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def get_buffer(self, _size_hint: int) -> memoryview:
        """Return where to put what is received."""
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        """Parse what was received."""
        self._received += size
        try:
            self._parser.feed_data(self._buffer[:size])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(BadBodyError("the answer cannot be read as HTTP"))
        if self._body_size > LARGEST_BODY:
            self._fail(BadBodyError(f"the answer is larger than {LARGEST_BODY // 1024**2} MiB"))
        elif not self._has_head and self._received > LARGEST_HEAD:
            self._fail(BadBodyError("the answer cannot be read as HTTP: its head has no end"))

    def on_message_begin(self) -> None:
        """Take in the beginning of a response. One that nobody has asked for ends the connection."""
        if self._answer is None or self._answer.done():
            self.close()
        self._date, self._body, self._body_size = None, [], 0
        self._is_framed = self._has_head = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header."""
        match name.lower():
            case b"date":
                self._date = value.decode("latin-1")
            case b"content-length" | b"transfer-encoding":
                self._is_framed = True

    def on_headers_complete(self) -> None:
        """Note that the head is complete."""
        self._has_head = True

    def on_body(self, part: bytes) -> None:
        """Take in a part of the body."""
        self._body_size += len(part)
        self._body.append(part)

    def on_message_complete(self) -> None:
        """Hand over the response; one that only tells of another to come is passed over."""
        status = self._parser.get_status_code()
        if status < 200 or self._answer is None or self._answer.done() or self._body_size > LARGEST_BODY:
            return
        if not self._parser.should_keep_alive():
            self.close()
        body, self._body = b"".join(self._body), []
        self._answer.set_result(Response(status, self._date, body))

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits for a response that none will come, unless it was to end like this."""
        if error is not None:
            self._fail(ConnectionFailedError(f"the connection broke: {error}"))
        elif self._has_head and not self._is_framed:
            self.on_message_complete()
        else:
            self._fail(ConnectionFailedError("the server closed the connection before its answer was complete"))
        self.lost.set_result(None)

    def _fail(self, error: TencentError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
