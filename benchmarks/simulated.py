"""HTTP without a network: whatever the exporter posts is answered by a simulated API.

This is the only module that knows anything of the exporter's inside, and it knows one thing: requests go out through
`aiohttp.ClientSession.post`. All above that runs as it is: rate budget, retries, signing, decoding, planning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import aiohttp
import msgspec

from benchmarks.simulated_api import START, THROTTLED, SimulatedApi, ThrottledError
from exporter.emulator import wire


@contextmanager
def simulated_network(api: SimulatedApi) -> Iterator[None]:
    """Let every `aiohttp.ClientSession` made meanwhile send its requests to the simulated API."""

    def session(*, connector: aiohttp.BaseConnector | None = None, **_: Any) -> _Session:
        return _Session(api, connector)

    with patch("aiohttp.ClientSession", session):
        yield


class _Session:
    def __init__(self, api: SimulatedApi, connector: aiohttp.BaseConnector | None) -> None:
        self._api = api
        self._connector = connector

    def post(self, _url: object, *, data: bytes, **_: Any) -> _Exchange:
        return _Exchange(self._api, data)

    async def close(self) -> None:
        if self._connector is not None:
            await self._connector.close()


class _Exchange:
    """A request under way, and its response once it is there."""

    status = 200

    def __init__(self, api: SimulatedApi, body: bytes) -> None:
        self._api = api
        self._body = body
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        answer = await _answer(self._api, self._body)
        self.headers = {"Content-Type": "application/json", "Date": formatdate(self._api.now, usegmt=True)}
        self.content = _Content(answer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    async def read(self) -> bytes:
        return await self.content.readany()


class _Content:
    """The body as a stream, all of it in one piece."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def at_eof(self) -> bool:
        return not self._rest

    async def readany(self) -> bytes:
        piece, self._rest = self._rest, b""
        return piece


async def _answer(api: SimulatedApi, body: bytes) -> bytes:
    request = msgspec.json.decode(body)
    try:
        total, sessions = await api.view(request["Offset"], request["Limit"])
    except ThrottledError:
        return wire.error(THROTTLED, "too many requests", "simulated")
    return wire.result(total, [wire.encoded_session(session, START) for session in sessions], "simulated")
