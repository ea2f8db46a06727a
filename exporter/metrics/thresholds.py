"""The thresholds of an application, as they are exposed: alert rules compare the signals with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from exporter.metrics import catalog
from exporter.metrics.series import Series

SIGNALS = (
    "active_sessions",
    "waiting_sessions",
    "longest_wait_seconds",
    "longest_call_seconds",
    "busiest_staff_sessions",
)

Bound = Literal["above", "below"]


class Schedule(Protocol):
    """Tells when something is on."""

    def is_on(self, at: float) -> bool:
        """Tell whether it is on at a time in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that a signal should not go `above`, or not `below`. Without a schedule in `during` it is always on."""

    signal: str
    severity: str
    bound: Bound
    value: float
    during: Schedule | None = None


def add_thresholds(series: Series, thresholds: Iterable[Threshold], at: float) -> None:
    """Add the thresholds that are on at a time in Unix seconds.

    Of those with the same signal, severity and bound, the first one that is on counts.
    """
    added: set[tuple[str, str, str]] = set()
    for threshold in thresholds:
        key = (threshold.signal, threshold.severity, threshold.bound)
        if key in added or not (threshold.during is None or threshold.during.is_on(at)):
            continue
        added.add(key)
        labels = {"signal": threshold.signal, "severity": threshold.severity, "bound": threshold.bound}
        series.add(catalog.ALERT_THRESHOLD, threshold.value, labels)
