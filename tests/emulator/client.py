"""A client that signs requests as told, rightly or wrongly."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from exporter.emulator.options import DEFAULT_APPLICATION, DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from exporter.emulator.server import Emulator
from exporter.tencent.signing import SignedRequest, authorization

PAGE: Mapping[str, object] = {"SdkAppId": DEFAULT_APPLICATION, "Offset": 0, "Limit": 25}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def response(self) -> dict[str, Any]:
        response: dict[str, Any] = json.loads(self.body)["Response"]
        return response

    @property
    def error_code(self) -> str | None:
        code: str | None = self.response.get("Error", {}).get("Code")
        return code


async def call(
    emulator: Emulator,
    parameters: Mapping[str, object] | bytes = PAGE,
    *,
    method: str = "POST",
    path: str = "/",
    content_type: str = "application/json",
    secret_id: str = DEFAULT_SECRET_ID,
    secret_key: str = DEFAULT_SECRET_KEY,
    time_offset: int = 0,
    headers: Mapping[str, str | None] | None = None,
    timeout: float = 5.0,  # noqa: ASYNC109
) -> Answer:
    """Send one request; `headers` replaces headers, or takes those out that it says None of."""
    query, body = "", b""
    if method == "GET":
        content_type = "application/x-www-form-urlencoded"
        query = parameters.decode() if isinstance(parameters, bytes) else urlencode(parameters)
    else:
        body = parameters if isinstance(parameters, bytes) else json.dumps(parameters).encode()
    host = emulator.url.partition("://")[2]
    timestamp = int(time.time()) + time_offset
    signed = SignedRequest(method, host, content_type, body, "ccc", timestamp, query)
    all_headers: dict[str, str | None] = {
        "Host": host,
        "Content-Type": content_type,
        "X-TC-Action": "DescribePSTNActiveSessionList",
        "X-TC-Version": "2020-02-10",
        "X-TC-Timestamp": str(timestamp),
        "Authorization": authorization(signed, secret_id, secret_key),
        **(headers or {}),
    }
    url = URL(f"{emulator.url}{path}" + (f"?{query}" if query else ""), encoded=True)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(timeout)) as session,
        session.request(
            method,
            url,
            data=body,
            headers={name: value for name, value in all_headers.items() if value is not None},
            skip_auto_headers=["Content-Type"],
        ) as response,
    ):
        return Answer(response.status, response.headers, await response.read())


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop run until something has happened."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)
