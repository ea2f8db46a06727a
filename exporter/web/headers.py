"""Headers that all answers have."""

from __future__ import annotations

from aiohttp import hdrs, web

from exporter.web.protocol import SERVER


async def add_common_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Have browsers take an answer for what it says it is, and tell nobody the versions of the server's parts."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers[hdrs.SERVER] = SERVER
