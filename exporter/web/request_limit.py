"""How many requests are answered at once."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.internal_errors import RepeatFilter
from exporter.web.requests import connection_of

_log = structlog.get_logger()


class RequestLimit:
    """Answers so many requests at once, and more with 503; 0 stands for no limit.

    A request counts until its client has taken the answer.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0
        self._repeats = RepeatFilter()

    def limited(self, handler: Handler) -> Handler:
        """Return a handler within the limit.

        This is no middleware, since it has to be behind those: a client without the password takes nobody's place.
        """
        return handler if self._most == 0 else self._wrapped(handler)

    def _wrapped(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            self._enter()
            try:
                response = await handler(request)
            except BaseException:
                self._leave()
                raise
            connection = connection_of(request)
            if connection is None:
                self._leave()
            else:
                connection.call_at_end(self._leave)
            return response

        return answer

    def _enter(self) -> None:
        if self._under_way >= self._most:
            if self._repeats.is_due("limit"):
                _log.warning("too many requests at once, answering 503", limit=self._most)
            problem = f"{self._most} requests are being answered, which is the limit (--web.max-requests)"
            raise web.HTTPServiceUnavailable(text=f"{problem}; try again later\n", headers={"Retry-After": "1"})
        self._under_way += 1

    def _leave(self) -> None:
        self._under_way -= 1
