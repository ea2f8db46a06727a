"""The thresholds of an application, as they are exposed: alert rules compare the signals with them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from exporter.metrics import catalog
from exporter.metrics.series import Series

Collector = Literal["sessions", "inbound", "staff"]

COLLECTOR_OF_SIGNAL: Mapping[str, Collector] = {
    "active_sessions": "sessions",
    "waiting_sessions": "sessions",
    "longest_wait_seconds": "sessions",
    "longest_call_seconds": "sessions",
    "busiest_staff_sessions": "sessions",
    "queued_calls": "inbound",
    "longest_queue_seconds": "inbound",
    "free_staff": "staff",
    "longest_after_call_work_seconds": "staff",
}
"""Every signal that a threshold can be for, and the collector that its value comes from."""

SIGNALS = tuple(COLLECTOR_OF_SIGNAL)

SKILL_GROUP_SIGNALS = tuple(signal for signal, collector in COLLECTOR_OF_SIGNAL.items() if collector != "sessions")
"""The signals that each skill group of an application has as well: a session in the list names no skill group."""

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
    """A number that a signal should not go `above`, or not `below`. Without a schedule in `during` it is always on.

    `skill_group` is the id of the skill group whose signal is meant, None for the application as a whole.
    """

    signal: str
    severity: str
    bound: Bound
    value: float
    during: ThresholdSchedule | None = None
    skill_group: int | None = None

    @property
    def key(self) -> SignalKey:
        """What the threshold is for."""
        return self.signal, self.skill_group

    def is_crossed_by(self, value: float) -> bool:
        """Tell whether a value of the signal is beyond the threshold."""
        return value > self.value if self.bound == "above" else value < self.value


def in_force(thresholds: Iterable[Threshold], at: float) -> list[Threshold]:
    """Return the thresholds that are on at a time in Unix seconds.

    Of those with the same signal, skill group, severity and bound, the first one that is on counts.
    """
    chosen: dict[tuple[SignalKey, str, str], Threshold] = {}
    for threshold in thresholds:
        if threshold.during is None or threshold.during.is_on(at):
            chosen.setdefault((threshold.key, threshold.severity, threshold.bound), threshold)
    return list(chosen.values())


def of_collectors(thresholds: Iterable[Threshold], collectors: Container[str]) -> list[Threshold]:
    """Return the thresholds whose signals come from any of these collectors."""
    return [threshold for threshold in thresholds if COLLECTOR_OF_SIGNAL[threshold.signal] in collectors]


def add_thresholds(series: Series, thresholds: Iterable[Threshold], at: float) -> None:
    """Add the thresholds that are on at a time in Unix seconds."""
    for threshold in in_force(thresholds, at):
        labels = {"signal": threshold.signal, "severity": threshold.severity, "bound": threshold.bound}
        if threshold.skill_group is not None:
            labels["skill_group_id"] = str(threshold.skill_group)
        series.add(catalog.ALERT_THRESHOLD, threshold.value, labels)
