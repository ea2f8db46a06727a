"""What is read of an application: the list of sessions, the inbound calls of its queues, the status of its staff."""

from __future__ import annotations

from collections import Counter

from exporter.collection import Collector, Reading
from exporter.durations import format_duration
from exporter.inbound.reader import ApplicationInbound
from exporter.metrics.collector_state import INBOUND, SESSIONS, STAFF, Exposure
from exporter.metrics.inbound_series import InboundMetrics
from exporter.metrics.series import Series
from exporter.metrics.session_metrics import SessionMetrics
from exporter.metrics.staff_status import StaffStatusMetrics
from exporter.sessions.model import Page
from exporter.sessions.reader import SessionList
from exporter.staff.model import FREE
from exporter.staff.reader import ApplicationStaff


class SessionCollector(Collector):
    """Reads the list of sessions, whose total is known and shown as soon as its first page is there."""

    name = SESSIONS

    def __init__(self, sessions: SessionList, metrics: SessionMetrics) -> None:
        self.metrics = metrics
        self._sessions = sessions
        self._first_total: int | None = None

    async def read(self, deadline: float) -> Reading:
        """Take a snapshot, see Collector."""
        self._first_total = None
        snapshot = await self._sessions.read(deadline, self._first_page)
        return Reading(
            self.metrics.observe(snapshot),
            snapshot.finished,
            snapshot.at,
            f"{len(snapshot.sessions)} sessions",
            {
                "sessions": len(snapshot.sessions),
                "requests": snapshot.requests,
                "repairs": snapshot.repairs,
                "duration": format_duration(snapshot.duration),
                "complete": snapshot.complete,
            },
        )

    def show(self, exposure: Exposure) -> list[Series]:
        """Return the series of an exposure, see Collector."""
        return self.metrics.show(exposure, self._first_total)

    def _first_page(self, page: Page) -> None:
        self._first_total = page.total


class InboundCollector(Collector):
    """Reads the inbound calls of now, in all and by skill group."""

    name = INBOUND

    def __init__(self, inbound: ApplicationInbound, metrics: InboundMetrics) -> None:
        self._inbound = inbound
        self._metrics = metrics

    async def read(self, deadline: float) -> Reading:
        """Read the inbound calls, see Collector."""
        reading = await self._inbound.read(deadline)
        return Reading(
            self._metrics.observe(reading),
            reading.finished,
            reading.at,
            f"{reading.calls.total.queue} in the queue, {reading.calls.total.connected} connected",
            {
                "skill_groups": len(reading.calls.groups),
                "requests": reading.requests,
                "duration": format_duration(reading.duration),
            },
        )


class StaffCollector(Collector):
    """Reads the status of every staff member; without the list of staff, nobody's number and skill groups are known."""

    name = STAFF

    def __init__(self, staff: ApplicationStaff, metrics: StaffStatusMetrics) -> None:
        self._staff = staff
        self._metrics = metrics

    async def read(self, deadline: float) -> Reading:
        """Read the staff, see Collector."""
        reading = await self._staff.read(deadline)
        statuses = Counter(member.status for member in reading.members)
        return Reading(
            self._metrics.observe(reading),
            reading.finished,
            reading.at,
            f"{len(reading.members)} staff members, {statuses[FREE]} free",
            {
                "staff_members": len(reading.members),
                "requests": reading.requests,
                "duration": format_duration(reading.duration),
            },
            flaw=reading.list_error,
            is_preliminary=reading.staff_list is None and reading.list_error is None,
        )

    async def close(self) -> None:
        """Give up reading the list of staff."""
        await self._staff.close()
