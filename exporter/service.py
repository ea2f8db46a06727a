"""The exporter as a whole: accounts, applications and the metrics of all of them, made from a configuration."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Self

from exporter.collection import ApplicationCollection, CachePolicy
from exporter.config.schema import Account, Config, CredentialSettings
from exporter.config.thresholds import thresholds_of
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity, ApplicationMetrics
from exporter.metrics.exposition import RenderedFamily
from exporter.metrics.self_metrics import SelfMetrics
from exporter.metrics.series import Series, families
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.thresholds import Threshold
from exporter.sessions.reader import ACTION, LARGEST_ANSWER, SERVICE, ApplicationSessions
from exporter.tencent.client import ApiAction, Client
from exporter.tencent.credentials import Credentials, FixedCredentials, default_chain
from exporter.tencent.endpoint import Endpoint
from exporter.tencent.limiters import RateLimiters

STOPPING_GRACE = 0.4
"""Seconds that scrapes under way are given once the exporter is to stop."""


class Exporter:
    """Collects every application of a configuration. Make it inside a running event loop, close it when done."""

    def __init__(
        self,
        config: Config,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self.internal_errors = InternalErrorLog(asyncio.get_running_loop().time)
        self.self_metrics = SelfMetrics(self.internal_errors)
        self.self_metrics.configuration_loaded(now())
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()
        self._clients: list[Client] = []
        self._limiters = RateLimiters()
        self._trial: asyncio.Task[list[RenderedFamily]] | None = None
        self.collections: list[ApplicationCollection] = []
        for account in config.accounts:
            client = self._client(account, environment, now)
            self._clients.append(client)
            session_list = ApiAction(
                ACTION, account.requests_per_second, LARGEST_ANSWER, self.self_metrics.requests_of(account.name, ACTION)
            )
            self.self_metrics.watch_rate_limit(account.name, ACTION, partial(client.rate_in_force, session_list))
            for application in account.applications:
                identity = ApplicationIdentity(application.name, account.name, application.sdk_app_id)
                thresholds = thresholds_of(application.thresholds, config.schedules)
                self.collections.append(self._collection(identity, client, session_list, thresholds, now))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def collect(self, budget: float, only: Sequence[ApplicationCollection] | None = None) -> list[RenderedFamily]:
        """Collect every application, or those given, all at once within `budget` seconds; return their families."""
        deadline = asyncio.get_running_loop().time() + budget
        collected = []
        async with asyncio.TaskGroup() as group:
            for collection in self.collections if only is None else only:
                collected.append(group.create_task(_collect(collection, deadline)))
                # Answers to the first of a hundred can be read while the last ones still send.
                await asyncio.sleep(0)
        async with self._turn:
            # One at a time: all the scrapes that have waited for the same snapshots are here at once.
            await asyncio.sleep(0)
            return families(chain.from_iterable(task.result() for task in collected))

    def warm_up(self) -> None:
        """Start a first collection in the background; the log tells what comes of each application."""
        self._trial = asyncio.create_task(self.collect(self.config.collection.timeout))

    def begin_shutdown(self) -> None:
        """Have every scrape under way answered within the grace, with what is known by then."""
        asyncio.get_running_loop().call_later(STOPPING_GRACE, self._stopping.set)

    async def close(self) -> None:
        """Give up all collections and close all connections."""
        self._stopping.set()
        if self._trial is not None:
            await self._trial
        await asyncio.gather(*(collection.close() for collection in self.collections))
        await asyncio.gather(*(client.close() for client in self._clients))

    def _client(self, account: Account, environment: Mapping[str, str], now: Callable[[], float]) -> Client:
        endpoint = Endpoint(
            account.endpoint,
            SERVICE,
            account=account.name,
            tls=ssl.create_default_context(cafile=account.ca_file) if account.ca_file else None,
            now=now,
        )
        self.self_metrics.watch_clock(account.name, partial(getattr, endpoint.clock, "offset"))
        credentials = _credentials(account.credentials, environment)
        return Client(endpoint, credentials, self._limiters, account=account.name)

    def _collection(
        self,
        identity: ApplicationIdentity,
        client: Client,
        session_list: ApiAction,
        thresholds: Sequence[Threshold],
        now: Callable[[], float],
    ) -> ApplicationCollection:
        staff, collection = self.config.staff, self.config.collection
        return ApplicationCollection(
            identity,
            ApplicationSessions(client, session_list, identity.sdk_app_id, now),
            ApplicationMetrics(
                identity, StaffTrackerOptions(staff.labels, staff.retention, staff.max_series), thresholds, now
            ),
            cache_policy=CachePolicy(collection.min_interval, collection.max_staleness),
            stopping=self._stopping,
            internal_errors=self.internal_errors,
            now=now,
        )


async def _collect(collection: ApplicationCollection, deadline: float) -> list[Series]:
    """Collect an application; whatever goes wrong with it is its own trouble."""
    try:
        return [*await collection.collect(deadline)]
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody has cancelled the scrape: it came out of what the application did.
        return collection.show_internal_error(error)
    except Exception as error:  # noqa: BLE001
        return collection.show_internal_error(error)


def _credentials(settings: CredentialSettings | None, environment: Mapping[str, str]) -> Callable[[], Credentials]:
    if settings is None:
        return default_chain(environment).find
    secret_id = settings.secret_id or _path(settings.secret_id_file)
    secret_key = settings.secret_key or _path(settings.secret_key_file)
    token = settings.token or _path(settings.token_file)
    assert secret_id is not None
    assert secret_key is not None
    return FixedCredentials(secret_id, secret_key, token).find


def _path(path: str | None) -> Path | None:
    return None if path is None else Path(path)
