"""The exporter as a whole: accounts, applications and the metrics of all of them, as a configuration has them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Self

import structlog

from exporter.account import PrivateCa, RunningAccount, load_private_cas
from exporter.collection import ApplicationCollection, CachePolicy
from exporter.config.environment import check_environment
from exporter.config.schema import Config
from exporter.config.thresholds import thresholds_of
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity, ApplicationMetrics
from exporter.metrics.exposition import RenderedFamily
from exporter.metrics.self_metrics import SelfMetrics
from exporter.metrics.series import Series, families
from exporter.metrics.staff import StaffTrackerOptions
from exporter.sessions.reader import ApplicationSessions
from exporter.tencent.limiters import RateLimiters

STOPPING_GRACE = 0.4
"""Seconds that scrapes under way are given once the exporter is to stop."""

_AccountKey = tuple[str, str]
"""The name and the endpoint: what makes an account another one."""

_log = structlog.get_logger()


class Exporter:
    """Collects every application of a configuration. Make it inside a running event loop, close it when done.

    `collections` are those of the configuration of now, in its order; a list of them is never changed. Raises
    ConfigurationError.
    """

    def __init__(
        self,
        config: Config,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], float] = time.time,
        source: str = "",
    ) -> None:
        self.config = config
        self.source = source
        """Where the configuration comes from, in words for a person."""
        self.now = now
        self.started = now()
        self.collections: list[ApplicationCollection] = []
        self.internal_errors = InternalErrorLog(asyncio.get_running_loop().time)
        self.self_metrics = SelfMetrics(self.internal_errors)
        self._environment = environment
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()
        self._applying = asyncio.Lock()
        self._background: set[asyncio.Task[object]] = set()
        self._limiters = RateLimiters()
        self._accounts: dict[_AccountKey, RunningAccount] = {}
        self._collections: dict[tuple[_AccountKey, ApplicationIdentity], ApplicationCollection] = {}
        self._adopt(config, load_private_cas(config))
        self.self_metrics.configuration_loaded(now())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def apply(self, config: Config) -> None:
        """Make another configuration so. What has not changed goes on untouched, and what is gone leaves no series.

        An application is its account, the account's endpoint, its id and its name: one that differs in any of them is
        a new one. All else changes in place. Raises ConfigurationError, and then nothing has changed.
        """
        async with self._applying:
            check_environment(config, self._environment)
            private_cas = load_private_cas(config)
            accounts, collections = self._accounts, self._collections
            self._adopt(config, private_cas)
            gone = [one for key, one in collections.items() if key not in self._collections]
            for one in gone:
                _log.info("application removed", **_named(one.identity))
            for key, one in self._collections.items():
                if key not in collections:
                    _log.info("application added", **_named(one.identity))
            for account in self._accounts.values():
                account.apply_rate()
            gone_accounts = [one for key, one in accounts.items() if key not in self._accounts]
            # Not cancelled with the caller: what is gone is out of reach for everybody else.
            await asyncio.shield(self._start(self._end(gone, gone_accounts, private_cas)))
            self.self_metrics.configuration_loaded(self.now())

    async def collect(self, budget: float, only: Sequence[ApplicationCollection] | None = None) -> list[RenderedFamily]:
        """Collect every application, or those given, all at once within `budget` seconds; return their families.

        Those that a new configuration has removed meanwhile are left out.
        """
        collected = await _collect_all(self.collections if only is None else only, budget)
        async with self._turn:
            # One at a time: all the scrapes that have waited for the same snapshots are here at once.
            await asyncio.sleep(0)
            return families(chain.from_iterable(collected[one] for one in self.collections if one in collected))

    def warm_up(self) -> None:
        """Start a collection in the background of each application that has had none yet; the log tells what comes of
        it.
        """
        unknown = [collection for collection in self.collections if collection.outcome is None]
        self._start(_collect_all(unknown, self.config.collection.timeout))

    def begin_shutdown(self) -> None:
        """Have every scrape under way answered within the grace, with what is known by then."""
        asyncio.get_running_loop().call_later(STOPPING_GRACE, self._stopping.set)

    async def close(self) -> None:
        """Give up all collections and close all connections."""
        self._stopping.set()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(collection.close() for collection in self.collections))
        await asyncio.gather(*(account.close() for account in self._accounts.values()))

    def _adopt(self, config: Config, private_cas: Mapping[str, PrivateCa]) -> None:
        """Take over a configuration, without waiting for anything: what can fail comes before it, or first."""
        thresholds = {
            application.name: thresholds_of(application.thresholds, config.schedules)
            for account in config.accounts
            for application in account.applications
        }
        staff = StaffTrackerOptions(config.staff.labels, config.staff.retention, config.staff.max_series)
        cache_policy = CachePolicy(config.collection.min_interval, config.collection.max_staleness)
        accounts: dict[_AccountKey, RunningAccount] = {}
        collections: dict[tuple[_AccountKey, ApplicationIdentity], ApplicationCollection] = {}
        for name in {name for name, _ in self._accounts} - {account.name for account in config.accounts}:
            self.self_metrics.forget_account(name)
        for settings in config.accounts:
            key = (settings.name, settings.endpoint)
            account = self._accounts.get(key)
            if account is None:
                account = RunningAccount(
                    settings,
                    private_cas.get(settings.ca_file or ""),
                    self._environment,
                    limiters=self._limiters,
                    self_metrics=self.self_metrics,
                    now=self.now,
                )
            account.change(settings)
            accounts[key] = account
            for application in settings.applications:
                identity = ApplicationIdentity(application.name, settings.name, application.sdk_app_id)
                collection = self._collections.get((key, identity)) or self._collection(
                    identity, account, staff, cache_policy
                )
                collection.cache_policy = cache_policy
                collection.metrics.change(staff, thresholds[application.name])
                collections[key, identity] = collection
        self.config, self._accounts, self._collections = config, accounts, collections
        self.collections = list(collections.values())

    def _collection(
        self,
        identity: ApplicationIdentity,
        account: RunningAccount,
        staff: StaffTrackerOptions,
        cache_policy: CachePolicy,
    ) -> ApplicationCollection:
        return ApplicationCollection(
            identity,
            ApplicationSessions(account.client, account.session_list, identity.sdk_app_id, self.now),
            ApplicationMetrics(identity, staff, now=self.now),
            cache_policy=cache_policy,
            stopping=self._stopping,
            internal_errors=self.internal_errors,
            now=self.now,
        )

    async def _end(
        self,
        collections: Iterable[ApplicationCollection],
        accounts: Iterable[RunningAccount],
        private_cas: Mapping[str, PrivateCa],
    ) -> None:
        """End what is gone, and the connections that are made by certificates of before."""
        await asyncio.gather(*(collection.close() for collection in collections))
        for account in accounts:
            await account.close()
            account.client.leave_rate_limits()
        for settings in self.config.accounts:
            account = self._accounts[settings.name, settings.endpoint]
            await account.close_former_credentials()
            await account.change_private_ca(private_cas.get(settings.ca_file or ""))

    def _start(self, running: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(running)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _named(identity: ApplicationIdentity) -> dict[str, str | int]:
    return {"application": identity.name, "sdk_app_id": identity.sdk_app_id, "account": identity.account}


async def _collect_all(
    collections: Iterable[ApplicationCollection], budget: float
) -> dict[ApplicationCollection, list[Series]]:
    deadline = asyncio.get_running_loop().time() + budget
    collecting = {}
    async with asyncio.TaskGroup() as group:
        for collection in collections:
            collecting[collection] = group.create_task(_collect(collection, deadline))
            # Answers to the first of a hundred can be read while the last ones still send.
            await asyncio.sleep(0)
    return {collection: task.result() for collection, task in collecting.items()}


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
