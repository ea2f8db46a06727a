"""Answers that no API should give: what the faults beyond the API's own errors do to a request."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from exporter.emulator.action_names import ActionName
from exporter.emulator.faults import FaultName

_HUGE_BODY_SIZE = 64 * 1024 * 1024
_CHUNK = b" " * 65_536
_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html"}
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
_LIST = "Sessions"
_LISTS: Mapping[str, str] = {
    ActionName.CALL_IN_METRICS: "SkillGroupMetrics",
    ActionName.STAFF_STATUS_METRICS: "Metrics",
    ActionName.STAFF_INFO_LIST: "StaffList",
}
_WRONG_SHAPE = b'{"Response": {"Total": "many", "Sessions": {"0": []}}}'
_WRONG_SHAPES: Mapping[str, bytes] = {
    ActionName.CALL_IN_METRICS: b'{"Response": {"TotalMetrics": [], "SkillGroupMetrics": {"0": []}}}',
    ActionName.STAFF_STATUS_METRICS: b'{"Response": {"Metrics": {"0": []}}}',
    ActionName.STAFF_INFO_LIST: b'{"Response": {"TotalCount": "many", "StaffList": {"0": []}}}',
}


async def misbehave(fault: str, action: str | None, request: web.BaseRequest) -> web.Response:
    """Answer a request of an action as the fault of this name has it, or never.

    What never answers ends by cancellation, when the client goes or the server closes.
    """
    match fault:
        case FaultName.HTTP_500:
            return web.Response(status=500, body=b"Internal Server Error\n", headers={"Content-Type": "text/plain"})
        case FaultName.HTTP_502_HTML:
            return web.Response(status=502, body=_BAD_GATEWAY, headers=_HTML)
        case FaultName.NOT_JSON:
            return web.Response(body=b'{"Response": {"Total": 3, "Sess', headers=_JSON)
        case FaultName.WRONG_SHAPE:
            return web.Response(body=_WRONG_SHAPES.get(action or "", _WRONG_SHAPE), headers=_JSON)
        case FaultName.HUGE_BODY:
            return web.Response(body=_huge_body(_LISTS.get(action or "", _LIST)), headers=_JSON)
        case FaultName.RESET:
            _reset(request.transport)
    never: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()
    return await never


async def _huge_body(name: str) -> AsyncIterator[bytes]:
    yield f'{{"Response": {{"{name}": ['.encode()
    for _ in range(_HUGE_BODY_SIZE // len(_CHUNK)):
        yield _CHUNK
    yield b']}, "RequestId": ""}'


def _reset(transport: asyncio.Transport | None) -> None:
    if transport is not None:
        # Closing a socket that must not linger sends RST in place of FIN.
        no_lingering = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
        transport.abort()
