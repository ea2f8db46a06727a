"""The aiohttp application: which path is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from exporter.metrics.exposition import select
from exporter.reload import Reloader
from exporter.service import Exporter
from exporter.web.deadline import HEADER, scrape_budget
from exporter.web.landing import landing_page
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.rendering import Renderer
from exporter.web.requests import note_beginning

EXPORTER = web.AppKey("exporter", Exporter)
RENDERER = web.AppKey("renderer", Renderer)
TELEMETRY_PATH = web.AppKey("telemetry_path", str)
RELOADER = web.AppKey("reloader", Reloader)


def make_application(
    exporter: Exporter, telemetry_path: str = "/metrics", reloader: Reloader | None = None
) -> web.Application:
    """Return the application that serves an exporter, its metrics under `telemetry_path`.

    Without `reloader`, nobody can have the configuration reloaded by HTTP.
    """
    application = web.Application(middlewares=[note_beginning])
    application.cleanup_ctx.append(_renderer)
    application[EXPORTER] = exporter
    application[TELEMETRY_PATH] = telemetry_path
    application.router.add_get(telemetry_path, _metrics)
    application.router.add_get("/", _landing)
    application.router.add_get("/-/healthy", _healthy)
    application.router.add_get("/-/ready", _ready)
    application.router.add_post("/-/reload", _reload)
    application.router.add_put("/-/reload", _reload)
    if reloader is not None:
        application[RELOADER] = reloader
    return application


async def _renderer(application: web.Application) -> AsyncIterator[None]:
    application[RENDERER] = renderer = Renderer()
    yield
    renderer.close()


async def _metrics(request: web.Request) -> web.StreamResponse:
    exporter, renderer = request.app[EXPORTER], request.app[RENDERER]
    settings = exporter.config.collection
    budget = scrape_budget(request.headers.get(HEADER), settings.timeout, settings.timeout_offset)
    exporter.self_metrics.observe_scrape(budget)
    families = await exporter.collect(budget)
    chosen = choose_format(",".join(request.headers.getall(hdrs.ACCEPT, [])))
    compressed = accepts_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, [])))
    if names := request.query.getall("name[]", []):
        selected = select([*families, *exporter.self_metrics.families()], names)
        pieces = await renderer.render_once(chosen, selected, compressed=compressed)
    else:
        pieces = await renderer.render(chosen, families, exporter.self_metrics.families, compressed=compressed)
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: chosen.content_type,
        hdrs.VARY: f"{hdrs.ACCEPT}, {hdrs.ACCEPT_ENCODING}",
    }
    if compressed:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return _Exposition(pieces, headers)


class _Exposition(web.StreamResponse):
    """An answer written piece by piece, the next one when the client has taken most of those before.

    The pieces are the same for many scrapes; written all at once, each client that reads slowly would have a copy.
    """

    def __init__(self, pieces: Sequence[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        self.content_length = sum(map(len, pieces))
        self._pieces = pieces

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.method == hdrs.METH_HEAD:
            self._pieces = []
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        pieces, self._pieces = self._pieces, []
        for piece in pieces:
            await self.write(piece)
        await super().write_eof(data)


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


async def _reload(request: web.Request) -> web.Response:
    if RELOADER not in request.app:
        return web.Response(status=403, text=f"{_NO_LIFECYCLE}\n")
    reload = await request.app[RELOADER].reload()
    # The path of the file may be no Unicode.
    body = f"{reload.text}\n".encode(errors="replace")
    status = 200 if reload.succeeded else 500
    return web.Response(status=status, body=body, content_type="text/plain", charset="utf-8")


_NO_LIFECYCLE = "Reloading by HTTP is off: start tccc-exporter with --web.enable-lifecycle, or send it SIGHUP."
