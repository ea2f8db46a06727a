"""The running configuration, for people and for whoever compares it with a file."""

from __future__ import annotations

from aiohttp import web

from exporter.config.schema import Config
from exporter.config.writing import as_yaml
from exporter.web.keys import EXPORTER


class ConfigurationPage:
    """Writes each configuration once: those of hundreds of applications take a while."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self._text = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer with the configuration in YAML, without its secrets."""
        config = request.app[EXPORTER].config
        if config is not self._config:
            self._config, self._text = config, as_yaml(config)
        return web.Response(text=self._text)
