"""Who is let in: what the web configuration says of each request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from exporter.internal_errors import RepeatFilter
from exporter.web.config.live import LiveWebConfig
from exporter.web.config.loading import LoadedWebConfig
from exporter.web.config.rate_limit import Pacer, TokenBucket
from exporter.web.config.users import BusyError, Users, parse_basic
from exporter.web.requests import connection_of
from exporter.web.routes import HEALTH_PATHS
from exporter.yamlconf.problems import ConfigurationError

REFUSALS_PER_SECOND = 400.0
"""Wrong passwords answered in a second, which takes about a sixth of a processor."""

REFUSALS_AT_ONCE = 50
"""Of them, those that are answered without delay, so that people notice nothing of it."""

CHALLENGE = 'Basic realm="tccc-exporter", charset="UTF-8"'

_log = structlog.get_logger()


def access_control(file: str | None, *, exempt_health: bool) -> AccessControl | None:
    """Return what guards a server by a web configuration, None without one. Raises ConfigurationError."""
    if file is None:
        return None
    config = LiveWebConfig(file)
    config.log_outcome(config.last_good)
    return AccessControl(config, exempt_health=exempt_health)


class AccessControl:
    """Guards an application. With `exempt_health`, the health endpoints need no credentials."""

    def __init__(self, config: LiveWebConfig, *, exempt_health: bool) -> None:
        self.config = config
        self._exempt = HEALTH_PATHS if exempt_health else frozenset()
        self._users = Users()
        self._pacer = Pacer(REFUSALS_PER_SECOND, REFUSALS_AT_ONCE)
        self._repeats = RepeatFilter()
        limit = config.last_good.config.rate_limit
        self._bucket = TokenBucket(limit.interval, limit.burst) if limit.interval else None

    def guard(self, application: web.Application) -> None:
        """Guard an application's handlers. Middlewares that are there already run before."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        application.middlewares.append(guarded)

    def close(self) -> None:
        """Give up what is being checked."""
        self._users.close()
        self.config.close()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            loaded = await self.config.current()
        except ConfigurationError:
            return _short(500, "The web configuration cannot be used, see the log.")
        refusal = _refusal_of_connection(request, loaded)
        if refusal is not None:
            return refusal
        if self._bucket is not None and not self._bucket.take():
            return _short(429, "Too Many Requests")
        headers = loaded.config.http_server_config.headers.items()
        try:
            is_exempt = request.path in self._exempt
            refusal = None if is_exempt else await self._refusal_of_login(request, loaded)
            answer = await handler(request) if refusal is None else refusal
        except web.HTTPException as exception:
            exception.headers.update(headers)
            raise
        answer.headers.update(headers)
        return answer

    async def _refusal_of_login(self, request: web.Request, loaded: LoadedWebConfig) -> web.StreamResponse | None:
        hashes = loaded.config.basic_auth_users
        if not hashes:
            return None
        login = parse_basic(request.headers.get(hdrs.AUTHORIZATION))
        client = request.remote or ""
        if login is None:
            return _short(401, "Unauthorized", {hdrs.WWW_AUTHENTICATE: CHALLENGE})
        try:
            if await self._users.are_right(login, hashes, client):
                return None
        except BusyError:
            if self._repeats.is_due("busy"):
                _log.warning("too many passwords to check at once, refusing some with 429", client=client)
            await self._hold_back(request)
            return _short(429, "Too many passwords to check at once.", {hdrs.RETRY_AFTER: "1"})
        if self._repeats.is_due("wrong"):
            _log.warning("wrong user name or password", client=client)
        await self._hold_back(request)
        return _short(401, "Unauthorized", {hdrs.WWW_AUTHENTICATE: CHALLENGE})

    async def _hold_back(self, request: web.Request) -> None:
        """Spread the answers to wrong passwords over time, so that any number of them leaves time for scrapes."""
        delay = self._pacer.delay()
        connection = connection_of(request)
        if delay and connection is not None:
            with connection.giving_way():
                await asyncio.sleep(delay)


def _refusal_of_connection(request: web.Request, loaded: LoadedWebConfig) -> web.StreamResponse | None:
    """Return the answer on a connection that was opened by other rules than those of now, None on any other."""
    if loaded.tls is None:
        return None
    if not request.secure:
        # What comes here can be read by others.
        answer = _short(400, "Client sent an HTTP request to an HTTPS server.")
        answer.force_close()
        return answer
    connection = connection_of(request)
    if connection is not None and connection.clients != loaded.tls.clients:
        # Whom the rule of now lets in may connect anew.
        connection.abort()
        return web.Response()
    return None


def _short(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers=headers)
