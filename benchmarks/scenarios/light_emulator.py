"""An emulator that costs next to nothing, so that a machine of two cores can run it beside an exporter of 100 accounts.

Its contact centers, its pages and its rate limit, one per application, are the emulator's; its HTTP is what the
exporter sends and no more, and it checks no signature.
"""

from __future__ import annotations

import asyncio
import sys
import time
from email.utils import formatdate
from itertools import count

import msgspec

from benchmarks.cells import APPLICATION, REQUESTS_PER_SECOND
from exporter.emulator import wire
from exporter.emulator.center import ContactCenter
from exporter.emulator.rate import SlidingWindow


class _Request(msgspec.Struct):
    SdkAppId: int
    Offset: int
    Limit: int


_numbers = count()
"""The ids of the requests."""
_REQUEST = msgspec.json.Decoder(_Request)


class Application:
    """A contact center and its rate limit."""

    def __init__(self, number: int, sessions: int) -> None:
        self._center = ContactCenter(seed=number, start=int(time.time()), sessions=sessions)
        self._limit = SlidingWindow(REQUESTS_PER_SECOND)

    def answer(self, request: _Request) -> bytes:
        """Return the answer to a request that arrives now."""
        if not self._limit.admit(time.monotonic()):
            return wire.error("RequestLimitExceeded", "too many requests", str(next(_numbers)))
        self.advance()
        sessions = self._center.page(request.Offset, request.Limit)
        encoded = [wire.encoded_session(session, self._center.start) for session in sessions]
        return wire.result(len(self._center), encoded, str(next(_numbers)))

    def advance(self) -> None:
        """Let everything happen up to now."""
        self._center.advance(time.time())


class Connection(asyncio.Protocol):
    """A connection on which one request follows another, each sent after the answer to the one before."""

    def __init__(self, applications: dict[int, Application], one_way: float) -> None:
        self._applications = applications
        self._one_way = one_way
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Let a request that is complete arrive half a round trip later."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) >= _content_length(head):
            self._received = b""
            asyncio.get_running_loop().call_later(self._one_way, self._arrived, _REQUEST.decode(body))

    def _arrived(self, request: _Request) -> None:
        body = self._applications[request.SdkAppId].answer(request)
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Date: {formatdate(usegmt=True)}\r\n\r\n"
        )
        asyncio.get_running_loop().call_later(self._one_way, self._transport.write, head.encode() + body)


async def main() -> None:
    """Serve so many applications of so many sessions, at a latency in seconds; print the URL; end with stdin."""
    count, sessions, latency = sys.argv[1:]
    applications = {number: Application(number, int(sessions)) for number in application_ids(int(count))}
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(applications, float(latency) / 2), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    sys.stdout.buffer.write(msgspec.json.encode(f"http://127.0.0.1:{port}") + b"\n")
    sys.stdout.buffer.flush()
    await asyncio.to_thread(sys.stdin.read)


def application_ids(count: int) -> range:
    """Return the ids of so many applications."""
    return range(APPLICATION, APPLICATION + count)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    asyncio.run(main())
