"""One application as it runs: everything that is collected of it, and what a scrape is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import structlog

from exporter.account import RunningAccount
from exporter.collection import CachePolicy, Collection, Collector, Reading
from exporter.collectors import InboundCollector, SessionCollector, StaffCollector
from exporter.inbound import reader as inbound_reader
from exporter.inbound.reader import ApplicationInbound
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity, show_application
from exporter.metrics.collector_state import COLLECTORS, INBOUND, SESSIONS, STAFF
from exporter.metrics.inbound_series import InboundMetrics
from exporter.metrics.series import Series
from exporter.metrics.session_metrics import SessionMetrics
from exporter.metrics.skill_groups import SkillGroups
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.staff_status import StaffStatusMetrics
from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL, Threshold, in_force, of_collectors
from exporter.sessions import reader as sessions_reader
from exporter.sessions.reader import ApplicationSessions
from exporter.staff import reader as staff_reader
from exporter.staff.reader import ApplicationStaff

PATIENCE = 3.0
"""Seconds that a scrape waits at most for what is read beside the list of sessions: the list must not wait for it."""
IMPATIENCE = 0.2
"""The same for what has kept a scrape waiting for that long, until it is quicker again."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ApplicationOptions:
    """How an application is collected and shown, all of which may change while it runs.

    `collectors` are the names of what is read beside the list of sessions.
    """

    cache_policy: CachePolicy
    staff: StaffTrackerOptions
    thresholds: Sequence[Threshold] = ()
    collectors: Container[str] = ()


