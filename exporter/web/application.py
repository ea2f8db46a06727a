"""The aiohttp application: which path is answered by what."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from aiohttp import web

from exporter.metrics.exposition import WrittenFamily, select
from exporter.service import Exporter
from exporter.web.deadline import HEADER, scrape_budget
from exporter.web.landing import landing_page
from exporter.web.negotiation import accepts_gzip, choose_format

GZIP_LEVEL = 4
"""Faster than the default by half, and hardly larger on this kind of text."""

GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""How zlib is told to write gzip, with its largest window."""

EXPORTER = web.AppKey("exporter", Exporter)
TELEMETRY_PATH = web.AppKey("telemetry_path", str)


def make_application(exporter: Exporter, telemetry_path: str = "/metrics") -> web.Application:
    """Return the application that serves an exporter, its metrics under `telemetry_path`."""
    application = web.Application()
    application[EXPORTER] = exporter
    application[TELEMETRY_PATH] = telemetry_path
    application.router.add_get(telemetry_path, _metrics)
    application.router.add_get("/", _landing)
    application.router.add_get("/-/healthy", _healthy)
    application.router.add_get("/-/ready", _ready)
    return application


async def _metrics(request: web.Request) -> web.Response:
    exporter = request.app[EXPORTER]
    settings = exporter.config.collection
    budget = scrape_budget(request.headers.get(HEADER), settings.timeout, settings.timeout_offset)
    exporter.own.observe_scrape(budget)
    families = [*await exporter.collect(budget), *exporter.own.families()]
    return _exposition(request, select(families, request.query.getall("name[]", [])))


def _exposition(request: web.Request, families: list[WrittenFamily]) -> web.Response:
    chosen = choose_format(",".join(request.headers.getall("Accept", [])))
    parts = chosen.parts(families)
    headers = {"Content-Type": chosen.content_type, "Vary": "Accept, Accept-Encoding"}
    if accepts_gzip(",".join(request.headers.getall("Accept-Encoding", []))):
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=_gzipped(parts), headers=headers)
    return web.Response(body=b"".join([part.encode() for part in parts]), headers=headers)


def _gzipped(parts: Iterable[str]) -> bytes:
    # Part by part, because the whole of many applications is large.
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return b"".join([*(compressor.compress(part.encode()) for part in parts), compressor.flush()])


async def _landing(request: web.Request) -> web.Response:
    page = landing_page(request.app[EXPORTER], request.app[TELEMETRY_PATH])
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is healthy.\n")


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is ready.\n")
