"""What is noted of every request: that it is under way on its connection, and how it was answered."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.typedefs import Handler

from exporter.metrics.self_metrics import SelfMetrics
from exporter.web.connections import Connection

OTHER = "other"
"""Handler of the requests that none is there for: unknown paths, methods that are not allowed, what is no HTTP."""

EXPECTED_CODES = (200, 500, 503)
UNEXPECTED_REQUESTS = (400, 404, 405)


@web.middleware
async def note_beginning(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection that its request has come, and where it goes."""
    connection = connection_of(request)
    if connection is not None:
        resource = request.match_info.route.resource
        connection.request_began(OTHER if resource is None else resource.canonical)
    return await handler(request)


def answer_counter(own: SelfMetrics, application: web.Application) -> type[AbstractAccessLogger]:
    """Return an access logger that counts the answers of an application, instead of writing them to a log.

    It is called for each one, those included that aiohttp gives by itself to what is no HTTP.
    """
    for resource in application.router.resources():
        own.expect_http_requests(resource.canonical, EXPECTED_CODES)
    own.expect_http_requests(OTHER, UNEXPECTED_REQUESTS)

    class AnswerCounter(AbstractAccessLogger):
        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:  # noqa: ARG002
            connection = connection_of(request)
            # Without one, the client was gone before its answer came.
            if connection is not None:
                own.http_request_answered(connection.handler or OTHER, response.status)
                connection.request_ended()

    return AnswerCounter


def connection_of(request: web.BaseRequest) -> Connection | None:
    """Return the connection that a request has come on; None where it is gone."""
    protocol = None if request.transport is None else request.transport.get_protocol()
    return protocol if isinstance(protocol, Connection) else None
