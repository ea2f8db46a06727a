"""Answers of the API as they come over the network, and a client that asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from exporter.sessions.reader import SERVICE
from exporter.tencent.client import Client
from exporter.tencent.credential_sources.fixed import FixedCredentials
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.limiters import RateLimiters
from exporter.tencent.secret import Secret


def http_answer(response: Mapping[str, object], request_id: str) -> bytes:
    """Return an HTTP response with what stands under `Response`."""
    body = msgspec.json.encode({"Response": {**response, "RequestId": request_id}})
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Client]:
    client = Client(Endpoint(url, SERVICE), FixedCredentials("id", Secret("key")), RateLimiters())
    try:
        yield client
    finally:
        await client.close()
