"""The wallboard's graphs: the calls over time."""

from __future__ import annotations

from grafana_foundation_sdk.builders import heatmap, timeseries

from grafana import palette, queries, signals
from grafana.panels import Query, fixed_color, graph, heat_map, with_threshold_lines

_IN_TIME = queries.rate("tccc_observed_wait_seconds_bucket", 'direction="inbound", le="20.0"', "application")
_ANSWERED = queries.rate("tccc_observed_wait_seconds_count", 'direction="inbound"', "application")

SERVICE_LEVEL = f"sum({_IN_TIME}) / sum({_ANSWERED})"
"""Of the inbound calls that were answered, the share that was answered within 20 seconds."""

SERVICE_LEVEL_OF_EACH = f"({_IN_TIME}) / on (application) ({_ANSWERED})"
"""The same of each application."""


def _ended_inbound(outcome: str) -> str:
    labels = f'direction="inbound", outcome=~"{outcome}"'
    ended = queries.rate("tccc_observed_sessions_ended_total", labels, "application, outcome")
    return f"(sum by (application) ({ended}) and on (application) {queries.applications_seen_waiting()})"


GIVEN_UP = f"sum({_ended_inbound('unanswered')}) / sum({_ended_inbound('.+')})"
"""Of the inbound calls that ended, the share that nobody answered, of applications where it can be seen."""

GIVEN_UP_OF_EACH = f"{_ended_inbound('unanswered')} / on (application) {_ended_inbound('.+')}"
"""The same of each application."""


def active_over_time() -> timeseries.Panel:
    """Return the active sessions of each application, with their thresholds."""
    return with_threshold_lines(
        graph(
            "Active sessions and their thresholds",
            "Calls that are up in each application. The dashed lines are the thresholds in force at that time: lines "
            "end where a schedule switches a threshold off. A curve beyond a red line is critical, beyond an orange "
            "one it is a warning.",
            "none",
            Query(signals.ACTIVE.each, "{{application}}"),
        ),
        signals.ACTIVE,
    )


def by_status() -> timeseries.Panel:
    """Return the sessions by the API's status."""
    return graph(
        "Sessions, by status",
        "Calls by the status that the API gives: ringing, seatJoining (waits for the agent to join), inProgress. Much "
        "seatJoining: agents do not join the calls given to them.",
        "none",
        Query(f"sum by (status) ({_sessions('tccc_sessions', 'status, direction')})", "{{status}}"),
        stacked=True,
    )


def by_direction() -> timeseries.Panel:
    """Return the sessions by direction."""
    return graph(
        "Sessions, by direction",
        "Calls that came in and calls that were made by staff. Unknown: the API did not tell the direction.",
        "none",
        Query(f"sum by (direction) ({_sessions('tccc_sessions', 'status, direction')})", "{{direction}}"),
        stacked=True,
    )


def _sessions(metric: str, labels: str) -> str:
    return queries.per_application(metric, by=f"application, {labels}")


def started_and_ended() -> timeseries.Panel:
    """Return the calls that start and end in a minute."""
    panel = graph(
        "Calls started and ended per minute",
        "Calls seen to start and to end, the ends by whether anybody ever answered. Ends are told two minutes late, "
        "and calls shorter than a scrape interval go unseen. Many unanswered: callers give up. None ever: the session "
        "list may hold answered calls only.",
        "cpm",
        Query(f"sum({queries.rate('tccc_observed_sessions_started_total')}) * 60", "started", "started", "2m"),
        Query(f"sum({_ended('answered')}) * 60", "ended, answered", "answered", "2m"),
        Query(f"sum({_ended('unanswered')}) * 60", "ended, unanswered", "unanswered", "2m"),
    )
    for ref, color in (
        ("started", palette.STARTED),
        ("answered", palette.ANSWERED),
        ("unanswered", palette.UNANSWERED),
    ):
        panel.override_by_query(ref, [fixed_color(color)])
    return panel


def _ended(outcome: str) -> str:
    return queries.rate("tccc_observed_sessions_ended_total", f'outcome="{outcome}"')


def ages(phase: str, title: str) -> heatmap.Panel:
    """Return the ages of the sessions of a phase as a heat map."""
    # The buckets are gauges: they hold the sessions of that moment, so there is no rate of them.
    ages = queries.per_application("tccc_session_age_seconds_bucket", f'phase="{phase}"', "application, le")
    meaning = {
        "waiting": "Color in the upper rows: callers are left waiting; answer the oldest first.",
        "connected": "Color in the top row for hours: sessions that were never ended.",
    }
    return heat_map(
        title,
        f"The {phase} sessions of each moment by their age: the more a cell stands out, the more sessions are of that "
        f"age. "
        f"{meaning[phase]}",
        "s",
        Query(f"sum by (le) ({ages})", "{{le}}"),
        values="none",
    )


def talk_time() -> timeseries.Panel:
    """Return how long the calls that ended had lasted."""
    buckets = queries.rate("tccc_observed_talk_seconds_bucket", by="application, direction, le")
    panel = graph(
        "Talk time",
        "How long the calls that ended had been talking: half of them shorter than the median, nine in ten shorter "
        "than the upper line. It is told two minutes after the end, in steps of five minutes or more. Suddenly "
        "short: look for dropped calls.",
        "dthms",
        Query(f"histogram_quantile(0.5, sum by (le) ({buckets}))", "median", "median", "5m"),
        Query(f"histogram_quantile(0.9, sum by (le) ({buckets}))", "9 in 10 below", "most", "5m"),
    )
    panel.override_by_query("median", [fixed_color(palette.ANSWERED)])
    return panel.override_by_query("most", [fixed_color(palette.STARTED)])


def service_level_over_time() -> timeseries.Panel:
    """Return the share of calls answered in time, and of those given up."""
    return (
        graph(
            "Service level and given up",
            "Of the inbound calls answered, the share answered within 20 seconds; of those ended, the share that "
            "callers gave up. Each point is over ten minutes or more. A gap: there were none. The one falling or the "
            "other rising: too few people for the calls. Given up is left out where the session list never showed a "
            "caller who waits.",
            "percentunit",
            Query(SERVICE_LEVEL, "answered within 20 s", min_step="10m"),
            Query(GIVEN_UP, "given up", "given_up", min_step="10m"),
        )
        .max(1)
        .override_by_name("answered within 20 s", [fixed_color(palette.ANSWERED)])
        .override_by_name("given up", [fixed_color(palette.UNANSWERED)])
    )
