"""aiohttp's protocol of a connection, whose own answers to what is not HTTP look like all the others."""

from __future__ import annotations

from aiohttp import hdrs, web

SERVER = "tccc-exporter"
"""The value of the header `Server`; aiohttp's tells the versions of Python and of itself."""


class Protocol(web.RequestHandler):
    """Answers what the application is never shown: no signal and no middleware sees it."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to a request that cannot be handled."""
        response = super().handle_error(request, status, exc, message)
        response.headers[hdrs.SERVER] = SERVER
        return response
