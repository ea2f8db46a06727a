"""The pages that Prometheus scrapes: all applications and the exporter itself, or one application alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from exporter.metrics.exposition import RenderedFamily, select
from exporter.service import Exporter
from exporter.web.deadline import HEADER, scrape_budget
from exporter.web.keys import EXPORTER, RENDERER
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.selection import OWN, chosen_collectors, find_application


async def metrics(request: web.Request) -> web.StreamResponse:
    """Answer with all applications and the exporter's own metrics, or with those of both that `collect[]` names."""
    exporter = request.app[EXPORTER]
    collectors = chosen_collectors(request.query, (*exporter.collectors, OWN))
    own = exporter.self_metrics.families if OWN in collectors else _nothing
    if set(collectors) == {OWN}:
        return await _exposition(request, exporter.self_metrics, [], own)
    families = await exporter.collect(_budget(request, exporter), collectors=collectors)
    return await _exposition(request, exporter, families, own)


async def probe(request: web.Request) -> web.StreamResponse:
    """Answer with the application that `target` names."""
    exporter = request.app[EXPORTER]
    collectors = chosen_collectors(request.query, exporter.collectors)
    application = find_application(request.query, exporter.applications)
    families = await exporter.collect(_budget(request, exporter), [application], collectors)
    return await _exposition(request, application, families, _nothing)


def _nothing() -> list[RenderedFamily]:
    return []


def _budget(request: web.Request, exporter: Exporter) -> float:
    settings = exporter.config.collection
    budget = scrape_budget(request.headers.get(HEADER), settings.timeout, settings.timeout_offset)
    exporter.self_metrics.observe_scrape(budget)
    return budget


async def _exposition(
    request: web.Request, subject: object, families: list[RenderedFamily], own: Callable[[], list[RenderedFamily]]
) -> web.StreamResponse:
    """Return the families in what the client accepts; what is rendered is kept for others that ask for the subject."""
    renderer = request.app[RENDERER]
    chosen = choose_format(",".join(request.headers.getall(hdrs.ACCEPT, [])))
    compressed = accepts_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, [])))
    if names := request.query.getall("name[]", []):
        selected = select([*families, *own()], names)
        pieces = await renderer.render_once(chosen, selected, compressed=compressed)
    else:
        pieces = await renderer.render(chosen, families, own, subject=subject, compressed=compressed)
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
