"""HTTP without a network: whatever the exporter posts is answered by a simulated API.

What it knows of the exporter's inside is one thing: requests go out through `HttpClient.post`. All above that runs as
it is: rate limit, retries, signing, decoding, planning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from itertools import count
from unittest.mock import patch

import msgspec

from benchmarks.simulated_api import START, THROTTLED, SimulatedApi, ThrottledError
from exporter.emulator import wire
from exporter.tencent.http import HttpClient, Response


@contextmanager
def simulated_network(api: SimulatedApi) -> Iterator[None]:
    """Let everything that is posted meanwhile go to the simulated API."""

    async def post(_client: HttpClient, _headers: Mapping[str, str], body: bytes, **_limits: object) -> Response:
        answer = await _answer(api, body)
        return Response(200, formatdate(api.now, usegmt=True), answer)

    with patch.object(HttpClient, "post", post):
        yield


_numbers = count()
"""The ids of the requests."""


async def _answer(api: SimulatedApi, body: bytes) -> bytes:
    request = msgspec.json.decode(body)
    try:
        total, sessions = await api.view(request["Offset"], request["Limit"])
    except ThrottledError:
        return wire.error(THROTTLED, "too many requests", str(next(_numbers)))
    return wire.result(total, [wire.encoded_session(session, START) for session in sessions], str(next(_numbers)))
