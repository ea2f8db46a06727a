"""The thresholds of an application, as they are exposed: alert rules compare the signals with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

SignalKey = tuple[str, int | None]
"""A signal, and the id of the skill group whose signal it is, None for the application as a whole."""

Signals = Mapping[SignalKey, float]
"""The values of signals at one time."""

Bound = Literal["above", "below"]


class ThresholdSchedule(Protocol):
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
    during: ThresholdSchedule | None = None

    def is_crossed_by(self, value: float) -> bool:
        """Tell whether a value of the signal is beyond the threshold."""
        return value > self.value if self.bound == "above" else value < self.value


def in_force(thresholds: Iterable[Threshold], at: float) -> list[Threshold]:
    """Return the thresholds that are on at a time in Unix seconds.

    Of those with the same signal, severity and bound, the first one that is on counts.
    """
    chosen: dict[tuple[str, str, str], Threshold] = {}
    for threshold in thresholds:
        if threshold.during is None or threshold.during.is_on(at):
            chosen.setdefault((threshold.signal, threshold.severity, threshold.bound), threshold)
    return list(chosen.values())


def add_thresholds(series: Series, thresholds: Iterable[Threshold], at: float) -> None:
    """Add the thresholds that are on at a time in Unix seconds."""
    for threshold in in_force(thresholds, at):
        labels = {"signal": threshold.signal, "severity": threshold.severity, "bound": threshold.bound}
        series.add(catalog.ALERT_THRESHOLD, threshold.value, labels)
