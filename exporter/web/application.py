"""The aiohttp application: which path is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.reload import Reloader
from exporter.service import Exporter
from exporter.web.configuration_page import ConfigurationPage
from exporter.web.discovery import discovery
from exporter.web.headers import add_common_headers
from exporter.web.keys import EXPORTER, RELOADER, RENDERER, TELEMETRY_PATH
from exporter.web.landing import landing_response
from exporter.web.rendering import Renderer
from exporter.web.request_limit import RequestLimit
from exporter.web.requests import note_beginning
from exporter.web.routes import (
    CONFIGURATION,
    DISCOVERY,
    HEALTHY,
    LANDING,
    PROBE,
    READY,
    RELOAD,
    ROUTES,
    RUNBOOK,
    Route,
)
from exporter.web.runbook import runbook
from exporter.web.scraping import metrics, probe


def make_application(
    exporter: Exporter, telemetry_path: str = "/metrics", *, max_requests: int = 0, reloader: Reloader | None = None
) -> web.Application:
    """Return the application that serves an exporter, its metrics under `telemetry_path`.

    It answers `max_requests` requests at once, and more with 503; 0 stands for no limit. Without `reloader`, nobody can
    have the configuration reloaded by HTTP.
    """
    application = web.Application(middlewares=[note_beginning])
    application.cleanup_ctx.append(_renderer)
    application.on_response_prepare.append(add_common_headers)
    application[EXPORTER] = exporter
    application[TELEMETRY_PATH] = telemetry_path
    if reloader is not None:
        application[RELOADER] = reloader
    limit = RequestLimit(max_requests)
    handlers: dict[Route, Handler] = {
        LANDING: _landing,
        PROBE: probe,
        DISCOVERY: discovery,
        CONFIGURATION: ConfigurationPage().handle,
        RUNBOOK: runbook,
        HEALTHY: _healthy,
        READY: _ready,
        RELOAD: _reload,
        Route(telemetry_path): metrics,
    }
    for route in (Route(telemetry_path), *ROUTES):
        answer = limit.limited(handlers[route]) if route.is_limited else handlers[route]
        for method in route.methods:
            application.router.add_route(method, route.path, answer)
    return application


async def _renderer(application: web.Application) -> AsyncIterator[None]:
    application[RENDERER] = renderer = Renderer()
    yield
    renderer.close()


async def _landing(request: web.Request) -> web.Response:
    return landing_response(request.app[EXPORTER], request.app[TELEMETRY_PATH])


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is healthy.\n")


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is ready.\n")


async def _reload(request: web.Request) -> web.Response:
    if RELOADER not in request.app:
        return web.Response(status=403, text=f"{_NO_LIFECYCLE}\n")
    reload = await request.app[RELOADER].reload()
    # The path of the file may be no Unicode.
    body = f"{reload.text}\n".encode(errors="replace")
    status = 200 if reload.succeeded else 500
    return web.Response(status=status, body=body, content_type="text/plain", charset="utf-8")


_NO_LIFECYCLE = "Reloading by HTTP is off: start tccc-exporter with --web.enable-lifecycle, or send it SIGHUP."
