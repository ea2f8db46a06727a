"""The runbook, as the package carries it: the text, with headings that links lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template

from aiohttp import web

from exporter import carried_files
from exporter.web.html import Html, element, together
from exporter.web.landing_style import POLICY, STYLE

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbook of tccc-exporter</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
$runbook
</body>
</html>
""")
_PART = re.compile(r"^```.*?^```$|^(?P<marks>#+) (?P<heading>[^\n]*)$", re.DOTALL | re.MULTILINE)
"""A heading; or a block of code, in which `#` begins none."""


async def runbook(_request: web.Request) -> web.Response:
    """Answer with the runbook; 404 where the package came without it."""
    path = carried_files.runbook()
    if path is None:
        raise web.HTTPNotFound
    parts = together(_parts(path.read_text(encoding="utf-8")))
    return web.Response(
        text=_PAGE.substitute(style=STYLE, runbook=parts),
        content_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


def _parts(text: str) -> Iterator[Html]:
    """Give headings, and between them the text as it is written."""
    begin = 0
    for part in _PART.finditer(text):
        if (heading := part["heading"]) is not None:
            yield element("pre", text[begin : part.start()].strip())
            # Dashboards link by the name of an alert as it is: they cannot write it small.
            yield element(f"h{len(part['marks'])}", _named(heading), id=_anchor(heading))
            begin = part.end()
    yield element("pre", text[begin:].strip())


def _named(heading: str) -> str:
    return element("span", heading, id=heading) if heading.isalnum() else heading


def _anchor(heading: str) -> str:
    """Return what a link to a heading names, as GitHub has it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
