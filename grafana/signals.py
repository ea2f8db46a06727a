"""What thresholds can be set for, as PromQL: the values, the thresholds, and what is beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grafana import queries
from grafana.queries import of_application, per_application

CRITICAL = 'severity="critical"'
# Severities are free words; what is not critical is shown as a warning.
WARNING = 'severity!="critical"'
ANY = 'severity=~".+"'


@dataclass(frozen=True, slots=True)
class Signal:
    """What a threshold can be set for.

    `name` is that of the configuration, `text` what people call it; `together` says how several values become one;
    `collector` is where it comes from, `group_metric` the metric that has it for each skill group.
    """

    name: str
    text: str
    metric: str
    labels: str = ""
    together: Literal["sum", "max"] = "max"
    collector: str = "sessions"
    group_metric: str = ""
    key: str = "application"

    def of_groups(self, which: str = "") -> Signal:
        """Return the signal for each skill group; `which` is a matcher of groups."""
        labels = ", ".join(filter(None, [self.labels, which]))
        return replace(self, metric=self.group_metric, labels=labels, key=queries.GROUP)

    @property
    def each(self) -> str:
        """The signal of each application or skill group."""
        return per_application(self.metric, self.labels, self.key)

    @property
    def value(self) -> str:
        """The signal of all that is chosen together."""
        return f"{self.together}({self.each})"

    def thresholds(self, severity: str, by: str = "severity, bound") -> str:
        """Return the thresholds that are in force now; `severity` is a matcher."""
        found = per_application("tccc_alert_threshold", self._threshold(severity), f"{self.key}, {by}")
        # Thresholds know the id of a skill group alone, so the groups are chosen by what they have in it.
        return f"({found} and on ({self.key}) {self.each})" if self.key == queries.GROUP else found

    def beyond(self, severity: str) -> str:
        """Return what is beyond a threshold of this severity."""
        above, below = (
            of_application("tccc_alert_threshold", f'{self._threshold(severity)}, bound="{bound}"')
            for bound in ("above", "below")
        )
        return (
            f"(\n  {self.each} > on ({self.key}) min by ({self.key}) ({above})\n"
            f"or\n  {self.each} < on ({self.key}) max by ({self.key}) ({below})\n)"
        )

    def _threshold(self, severity: str) -> str:
        of_groups = "!=" if self.key == queries.GROUP else "="
        return f'signal="{self.name}", skill_group_id{of_groups}"", {severity}'


ACTIVE = Signal("active_sessions", "active sessions", "tccc_active_sessions", together="sum")
WAITING = Signal("waiting_sessions", "waiting sessions", "tccc_waiting_sessions", 'direction="inbound"', "sum")
LONGEST_WAIT = Signal("longest_wait_seconds", "longest wait", "tccc_longest_wait_seconds", 'direction="inbound"')
LONGEST_CALL = Signal("longest_call_seconds", "longest call", "tccc_longest_call_seconds")
BUSIEST = Signal("busiest_staff_sessions", "sessions of one person", "tccc_busiest_staff_sessions")
QUEUED = Signal(
    "queued_calls",
    "calls in the queue",
    "tccc_inbound_calls",
    'stage="queue"',
    "sum",
    "inbound",
    "tccc_skill_group_inbound_calls",
)
LONGEST_QUEUE = Signal(
    "longest_queue_seconds",
    "longest in the queue",
    "tccc_inbound_longest_seconds",
    'stage="queue"',
    "max",
    "inbound",
    "tccc_skill_group_inbound_longest_seconds",
)
FREE = Signal(
    "free_staff", "free staff", "tccc_staff_members", 'status="free"', "sum", "staff", "tccc_skill_group_staff_members"
)
AFTER_CALL_WORK = Signal(
    "longest_after_call_work_seconds",
    "longest after-call work",
    "tccc_staff_longest_status_seconds",
    'status="afterCallWork"',
    "max",
    "staff",
    "tccc_skill_group_staff_longest_status_seconds",
)

OF_GROUPS = (QUEUED, LONGEST_QUEUE, FREE, AFTER_CALL_WORK)
SIGNALS = (ACTIVE, WAITING, LONGEST_WAIT, LONGEST_CALL, BUSIEST, *OF_GROUPS)


def any_beyond(signals: Sequence[Signal], severity: str) -> str:
    """Return what is beyond a threshold of any of several signals."""
    return f"({' or '.join(signal.beyond(severity) for signal in signals)})"


def any_thresholds(signals: Sequence[Signal]) -> str:
    """Return the thresholds of any of several signals."""
    return f"({' or '.join(signal.thresholds(ANY) for signal in signals)})"


def or_from_the_list(signal: Signal, of_the_list: Signal) -> str:
    """Return a signal of each application, and where it is not known that of the session list.

    Where nobody was ever seen waiting in the list, it may hold answered calls only, and its 0 says nothing.
    """
    return (
        f"({signal.each}\n  or on (application) "
        f"({of_the_list.each} and on (application) {queries.applications_seen_waiting()}))"
    )


def breaches(severity: str) -> str:
    """Return what is beyond a threshold of this severity, with the labels `application` and `problem`."""
    applications = _breaches(SIGNALS, severity)
    groups = _breaches([signal.of_groups() for signal in OF_GROUPS], severity)
    return f'{applications}\nor\nlabel_join({groups},\n  "problem", " in ", "problem", "skill_group")'


def _breaches(signals: Sequence[Signal], severity: str) -> str:
    """Compare all signals at once, and say in words which one it is."""
    key = signals[0].key
    told, where = ("text, skill_group", "!=") if key == queries.GROUP else ("text", "=")
    values = "\n  or\n".join(f"    {_told(signal)}" for signal in signals)
    above, below = (
        f"(\n{values}\n  ) {operator} on ({key}, signal) group_right ({told})\n"
        f"  {reduce} by ({key}, signal) ("
        + of_application("tccc_alert_threshold", f'skill_group_id{where}"", bound="{bound}", {severity}')
        + ")"
        for operator, reduce, bound in ((">", "min", "above"), ("<", "max", "below"))
    )
    return f"({_named(above, 'high')}\nor\n{_named(below, 'low')})"


def _told(signal: Signal) -> str:
    values = signal.each
    if signal.key == queries.GROUP:
        # One name each, also while a pair of exporters has two for a group that has just been renamed.
        names = per_application(signal.metric, signal.labels, f"{queries.GROUP}, skill_group")
        values = f"topk by ({queries.GROUP}) (1, {names})"
    return f'label_replace(label_replace({values}, "signal", "{signal.name}", "", ""), "text", "{signal.text}", "", "")'


def _named(breaches: str, how: str) -> str:
    return f'label_replace({breaches},\n  "problem", "$1 {how}", "text", "(.+)")'
