"""The series that one snapshot of an application gives."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import product

from exporter.metrics import catalogue
from exporter.metrics.series import Series
from exporter.metrics.staff import StaffCounts
from exporter.sessions.model import STATUSES, Snapshot

WAITING_BUCKETS = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)
CONNECTED_BUCKETS = (15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0)

_ALWAYS_SHOWN = ("inbound", "outbound")


def add_session_series(series: Series, snapshot: Snapshot, staff: StaffCounts) -> None:
    """Add all that is known of the sessions of a snapshot. Ages are those on the server's clock, and never negative."""
    sessions: dict[tuple[str, str], int] = dict.fromkeys(product(STATUSES, _ALWAYS_SHOWN), 0)
    waiting: dict[str, int] = dict.fromkeys(_ALWAYS_SHOWN, 0)
    waits: list[tuple[str, float]] = []
    calls: list[tuple[str, float]] = []
    now = snapshot.server_time
    for session in snapshot.sessions:
        direction = session.direction
        state = (session.status, direction)
        sessions[state] = sessions.get(state, 0) + 1
        if session.accepted is not None and session.is_connected:
            calls.append((direction, max(0.0, now - session.accepted)))
        elif session.is_waiting:
            waiting[direction] = waiting.get(direction, 0) + 1
            if session.started is not None:
                waits.append((direction, max(0.0, now - session.started)))
    for (status, towards), count in sessions.items():
        series.add(catalogue.SESSIONS, count, {"status": status, "direction": towards})
    for towards, count in waiting.items():
        series.add(catalogue.WAITING_SESSIONS, count, {"direction": towards})
    _add_longest(series, catalogue.LONGEST_WAIT, waits)
    _add_longest(series, catalogue.LONGEST_CALL, calls)
    _add_ages(series, "waiting", WAITING_BUCKETS, [age for _, age in waits])
    _add_ages(series, "connected", CONNECTED_BUCKETS, [age for _, age in calls])
    _add_staff(series, staff)
    series.add(catalogue.ACTIVE_SESSIONS, snapshot.total)
    series.add(catalogue.SNAPSHOT_DURATION, snapshot.duration)
    series.add(catalogue.SNAPSHOT_REQUESTS, snapshot.requests)
    series.add(catalogue.SNAPSHOT_COMPLETE, snapshot.complete)


def _add_longest(series: Series, family: catalogue.Family, ages: Iterable[tuple[str, float]]) -> None:
    longest: dict[str, float] = dict.fromkeys(_ALWAYS_SHOWN, 0.0)
    for direction, age in ages:
        if age > longest.get(direction, -1.0):
            longest[direction] = age
    for direction, age in longest.items():
        series.add(family, age, {"direction": direction})


def _add_ages(series: Series, phase: str, bounds: Sequence[float], ages: Sequence[float]) -> None:
    counts = [0] * (len(bounds) + 1)
    for age in ages:
        counts[bisect_left(bounds, age)] += 1
    series.add_histogram(catalogue.SESSION_AGE, {"phase": phase}, bounds, counts, sum(ages))


def _add_staff(series: Series, staff: StaffCounts) -> None:
    labelled = [(series.labels(one.labels), one) for one in staff.series]
    series.extend(catalogue.STAFF_SESSIONS, [(labels, one.sessions) for labels, one in labelled])
    starts = [(labels, one.call_start) for labels, one in labelled if one.call_start is not None]
    series.extend(catalogue.STAFF_CALL_START, starts)
    series.add(catalogue.BUSIEST_STAFF_SESSIONS, staff.busiest)
    series.add(catalogue.STAFF_SERIES_FOLDED, staff.folded)
    series.add(catalogue.UNASSIGNED_SESSIONS, staff.unassigned)
