"""Stand-ins on loopback for what hands out keys in a cloud: the instance metadata service, and STS."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from aiohttp import web

ROLE = "tccc-reader"
ROLES = "/latest/meta-data/cam/security-credentials/"
VARIABLES = {
    "TKE_REGION": "ap-guangzhou",
    "TKE_PROVIDER_ID": "cls-provider",
    "TKE_ROLE_ARN": "qcs::cam::uin/100000000001:roleName/tccc-reader",
}
Misbehavior = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StandIn:
    """Answers with a key at a time. `misbehavior` is what it does instead, from the request of that number on."""

    def __init__(self, life: float = 7200.0) -> None:
        self.url = ""
        self.life = life
        self.asked: list[str] = []
        """What was asked, as method and target."""
        self.headers: list[dict[str, str]] = []
        self.bodies: list[object] = []
        self.misbehavior: Misbehavior | None = None
        self.misbehaves_from = 0
        self.numbers = count(1)
        self._arrived = asyncio.Event()

    async def was_asked(self, times: int) -> None:
        """Wait until it has been asked so often."""
        async with asyncio.timeout(60):
            while len(self.asked) < times:
                self._arrived.clear()
                await self._arrived.wait()

    def key(self) -> dict[str, str]:
        number = next(self.numbers)
        return {"TmpSecretId": f"AKIDtmp{number}", "TmpSecretKey": f"hush{number}", "Token": f"tok{number}"}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        self._arrived.set()
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.json() if request.can_read_body else None)
        if self.misbehavior is not None and len(self.asked) > self.misbehaves_from:
            return await self.misbehavior(request)
        return self.well_behaved(request)

    def well_behaved(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(application, shutdown_timeout=0.05)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self.url
        finally:
            await runner.cleanup()


class Metadata(StandIn):
    """The instance metadata service of a CVM that has a role."""

    def well_behaved(self, request: web.Request) -> web.StreamResponse:
        if request.raw_path == ROLES:
            return web.Response(text=ROLE)
        if request.raw_path == f"{ROLES}{ROLE}":
            answer = {**self.key(), "ExpiredTime": int(time.time() + self.life), "Code": "Success"}
            return web.json_response({**answer, "Expiration": "2033-05-18T03:33:20Z"}, content_type="text/plain")
        return web.Response(status=404)


class Sts(StandIn):
    """Exchanges any token of a service account for a key."""

    def well_behaved(self, request: web.Request) -> web.StreamResponse:
        answer = {"Credentials": self.key(), "ExpiredTime": int(time.time() + self.life), "RequestId": "request-1"}
        return web.json_response({"Response": answer})


def saying(text: str, status: int = 200, **headers: str) -> Misbehavior:
    async def say(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, headers=headers)

    return say


async def hanging(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def breaking_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