class Application:
    """An application of an account. Make it inside a running event loop, close it when done.

    Setting `stopping` ends all waiting. `now` gives the time in Unix seconds.
    """

    def __init__(
        self,
        identity: ApplicationIdentity,
        account: RunningAccount,
        options: ApplicationOptions,
        *,
        stopping: asyncio.Event,
        internal_errors: InternalErrorLog | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.identity = identity
        self.collections: Mapping[str, Collection] = {}
        """What is collected, by the names of the collectors, the list of sessions first."""
        self._account = account
        self._options = options
        self._stopping = stopping
        self._internal_errors = internal_errors or InternalErrorLog()
        self._now = now
        self._skill_groups = SkillGroups(options.staff.retention)
        self._session_metrics = SessionMetrics(identity.name, options.staff)
        self._staff_metrics = StaffStatusMetrics(identity.name, self._skill_groups, options.staff)
        self._told_unseen: set[int | None] = set()
        self.change(options)

    @property
    def sessions(self) -> Collection:
        """The collection of the list of sessions."""
        return self.collections[SESSIONS]

    def change(self, options: ApplicationOptions) -> list[Collection]:
        """Go on by other options. Return the collections that are gone, for the caller to close."""
        self._options = options
        self._session_metrics.change(options.staff)
        self._staff_metrics.change(options.staff)
        self._skill_groups.retention = options.staff.retention
        self._told_unseen.clear()
        before = self.collections
        wanted = [name for name in COLLECTORS if name == SESSIONS or name in options.collectors]
        self.collections = {name: before.get(name) or self._collection(name) for name in wanted}
        for collection in self.collections.values():
            collection.cache_policy = options.cache_policy
        return [collection for name, collection in before.items() if name not in wanted]

    async def collect(
        self, deadline: float, only: Container[str] = COLLECTORS, patience: float = PATIENCE
    ) -> list[Series]:
        """Collect by all collectors at once, or by those named; return what is known at `deadline` or before.

        `deadline` is a time of the running loop's clock. What is read beside the list of sessions is waited for no
        longer than `patience`, in seconds. Raises nothing: of whatever goes wrong, the series tell.
        """
        async with asyncio.TaskGroup() as group:
            collecting = [
                group.create_task(
                    collection.collect(deadline)
                    if name == SESSIONS
                    else _collect_beside(collection, deadline, patience)
                )
                for name, collection in self.collections.items()
                if name in only
            ]
        thresholds = of_collectors(self._options.thresholds, only)
        try:
            self._tell_unseen_skill_groups()
            own = show_application(self.identity, thresholds, self._now())
        except Exception as error:  # noqa: BLE001 -- what was collected is shown all the same
            self._internal_errors.log(
                "thresholds cannot be shown: internal error, please report", error, application=self.identity.name
            )
            own = show_application(self.identity)
        return [own, *chain.from_iterable(task.result() for task in collecting)]

    def thresholds_in_force(self, collector: str) -> list[Threshold]:
        """Return the thresholds of a collector's signals that are on now."""
        return in_force(of_collectors(self._options.thresholds, [collector]), self._now())

    def is_unseen(self, threshold: Threshold) -> bool:
        """Tell whether a threshold is for a skill group that no collector has seen, once each has had its chance."""
        if threshold.skill_group is None or threshold.skill_group in self._skill_groups:
            return False
        beside = [collection.outcome for name, collection in self.collections.items() if name != SESSIONS]
        if any(outcome is None or (isinstance(outcome, Reading) and outcome.is_preliminary) for outcome in beside):
            return False
        return self.collections[COLLECTOR_OF_SIGNAL[threshold.signal]].shown is not None

    def skill_group_name(self, key: int) -> str | None:
        """Return the name of a skill group as metrics have it, None where it has not been seen."""
        return self._skill_groups.get(key).name if key in self._skill_groups else None

    async def close(self) -> None:
        """Cancel what is being collected."""
        await asyncio.gather(*(collection.close() for collection in self.collections.values()))

    def _collection(self, name: str) -> Collection:
        return Collection(
            self.identity,
            self._collector(name),
            cache_policy=self._options.cache_policy,
            stopping=self._stopping,
            internal_errors=self._internal_errors,
            now=self._now,
        )

    def _collector(self, name: str) -> Collector:
        client, actions, sdk_app_id = self._account.client, self._account.actions, self.identity.sdk_app_id
        if name == INBOUND:
            inbound = ApplicationInbound(client, actions[inbound_reader.ACTION], sdk_app_id, self._now)
            return InboundCollector(inbound, InboundMetrics(self.identity.name, self._skill_groups))
        if name == STAFF:
            status, listing = actions[staff_reader.STATUS_ACTION], actions[staff_reader.LIST_ACTION]
            staff = ApplicationStaff(client, status, listing, sdk_app_id, self._now)
            return StaffCollector(staff, self._staff_metrics)
        sessions = ApplicationSessions(client, actions[sessions_reader.ACTION], sdk_app_id, self._now)
        return SessionCollector(sessions, self._session_metrics)

    def _tell_unseen_skill_groups(self) -> None:
        """Warn of thresholds that nothing is compared with, as no skill group with their id has been seen."""
        for threshold in self._options.thresholds:
            if self.is_unseen(threshold) and threshold.skill_group not in self._told_unseen:
                self._told_unseen.add(threshold.skill_group)
                _log.warning(
                    "a threshold is for a skill group that has not been seen",
                    application=self.identity.name,
                    sdk_app_id=self.identity.sdk_app_id,
                    signal=threshold.signal,
                    skill_group_id=threshold.skill_group,
                    advice="check the id; a group without any calls and staff members may be unknown for a while",
                )


async def collect_all(
    applications: Iterable[Application],
    budget: float,
    collectors: Container[str] = COLLECTORS,
    patience: float = PATIENCE,
) -> dict[Application, list[Series]]:
    """Collect several applications at once; return what is known of each within `budget` seconds.

    `collectors` and `patience` are those of Application.collect.
    """
    deadline = asyncio.get_running_loop().time() + budget
    collecting = {}
    async with asyncio.TaskGroup() as group:
        for application in applications:
            collecting[application] = group.create_task(application.collect(deadline, collectors, patience))
            # Answers to the first of a hundred can be read while the last ones still send.
            await asyncio.sleep(0)
    return {application: task.result() for application, task in collecting.items()}


async def _collect_beside(collection: Collection, deadline: float, patience: float) -> list[Series]:
    # The list first: what is asked for before it would be answered before it, too.
    await asyncio.sleep(0)
    patience = IMPATIENCE if collection.takes_longer_than(patience) else patience
    return await collection.collect(min(deadline, asyncio.get_running_loop().time() + patience))
