"""The runbook, as the package carries it."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

import exporter

_PACKAGE = Path(exporter.__file__).parent
_PLACES = (_PACKAGE / "runbook.md", _PACKAGE.parent / "docs" / "runbook.md")
"""Where it is once installed, and where it is in the repository."""


async def runbook(_request: web.Request) -> web.Response:
    """Answer with the runbook; 404 where the package came without it."""
    for path in _PLACES:
        if path.is_file():
            # Browsers show plain text, and save what is called Markdown.
            return web.Response(text=path.read_text(encoding="utf-8"), content_type="text/plain")
    raise web.HTTPNotFound
