"""The series that one snapshot of an application gives."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

from exporter.metrics import catalog
from exporter.metrics.series import Series
from exporter.metrics.staff import StaffCounts
from exporter.metrics.status_labels import StatusLabels
from exporter.metrics.thresholds import Signals
from exporter.sessions.model import FINISHED, STATUSES, Snapshot

WAITING_BUCKETS = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0)
CONNECTED_BUCKETS = (15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0)

DOCUMENTED_STATUSES = (*STATUSES, FINISHED)

_ALWAYS_SHOWN = ("inbound", "outbound")


def add_session_series(series: Series, snapshot: Snapshot, staff: StaffCounts, statuses: StatusLabels) -> Signals:
    """Add all that is known of the sessions of a snapshot. Ages are those on the server's clock, and never negative.

    Returns the values of the signals that thresholds are for.
    """
    waiting: dict[str, int] = dict.fromkeys(_ALWAYS_SHOWN, 0)
    waits: defaultdict[str, list[float]] = defaultdict(list, {direction: [] for direction in _ALWAYS_SHOWN})
    calls: defaultdict[str, list[float]] = defaultdict(list, {direction: [] for direction in _ALWAYS_SHOWN})
    now = snapshot.server_time
    for session in snapshot.sessions:
        if session.status == FINISHED:
            continue
        if session.accepted is not None:
            calls[session.direction].append(now - session.accepted)
            continue
        if session.accepted_untimed:
            continue
        waiting[session.direction] = waiting.get(session.direction, 0) + 1
        if session.started is not None:
            waits[session.direction].append(now - session.started)
    for (status, direction), count in _count(snapshot, statuses).items():
        series.add(catalog.SESSIONS, count, {"status": status, "direction": direction})
    for towards, count in waiting.items():
        series.add(catalog.WAITING_SESSIONS, count, {"direction": towards})
    longest_waits = _add_ages(series, "waiting", catalog.LONGEST_WAIT, WAITING_BUCKETS, waits)
    longest_calls = _add_ages(series, "connected", catalog.LONGEST_CALL, CONNECTED_BUCKETS, calls)
    add_staff_series(series, staff)
    series.add(catalog.ACTIVE_SESSIONS, snapshot.total)
    series.add(catalog.SNAPSHOT_DURATION, snapshot.duration)
    series.add(catalog.SNAPSHOT_REQUESTS, snapshot.requests)
    series.add(catalog.SNAPSHOT_COMPLETE, snapshot.complete)
    return {
        ("active_sessions", None): snapshot.total,
        ("waiting_sessions", None): waiting["inbound"],
        ("longest_wait_seconds", None): longest_waits["inbound"],
        ("longest_call_seconds", None): max(longest_calls.values()),
        ("busiest_staff_sessions", None): staff.busiest,
    }


def _count(snapshot: Snapshot, statuses: StatusLabels) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter(dict.fromkeys(product(STATUSES, _ALWAYS_SHOWN), 0))
    for (status, direction), number in Counter([(one.status, one.direction) for one in snapshot.sessions]).items():
        counts[statuses.label(status), direction] += number
    return counts


def _add_ages(
    series: Series, phase: str, longest: catalog.Family, bounds: Sequence[float], ages: Mapping[str, Sequence[float]]
) -> Mapping[str, float]:
    """Add what is known of the ages, given by direction, of the sessions in one phase; return the longest of each."""
    counts = [0] * (len(bounds) + 1)
    total = 0.0
    longest_of: dict[str, float] = {}
    for direction, measured in ages.items():
        some = [max(0.0, age) for age in measured] if min(measured, default=0.0) < 0.0 else measured
        longest_of[direction] = max(some, default=0.0)
        series.add(longest, longest_of[direction], {"direction": direction})
        total += sum(some)
        for age in some:
            counts[bisect_left(bounds, age)] += 1
    series.add_histogram(catalog.SESSION_AGE, {"phase": phase}, bounds, counts, total)
    return longest_of


STAFF_FAMILIES = (
    catalog.STAFF_SESSIONS,
    catalog.STAFF_CALL_START,
    catalog.BUSIEST_STAFF_SESSIONS,
    catalog.STAFF_SERIES_FOLDED,
    catalog.UNASSIGNED_SESSIONS,
)
"""What `add_staff_series` adds."""


def add_staff_series(series: Series, staff: StaffCounts) -> None:
    """Add what is known of the staff on the sessions of a snapshot."""
    series.extend(catalog.STAFF_SESSIONS, [(one.labels, one.sessions) for one in staff.series])
    starts = [(one.labels, one.call_start) for one in staff.series if one.call_start is not None]
    series.extend(catalog.STAFF_CALL_START, starts)
    series.add(catalog.BUSIEST_STAFF_SESSIONS, staff.busiest)
    series.add(catalog.STAFF_SERIES_FOLDED, staff.folded)
    series.add(catalog.UNASSIGNED_SESSIONS, staff.unassigned)
