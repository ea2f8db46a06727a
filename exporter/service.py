"""The exporter as a whole: accounts, applications and the metrics of all of them, as a configuration has them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Container, Coroutine, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Self

import structlog

from exporter.account import PrivateCa, RunningAccount, load_private_cas
from exporter.application import PATIENCE, Application, ApplicationOptions, collect_all
from exporter.collection import CachePolicy, Collection
from exporter.config.environment import check_environment
from exporter.config.schema import Application as ApplicationSettings
from exporter.config.schema import Config
from exporter.config.thresholds import thresholds_of
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity
from exporter.metrics.collector_state import COLLECTORS, INBOUND, SESSIONS, STAFF
from exporter.metrics.exposition import RenderedFamily
from exporter.metrics.self_metrics import SelfMetrics
from exporter.metrics.series import families
from exporter.metrics.staff import StaffTrackerOptions
from exporter.tencent.limiters import RateLimiters

STOPPING_GRACE = 0.4
"""Seconds that scrapes under way are given once the exporter is to stop."""

_AccountKey = tuple[str, str]
"""The name and the endpoint: what makes an account another one."""

_ApplicationKey = tuple[_AccountKey, ApplicationIdentity]

_log = structlog.get_logger()


class Exporter:
    """Collects every application of a configuration. Make it inside a running event loop, close it when done.

    `applications` are those of the configuration of now, in its order; a list of them is never changed. Raises
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
        self.applications: list[Application] = []
        self.internal_errors = InternalErrorLog(asyncio.get_running_loop().time)
        self.self_metrics = SelfMetrics(self.internal_errors)
        self._environment = environment
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()
        self._applying = asyncio.Lock()
        self._background: set[asyncio.Task[object]] = set()
        self._limiters = RateLimiters()
        self._accounts: dict[_AccountKey, RunningAccount] = {}
        self._applications: dict[_ApplicationKey, Application] = {}
        self._adopt(config, load_private_cas(config))
        self.self_metrics.configuration_loaded(now())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def collectors(self) -> list[str]:
        """The names of what is collected of every application, the list of sessions first."""
        return _collectors(self.config)

    async def apply(self, config: Config) -> None:
        """Make another configuration so. What has not changed goes on untouched, and what is gone leaves no series.

        An application is its account, the account's endpoint, its id and its name: one that differs in any of them is
        a new one. All else changes in place. Raises ConfigurationError, and then nothing has changed.
        """
        async with self._applying:
            check_environment(config, self._environment)
            private_cas = load_private_cas(config)
            accounts, applications = self._accounts, self._applications
            gone: list[Collection] = self._adopt(config, private_cas)
            for key, one in applications.items():
                if key not in self._applications:
                    gone += one.collections.values()
                    _log.info("application removed", **_named(one.identity))
            for key, one in self._applications.items():
                if key not in applications:
                    _log.info("application added", **_named(one.identity))
            for account in self._accounts.values():
                account.apply_rate()
            gone_accounts = [one for key, one in accounts.items() if key not in self._accounts]
            # Not cancelled with the caller: what is gone is out of reach for everybody else.
            await asyncio.shield(self._start(self._end(gone, gone_accounts, private_cas)))
            self.self_metrics.configuration_loaded(self.now())

    async def collect(
        self,
        budget: float,
        only: Sequence[Application] | None = None,
        collectors: Container[str] = COLLECTORS,
        patience: float = PATIENCE,
    ) -> list[RenderedFamily]:
        """Collect every application, or those given, all at once within `budget` seconds; return their families.

        `collectors` and `patience` are those of Application.collect. Applications that a new configuration has removed
        meanwhile are left out.
        """
        chosen = self.applications if only is None else only
        collected = await collect_all(chosen, budget, collectors, patience)
        async with self._turn:
            # One at a time: all the scrapes that have waited for the same readings are here at once.
            await asyncio.sleep(0)
            return families(chain.from_iterable(collected[one] for one in self.applications if one in collected))

    def warm_up(self) -> None:
        """Start a collection in the background of each application that has had none yet; the log tells what comes of
        it.
        """
        unknown = [application for application in self.applications if application.sessions.outcome is None]
        self._start(collect_all(unknown, self.config.collection.timeout))

    def begin_shutdown(self) -> None:
        """Have every scrape under way answered within the grace, with what is known by then."""
        asyncio.get_running_loop().call_later(STOPPING_GRACE, self._stopping.set)

    async def close(self) -> None:
        """Give up all collections and close all connections."""
        self._stopping.set()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(application.close() for application in self.applications))
        await asyncio.gather(*(account.close() for account in self._accounts.values()))

    def _adopt(self, config: Config, private_cas: Mapping[str, PrivateCa]) -> list[Collection]:
        """Take over a configuration, without waiting for anything: what can fail comes before it, or first.

        Returns the collections of remaining applications that have no place in it.
        """
        options = {
            application.name: _options(application, config)
            for account in config.accounts
            for application in account.applications
        }
        collectors = _collectors(config)
        accounts: dict[_AccountKey, RunningAccount] = {}
        applications: dict[_ApplicationKey, Application] = {}
        gone: list[Collection] = []
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
                    collectors=collectors,
                    limiters=self._limiters,
                    self_metrics=self.self_metrics,
                    now=self.now,
                )
            else:
                account.change(settings, collectors)
            accounts[key] = account
            for application in settings.applications:
                identity = ApplicationIdentity(application.name, settings.name, application.sdk_app_id)
                running = self._applications.get((key, identity))
                if running is None:
                    running = Application(
                        identity,
                        account,
                        options[application.name],
                        stopping=self._stopping,
                        internal_errors=self.internal_errors,
                        now=self.now,
                    )
                gone += running.change(options[application.name])
                applications[key, identity] = running
        self.config, self._accounts, self._applications = config, accounts, applications
        self.applications = list(applications.values())
        return gone

    async def _end(
        self,
        collections: Iterable[Collection],
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


def _collectors(config: Config) -> list[str]:
    switched = {INBOUND: config.collectors.inbound, STAFF: config.collectors.staff}
    return [SESSIONS, *(name for name, is_on in switched.items() if is_on)]


def _options(application: ApplicationSettings, config: Config) -> ApplicationOptions:
    return ApplicationOptions(
        CachePolicy(config.collection.min_interval, config.collection.max_staleness),
        StaffTrackerOptions(config.staff.labels, config.staff.retention, config.staff.max_series),
        thresholds_of(application, config.schedules),
        _collectors(config),
    )
