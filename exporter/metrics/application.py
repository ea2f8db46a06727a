"""What is shown of one application, whether its collection succeeded or not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from exporter.metrics import catalog
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
from exporter.metrics.thresholds import Threshold, add_thresholds, in_force
from exporter.sessions.model import Snapshot


@dataclass(frozen=True, slots=True)
class ApplicationIdentity:
    """How an application is known: its name is the label `application`, the rest stands in `tccc_application_info`."""

    name: str
    account: str
    sdk_app_id: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a scrape sees of an application.

    `snapshot` is the series of the snapshot that is shown, None where none may be. `total` is the API's count from the
    first page of a collection that came no further. `last_success` is when the last snapshot was finished, in Unix
    seconds.
    """

    up: bool
    snapshot: Series | None = None
    total: int | None = None
    last_success: float | None = None


class ApplicationMetrics:
    """Turns the snapshots of one application into series, and remembers what must outlive a snapshot.

    `now` gives the time in Unix seconds, by which thresholds are on or off.
    """

    def __init__(
        self,
        identity: ApplicationIdentity,
        staff: StaffTrackerOptions,
        thresholds: Sequence[Threshold] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        self._thresholds = thresholds
        self._now = now
        self._staff_options = staff
        self._staff = StaffTracker(staff, Series(identity.name).labels)
        self._latest: Series | None = None
        self._earlier: WeakSet[Series] = WeakSet()
        """The series of the snapshots before the latest one that a scrape under way may still show."""
        self._statuses = StatusLabels(DOCUMENTED_STATUSES)
        self._observed = ObservedSessions()
        self._observed_series = Series(identity.name)
        self.signals: Mapping[str, float] = {}
        """The values of the signals in the last snapshot, by name."""

    def thresholds_in_force(self) -> list[Threshold]:
        """Return the thresholds that are on now."""
        return in_force(self._thresholds, self._now())

    def change(self, staff: StaffTrackerOptions, thresholds: Sequence[Threshold]) -> None:
        """Go on by other settings. The snapshot that is shown has the staff series of these from now on."""
        self._thresholds = thresholds
        if staff == self._staff_options:
            return
        self._staff_options = staff
        counts = self._staff.change(staff)
        for series in self._earlier:
            series.remove(*STAFF_FAMILIES)
        if self._latest is not None:
            self._latest.remove(*STAFF_FAMILIES)
            add_staff_series(self._latest, counts)

    def observe(self, snapshot: Snapshot) -> Series:
        """Take in a snapshot that has just been finished and return its series. To be called once per snapshot."""
        series = Series(self._identity.name)
        self.signals = add_session_series(series, snapshot, self._staff.count(snapshot), self._statuses)
        self._observed.observe(snapshot)
        self._observed_series = Series(self._identity.name)
        self._observed.add_to(self._observed_series)
        if self._latest is not None:
            self._earlier.add(self._latest)
        self._latest = series
        return series

    def show(self, exposure: Exposure) -> list[Series]:
        """Return all series of an exposure."""
        [state] = show_outline(self._identity, up=exposure.up)
        if exposure.snapshot is None and exposure.total is not None:
            state.add(catalog.ACTIVE_SESSIONS, exposure.total)
        if exposure.last_success is not None:
            state.add(catalog.SNAPSHOT_TIMESTAMP, exposure.last_success)
        add_thresholds(state, self._thresholds, self._now())
        remembered = [state, self._observed_series]
        return remembered if exposure.snapshot is None else [*remembered, exposure.snapshot]


def show_outline(identity: ApplicationIdentity, *, up: bool) -> list[Series]:
    """Return the series that an application has at all times, whatever else goes wrong with it."""
    series = Series(identity.name)
    series.add(catalog.UP, up)
    labels = {"account": identity.account, "sdk_app_id": str(identity.sdk_app_id)}
    series.add(catalog.APPLICATION, 1, labels, suffix="_info")
    return [series]
