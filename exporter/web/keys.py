"""What the handlers of requests find in the aiohttp application."""

from __future__ import annotations

from aiohttp import web

from exporter.reload import Reloader
from exporter.service import Exporter
from exporter.web.rendering import Renderer

EXPORTER = web.AppKey("exporter", Exporter)
RENDERER = web.AppKey("renderer", Renderer)
RELOADER = web.AppKey("reloader", Reloader)
TELEMETRY_PATH = web.AppKey("telemetry_path", str)
