"""The aiohttp application: which path is answered by what."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence

from aiohttp import web
from prometheus_client import Metric

from exporter.service import Exporter
from exporter.web.deadline import HEADER, scrape_budget
from exporter.web.landing import landing_page
from exporter.web.negotiation import accepts_gzip, choose_format

GZIP_LEVEL = 4
"""Faster than the default by half, and hardly larger on this kind of text."""

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


def select(families: Iterable[Metric], names: Sequence[str]) -> list[Metric]:
    """Return the families and samples with these names, all for no names.

    A name is that of a family (`tccc_session_age_seconds`) or of its samples (`tccc_session_age_seconds_bucket`).
    """
    wanted = frozenset(names)
    selected = []
    for family in families:
        if not wanted or family.name in wanted:
            selected.append(family)
        elif samples := [sample for sample in family.samples if sample.name in wanted]:
            part = Metric(family.name, family.documentation, family.type)
            part.samples = samples
            selected.append(part)
    return selected


async def _metrics(request: web.Request) -> web.Response:
    exporter = request.app[EXPORTER]
    settings = exporter.config.collection
    budget = scrape_budget(request.headers.get(HEADER), settings.timeout, settings.timeout_offset)
    exporter.own.observe_scrape(budget)
    families = [*await exporter.collect(budget), *exporter.own.families()]
    return _exposition(request, select(families, request.query.getall("name[]", [])))


def _exposition(request: web.Request, families: list[Metric]) -> web.Response:
    chosen = choose_format(",".join(request.headers.getall("Accept", [])))
    body = chosen.encode(families)
    headers = {"Content-Type": chosen.content_type, "Vary": "Accept, Accept-Encoding"}
    if accepts_gzip(",".join(request.headers.getall("Accept-Encoding", []))):
        body = gzip.compress(body, GZIP_LEVEL)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers)


async def _landing(request: web.Request) -> web.Response:
    page = landing_page(request.app[EXPORTER], request.app[TELEMETRY_PATH])
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is healthy.\n")


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="tccc-exporter is ready.\n")
