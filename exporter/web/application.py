"""The aiohttp application: which path is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.service import Exporter
from exporter.web.configuration_page import ConfigurationPage
from exporter.web.discovery import discovery
from exporter.web.keys import EXPORTER, RENDERER, TELEMETRY_PATH
from exporter.web.landing import landing_page
from exporter.web.rendering import Renderer
from exporter.web.request_limit import RequestLimit
from exporter.web.requests import note_beginning
from exporter.web.routes import CONFIGURATION, DISCOVERY, HEALTHY, LANDING, PROBE, READY, ROUTES, Route
from exporter.web.scraping import metrics, probe


def make_application(exporter: Exporter, telemetry_path: str = "/metrics", *, max_requests: int = 0) -> web.Application:
    """Return the application that serves an exporter, its metrics under `telemetry_path`.

    It answers `max_requests` requests at once, and more with 503; 0 stands for no limit.
    """
    application = web.Application(middlewares=[note_beginning])
    application.cleanup_ctx.append(_renderer)
    application.on_response_prepare.append(_forbid_sniffing)
    application[EXPORTER] = exporter
    application[TELEMETRY_PATH] = telemetry_path
    limit = RequestLimit(max_requests)
    handlers: dict[Route, Handler] = {
        LANDING: _landing,
        PROBE: probe,
        DISCOVERY: discovery,
        CONFIGURATION: ConfigurationPage().handle,
        HEALTHY: _healthy,
        READY: _ready,
        Route(telemetry_path): metrics,
    }
    for route in (Route(telemetry_path), *ROUTES):
        if (handler := handlers.get(route)) is not None:
            answer = limit.limited(handler) if route.is_limited else handler
            for method in route.methods:
                application.router.add_route(method, route.path, answer)
    return application


async def _renderer(application: web.Application) -> AsyncIterator[None]:
    application[RENDERER] = renderer = Renderer()
    yield
    renderer.close()


async def _forbid_sniffing(_request: web.Request, response: web.StreamResponse) -> None:
    """Have browsers take each answer for what it says it is: some of them hold what a client has sent."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


async def _landing(request: web.Request) -> web.Response:
    page = landing_page(request.app[EXPORTER], request.app[TELEMETRY_PATH])
    return web.Response(
        body=page.encode(errors="replace"),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY},
    )


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is healthy.\n")


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is ready.\n")
