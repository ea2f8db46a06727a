"""What is shown of a collector, whatever it reads: whether that succeeds, how long it takes and when it last did."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.metrics import catalog
from exporter.metrics.series import Series

SESSIONS = "sessions"
INBOUND = "inbound"
STAFF = "staff"
COLLECTORS = (SESSIONS, INBOUND, STAFF)
"""What can be read of an application; the list of sessions always is."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a scrape sees of a collector.

    `series` are those of the reading that is shown, None where none may be. `duration` is how many seconds the last
    reading took, a failed one too, and `last_success` when the last one that succeeded was finished, in Unix seconds;
    each is None where there was none.
    """

    up: bool
    series: Series | None = None
    duration: float | None = None
    last_success: float | None = None


def show_collector(application: str, collector: str, exposure: Exposure) -> Series:
    """Return the series that a collector has at all times, whatever else goes wrong with it."""
    series = Series(application)
    labels = {"collector": collector}
    if collector == SESSIONS:
        series.add(catalog.UP, exposure.up)
    series.add(catalog.COLLECTOR_SUCCESS, exposure.up, labels)
    if exposure.duration is not None:
        series.add(catalog.COLLECTOR_DURATION, exposure.duration, labels)
    if exposure.last_success is not None:
        series.add(catalog.COLLECTOR_LAST_SUCCESS, exposure.last_success, labels)
    return series
