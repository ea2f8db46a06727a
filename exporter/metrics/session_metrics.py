"""What is shown of the sessions of one application, and remembered from one snapshot to the next."""

from __future__ import annotations

from weakref import WeakSet

from exporter.metrics import catalog
from exporter.metrics.collector_state import Exposure
from exporter.metrics.observation import Observation
from exporter.metrics.observed import ObservedSessions
from exporter.metrics.series import Series
from exporter.metrics.session_series import (
    DOCUMENTED_STATUSES,
    STAFF_FAMILIES,
    add_session_series,
    add_staff_series,
)
from exporter.metrics.staff import StaffTracker, StaffTrackerOptions
from exporter.metrics.status_labels import StatusLabels
from exporter.sessions.model import Snapshot


class SessionMetrics:
    """Turns the snapshots of one application into series, and remembers what must outlive a snapshot."""

    def __init__(self, application: str, staff: StaffTrackerOptions) -> None:
        self._application = application
        self._staff_options = staff
        self._staff = StaffTracker(staff, Series(application).labels)
        self._latest: Series | None = None
        self._earlier: WeakSet[Series] = WeakSet()
        """The series of the snapshots before the latest one that a scrape under way may still show."""
        self._statuses = StatusLabels(DOCUMENTED_STATUSES)
        self._observed = ObservedSessions()
        self._observed_series = Series(application)

    def change(self, staff: StaffTrackerOptions) -> None:
        """Go on by other options. The snapshot that is shown has the staff series of these from now on."""
        if staff == self._staff_options:
            return
        self._staff_options = staff
        counts = self._staff.change(staff)
        for series in self._earlier:
            series.remove(*STAFF_FAMILIES)
        if self._latest is not None:
            self._latest.remove(*STAFF_FAMILIES)
            add_staff_series(self._latest, counts)

    def observe(self, snapshot: Snapshot) -> Observation:
        """Take in a snapshot that has just been finished. To be called once per snapshot."""
        series = Series(self._application)
        signals = add_session_series(series, snapshot, self._staff.count(snapshot), self._statuses)
        self._observed.observe(snapshot)
        self._observed_series = Series(self._application)
        self._observed.add_to(self._observed_series)
        if self._latest is not None:
            self._earlier.add(self._latest)
        self._latest = series
        return Observation(series, signals)

    def show(self, exposure: Exposure, total: int | None) -> list[Series]:
        """Return all series of an exposure.

        `total` is the API's count from the first page of a collection that came no further, None where it came not
        even so far.
        """
        state = Series(self._application)
        if exposure.series is None and total is not None:
            state.add(catalog.ACTIVE_SESSIONS, total)
        if exposure.last_success is not None:
            state.add(catalog.SNAPSHOT_TIMESTAMP, exposure.last_success)
        remembered = [state, self._observed_series]
        return remembered if exposure.series is None else [*remembered, exposure.series]
