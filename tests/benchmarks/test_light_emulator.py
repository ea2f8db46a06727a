from __future__ import annotations

import asyncio

import msgspec

from benchmarks.scenarios.light_emulator import Application, Connection

NUMBER = 1400000000


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.answered = asyncio.Event()

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written.append(data)
        self.answered.set()


def request(offset: int) -> bytes:
    body = msgspec.json.encode({"SdkAppId": NUMBER, "Offset": offset, "Limit": 25})
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def ask(connection: Connection, wire: Wire, *pieces: bytes) -> dict[str, object]:
    wire.answered.clear()
    for piece in pieces:
        connection.data_received(piece)
    await asyncio.wait_for(wire.answered.wait(), 5)
    head, _, body = wire.written[-1].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    response = msgspec.json.decode(body)["Response"]
    assert isinstance(response, dict)
    return response


async def test_it_pages_whatever_pieces_a_request_comes_in_and_limits_the_rate() -> None:
    connection, wire = Connection({NUMBER: Application(NUMBER, 60)}, 0.001), Wire()
    connection.connection_made(wire)
    text = request(0)
    first = await ask(connection, wire, text[:10], text[10:-5], text[-5:])
    second = await ask(connection, wire, request(25))
    ids = [session["SessionID"] for page in (first, second) for session in page["Sessions"]]  # type: ignore[attr-defined]
    assert first["Total"] == second["Total"]
    assert len(set(ids)) == 50
    for _ in range(18):
        await ask(connection, wire, request(0))
    assert (await ask(connection, wire, request(0)))["Error"] == {
        "Code": "RequestLimitExceeded",
        "Message": "too many requests",
    }
