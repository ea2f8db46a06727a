"""The PromQL that several panels share.

Every selector has the matchers of the dashboard's variables. Two exporters may watch the same application, so numbers
are reduced to one per application before they are added up.
"""

from __future__ import annotations

TARGET = 'job=~"$job", instance=~"$instance"'
APPLICATION = f'{TARGET}, application=~"$application"'
ACCOUNT = f'{TARGET}, account=~"$account"'
# Alerts of an exporter have no application. That of an absent one has no instance either; it is not shown, but that
# there is no exporter is.
RAISED = 'alertname=~"Tccc.+", job=~"$job", instance=~"$instance", application=~"$application|"'
FIRING = f'alertstate="firing", {RAISED}'

GROUP = "application, skill_group_id"
"""The labels that tell skill groups apart; their names may be the same, and may change."""

FORGOTTEN_AFTER = "1d"
"""How long a target that is down is remembered as an exporter, and that callers were seen to wait."""


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


def firing_alerts(severity: str) -> str:
    """Return the firing alerts of this severity, with the labels `application` and `problem`."""
    return (
        f"label_replace(max by (application, alertname) (ALERTS{{{FIRING}, {severity}}}),\n  "
        '"problem", "alert $1", "alertname", "Tccc(.+)")'
    )


def applications_without_data() -> str:
    """Return the applications that no exporter has fresh data of: failing, or their exporters are down."""
    return f"(\n  {failing_applications()}\nor\n  {applications_of_lost_exporters()}\n)"


def failing_applications() -> str:
    """Return the applications that an exporter is there for, and none can read."""
    return f"({per_application('tccc_up')} == 0)"


def applications_of_lost_exporters() -> str:
    """Return the applications all of whose exporters are down."""
    return (
        f"(\n  max by (application) (last_over_time({of_application('tccc_up')}[{FORGOTTEN_AFTER}])"
        f" and on (job, instance) (up{{{TARGET}}} == 0))\n"
        f"  unless on (application) {of_application('tccc_up')}\n)"
    )


def no_exporter() -> str:
    """Return one element where there is no exporter at all."""
    return f"absent({of_application('tccc_up')})"


def failing_collectors(collectors: str) -> str:
    """Return the applications that a collector fails for; `collectors` is a regular expression."""
    return f"max by (application) ({failing(collectors)})"


def failing(collectors: str) -> str:
    """Return the same with the label `collector`."""
    success = per_application("tccc_collector_success", f'collector=~"{collectors}"', "application, collector")
    return f"({success} == 0)"


def collectors(collectors: str) -> str:
    """Return the success of collectors that are switched on; `collectors` is a regular expression."""
    return of_application("tccc_collector_success", f'collector=~"{collectors}"')


def applications_seen_waiting() -> str:
    """Return the applications whose session list has shown a caller who waits.

    The list of others may hold answered calls only: then nobody waits in it, and nobody gives up.
    """
    waiting = of_application("tccc_waiting_sessions", 'direction="inbound"')
    gave_up = of_application("tccc_observed_sessions_ended_total", 'direction="inbound", outcome="unanswered"')
    return (
        f"(\n  max by (application) (max_over_time({waiting}[{FORGOTTEN_AFTER}] @ end())) > 0\n"
        f"or\n  max by (application) ({gave_up}) > 0\n)"
    )


def data_age() -> str:
    """Return the age of the session list of each application in seconds, also while its exporter is down."""
    return f"clamp_min(time() - {_last('tccc_snapshot_timestamp_seconds', '', 'application')}, 0)"


def collector_age(collectors: str) -> str:
    """Return how long ago each collector last succeeded, in seconds, also while its exporter is down."""
    last = _last(
        "tccc_collector_last_success_timestamp_seconds", f'collector=~"{collectors}"', "application, collector"
    )
    return f"clamp_min(time() - {last}, 0)"


def _last(timestamp: str, labels: str, by: str) -> str:
    current = of_application(timestamp, labels)
    return (
        f"max by ({by}) (\n  {current}\n"
        f"or\n  (last_over_time({current}[{FORGOTTEN_AFTER}]) and on (job, instance) (up{{{TARGET}}} == 0))\n)"
    )


def exporters_up() -> str:
    """Return `up` of the targets that are exporters; 0 also for those that have been down for less than a day."""
    return f"up{{{TARGET}}} and on (job, instance) present_over_time(tccc_up{{{TARGET}}}[{FORGOTTEN_AFTER}])"
