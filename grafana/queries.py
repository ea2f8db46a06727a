"""The PromQL that several panels share.

Every selector has the matchers of the dashboard's variables. Two exporters may watch the same application, so numbers
are reduced to one per application before they are added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TARGET = 'job=~"$job", instance=~"$instance"'
APPLICATION = f'{TARGET}, application=~"$application"'
ACCOUNT = f'{TARGET}, account=~"$account"'
# Alerts of an exporter have no application. That of an absent one has no instance either; it is not shown, but that
# there is no exporter is.
RAISED = 'alertname=~"Tccc.+", job=~"$job", instance=~"$instance", application=~"$application|"'
FIRING = f'alertstate="firing", {RAISED}'

FORGOTTEN_AFTER = "1d"
"""How long a target that is down is remembered as an exporter."""


def of_application(metric: str, labels: str = "") -> str:
    """Return the selector of a metric with the label `application`."""
    return f"{metric}{{{APPLICATION}{', ' if labels else ''}{labels}}}"


def per_application(metric: str, labels: str = "", by: str = "application") -> str:
    """Return a gauge, once per application however many exporters watch it."""
    return f"max by ({by}) ({of_application(metric, labels)})"


def rate(metric: str, labels: str = "", by: str = "application, direction") -> str:
    """Return the rate of a counter a second, once per application.

    Counters stay while collections fail; without the condition, that would look like a quiet hour.
    """
    return (
        f"max by ({by}) (rate({of_application(metric, labels)}[$__rate_interval])\n"
        f"  and on (job, instance, application) ({of_application('tccc_up')} == 1))"
    )


@dataclass(frozen=True, slots=True)
class Signal:
    """What a threshold can be set for.

    `name` is that of the configuration; `together` says how the values of several applications become one.
    """

    name: str
    metric: str
    labels: str = ""
    together: Literal["sum", "max"] = "max"

    @property
    def per_application(self) -> str:
        """The signal of each application."""
        return per_application(self.metric, self.labels)

    @property
    def value(self) -> str:
        """The signal of all chosen applications together."""
        return f"{self.together}({self.per_application})"


ACTIVE = Signal("active_sessions", "tccc_active_sessions", together="sum")
WAITING = Signal("waiting_sessions", "tccc_waiting_sessions", 'direction="inbound"', together="sum")
LONGEST_WAIT = Signal("longest_wait_seconds", "tccc_longest_wait_seconds", 'direction="inbound"')
LONGEST_CALL = Signal("longest_call_seconds", "tccc_longest_call_seconds")
BUSIEST = Signal("busiest_staff_sessions", "tccc_busiest_staff_sessions")
SIGNALS = (ACTIVE, WAITING, LONGEST_WAIT, LONGEST_CALL, BUSIEST)

CRITICAL = 'severity="critical"'
# Severities are free words; what is not critical is shown as a warning.
WARNING = 'severity!="critical"'
ANY = 'severity=~".+"'


def thresholds(signal: Signal, severity: str, by: str = "application, severity, bound") -> str:
    """Return the thresholds of a signal that are in force now; `severity` is a matcher."""
    return per_application("tccc_alert_threshold", f'signal="{signal.name}", {severity}', by)


def applications_beyond(signal: Signal, severity: str) -> str:
    """Return the applications whose signal is beyond a threshold of this severity."""
    above, below = (
        of_application("tccc_alert_threshold", f'signal="{signal.name}", bound="{bound}", {severity}')
        for bound in ("above", "below")
    )
    return (
        f"(\n  {signal.per_application} > on (application) min by (application) ({above})\n"
        f"or\n  {signal.per_application} < on (application) max by (application) ({below})\n)"
    )


def breaches(severity: str) -> str:
    """Return what is beyond a threshold of this severity, with the labels `application` and `problem`."""
    signals = "\n  or\n".join(
        f'    label_replace({signal.per_application}, "signal", "{signal.name}", "", "")' for signal in SIGNALS
    )
    above = _beyond_all(signals, ">", "min", f'bound="above", {severity}')
    below = _beyond_all(signals, "<", "max", f'bound="below", {severity}')
    return f"{_named(above, 'high')}\nor\n{_named(below, 'low')}"


def _beyond_all(signals: str, operator: str, reduce: str, labels: str) -> str:
    return (
        f"(\n{signals}\n  ) {operator} on (application, signal) group_right ()\n"
        f"  {reduce} by (application, signal) ({of_application('tccc_alert_threshold', labels)})"
    )


def _named(breaches: str, how: str) -> str:
    # longest_wait_seconds becomes: longest wait high
    return f'label_replace({breaches},\n  "problem", "$1 $2 {how}", "signal", "([a-z]+)_([a-z]+).*")'


def firing_alerts(severity: str) -> str:
    """Return the firing alerts of this severity, with the labels `application` and `problem`."""
    return (
        f"label_replace(max by (application, alertname) (ALERTS{{{FIRING}, {severity}}}),\n  "
        '"problem", "alert $1", "alertname", "Tccc(.+)")'
    )


def applications_without_data() -> str:
    """Return the applications that no exporter has fresh data of: failing, or their exporters are down."""
    return (
        f"(\n  {per_application('tccc_up')} == 0\n"
        f"or\n  max by (application) (last_over_time({of_application('tccc_up')}[{FORGOTTEN_AFTER}])"
        f" and on (job, instance) (up{{{TARGET}}} == 0))\n"
        f"  unless on (application) {of_application('tccc_up')}\n)"
    )


def no_exporter() -> str:
    """Return one element where there is no exporter at all."""
    return f"absent({of_application('tccc_up')})"


def data_age() -> str:
    """Return the age of the data of each application in seconds, also while its exporter is down."""
    current = of_application("tccc_snapshot_timestamp_seconds")
    return (
        f"clamp_min(time() - max by (application) (\n  {current}\n"
        f"or\n  (last_over_time({current}[{FORGOTTEN_AFTER}]) and on (job, instance) (up{{{TARGET}}} == 0))\n), 0)"
    )


def exporters_up() -> str:
    """Return `up` of the targets that are exporters; 0 also for those that have been down for less than a day."""
    return f"up{{{TARGET}}} and on (job, instance) present_over_time(tccc_up{{{TARGET}}}[{FORGOTTEN_AFTER}])"
