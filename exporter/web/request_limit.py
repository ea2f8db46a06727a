"""How many requests are answered at once."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from exporter.internal_errors import RepeatFilter
from exporter.web.routes import HEALTH_PATHS

_log = structlog.get_logger()


def request_limit(most: int) -> Middleware:
    """Return a middleware that answers so many requests at once, and more with 503; 0 stands for no limit.

    A request counts until its client has taken the answer. Those of health checks count for nothing: the exporter is
    no less alive for having much to do.
    """
    under_way = 0
    repeats = RepeatFilter()

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal under_way
        if not most or request.path in HEALTH_PATHS:
            return await handler(request)
        if under_way >= most:
            if repeats.is_due("limit"):
                _log.warning("too many requests at once, answering 503", limit=most)
            problem = f"{most} requests are being answered, which is the limit (--web.max-requests); try again later\n"
            raise web.HTTPServiceUnavailable(text=problem, headers={"Retry-After": "1"})
        under_way += 1
        try:
            response = await handler(request)
            await _write(request, response)
            return response
        finally:
            under_way -= 1

    return limit


async def _write(request: web.Request, response: web.StreamResponse) -> None:
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        # The client is gone; aiohttp finds that out by itself.
        return
