"""The applications as Prometheus's HTTP service discovery: one target each, to be scraped by `/probe`.

https://prometheus.io/docs/prometheus/latest/http_sd/
"""

from __future__ import annotations

from aiohttp import hdrs, web

from exporter.hosts import HostError, parse_host_and_port
from exporter.web.keys import EXPORTER
from exporter.web.routes import PROBE


async def discovery(request: web.Request) -> web.Response:
    """Answer with a target for each application, at the address that was asked, so that it needs no relabeling."""
    host = request.headers.get(hdrs.HOST, "")
    try:
        parse_host_and_port(host)
    except HostError as error:
        raise web.HTTPBadRequest(text=f"Host: {error}, allowed: the address of this exporter, HOST:PORT\n") from None
    scheme = {"__scheme__": "https"} if request.secure else {}
    names = [application.identity.name for application in request.app[EXPORTER].applications]
    return web.json_response(
        [
            {
                "targets": [host],
                "labels": {"__metrics_path__": PROBE.path, "__param_target": name, "target": name, **scheme},
            }
            for name in names
        ]
    )
