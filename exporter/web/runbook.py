"""The runbook, as the package carries it."""

from __future__ import annotations

from aiohttp import web

from exporter import carried_files


async def runbook(_request: web.Request) -> web.Response:
    """Answer with the runbook; 404 where the package came without it."""
    path = carried_files.runbook()
    if path is None:
        raise web.HTTPNotFound
    # Browsers show plain text, and save what is called Markdown.
    return web.Response(text=path.read_text(encoding="utf-8"), content_type="text/plain")
