"""The wallboard: one screen that tells from three metres away whether all is well."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries, traffic
from grafana.common import assemble
from grafana.panels import Query, colored_by_threshold, stat_panel
from grafana.shared import data_age, firing_alerts
from grafana.tables import column_unit, column_widths, merged, state_column, table_panel

# An alert of another severity, such as info, is no reason for concern.
ALERT_WARNING = 'severity="warning"'
ALERT_WARNING_OR_CRITICAL = 'severity=~"warning|critical"'
COLORS = "The color follows the thresholds in the exporter's configuration; without one it is gray."


def build() -> dashboard.Dashboard:
    """Return the wallboard."""
    return assemble(
        "tccc-wallboard",
        "Contact center: wallboard",
        "How many calls are up, who waits, and whether all is well. Made for one screen of 1920 x 1080; open it with "
        "?kiosk in its address. Staff are on a dashboard of their own.",
        [
            ((0, 0, 6, 8), _state()),
            ((6, 0, 6, 4), _active()),
            ((12, 0, 6, 4), _waiting()),
            ((18, 0, 6, 4), _longest_wait()),
            ((6, 4, 6, 4), _service_level()),
            ((12, 4, 6, 4), _longest_call()),
            ((18, 4, 6, 4), data_age()),
            ((0, 8, 8, 6), traffic.active_over_time()),
            ((8, 8, 9, 6), _applications()),
            ((17, 8, 7, 6), firing_alerts()),
            ((0, 14, 6, 6), traffic.waiting_by_direction()),
            ((6, 14, 6, 6), traffic.by_status()),
            ((12, 14, 6, 6), traffic.by_direction()),
            ((18, 14, 6, 6), traffic.started_and_ended()),
            ((0, 20, 6, 6), traffic.ages("waiting", "Ages of waiting calls")),
            ((6, 20, 6, 6), traffic.ages("connected", "Ages of connected calls")),
            ((12, 20, 6, 6), traffic.talk_time()),
            ((18, 20, 6, 6), traffic.service_level_over_time()),
        ],
        refresh="10s",
        since="now-3h",
    )


def _state() -> stat.Panel:
    without_data = queries.applications_without_data()
    no_exporter = f'label_replace({queries.no_exporter()}, "application", "any application", "", "")'
    no_data = f"topk(1, {without_data} * 0 or {no_exporter} * 0) + {palette.NO_DATA.level}"
    critical = f"{queries.breaches(queries.CRITICAL)}\nor\n{queries.firing_alerts(queries.CRITICAL)}"
    warning = f"{queries.breaches(queries.WARNING)}\nor\n{queries.firing_alerts(ALERT_WARNING)}"
    problem = f"{queries.breaches(queries.ANY)}\nor\n{queries.firing_alerts(ALERT_WARNING_OR_CRITICAL)}"
    up, thresholds = queries.per_application("tccc_up"), queries.of_application("tccc_alert_threshold")
    without_any = f"({without_data} or {queries.no_exporter()})"
    return stat_panel(
        "Is all well?",
        "Green: every signal is within its thresholds, no alert is firing, and data is fresh. Gray: nothing is known "
        "to be wrong, but there are no thresholds to judge by; set some in the exporter's configuration. Orange or "
        "red: the worst problem is named below; the other panels and the runbook tell more. Violet: nothing is known "
        "of an application, because its data cannot be read or the exporter is down; see the dashboard Exporter "
        "health.",
        "none",
        Query(no_data, "no data from {{application}}", "no_data"),
        Query(
            f"topk(1, ({critical}) * 0) + {palette.CRITICAL.level} unless on () {without_any}",
            "{{application}} {{problem}}",
            "critical",
        ),
        Query(
            f"topk(1, ({warning}) * 0) + {palette.WARNING.level} unless on () ({critical} or {without_any})",
            "{{application}} {{problem}}",
            "warning",
        ),
        Query(
            f"max({up}) * 0 and on () {thresholds} unless on () ({problem} or {without_any})",
            "all applications",
            "ok",
        ),
        Query(
            f"max({up}) * 0 + {palette.NO_THRESHOLD.level} unless on () ({thresholds} or {problem} or {without_any})",
            palette.NO_THRESHOLD.text,
            "no_threshold",
        ),
        no_value="no answer",
    ).mappings([palette.mapping({-1: "NO ALERT", 0: "✓ ALL WELL", 1: "⚠ WARNING", 2: "✖ CRITICAL", 3: "? NO DATA"})])


def _active() -> stat.Panel:
    return colored_by_threshold(
        "Active sessions",
        f"Calls that are up now, as the API counts them, over the chosen applications. {COLORS} Red: more or fewer "
        "calls than expected; see which application, and whether staff are enough.",
        "none",
        queries.ACTIVE,
    )


def _waiting() -> stat.Panel:
    return colored_by_threshold(
        "Waiting callers",
        f"Inbound calls that nobody has accepted yet. {COLORS} Red: too few people are answering.",
        "none",
        queries.WAITING,
    )


def _longest_wait() -> stat.Panel:
    return colored_by_threshold(
        "Longest wait",
        f"How long the caller who has waited longest has been waiting; 0 for none. {COLORS} Red: somebody waits too "
        "long now.",
        "dthms",
        queries.LONGEST_WAIT,
    )


def _longest_call() -> stat.Panel:
    return colored_by_threshold(
        "Longest call",
        f"How long the oldest call has been connected, in either direction. {COLORS} Red: look whether it is a real "
        "conversation or a session that was never ended.",
        "dthms",
        queries.LONGEST_CALL,
    )


def _service_level() -> stat.Panel:
    return (
        stat_panel(
            "Service level, last 30 min",
            "Of the inbound calls answered in the last half hour, the share that was answered within 20 seconds. "
            "Callers who gave up are not in it. Low: callers wait; see the waiting callers and the ages beside.",
            "percentunit",
            Query(traffic.SERVICE_LEVEL, "answered within 20 s", min_step="30m"),
        )
        .decimals(0)
        .mappings([_without_calls()])
    )


def _without_calls() -> dashboard.SpecialValueMap:
    return dashboard.SpecialValueMap(
        dashboard.DashboardSpecialValueMapOptions(
            match=dashboard.SpecialValueMatch.NA_N, result=dashboard.ValueMappingResult(text="no calls")
        )
    )


def _applications() -> table.Panel:
    breaches = {
        severity: " or ".join(queries.applications_beyond(signal, severity) for signal in queries.SIGNALS)
        for severity in (queries.CRITICAL, queries.WARNING)
    }
    state = (
        f"max by (application) ({queries.applications_without_data()}) * 0 + {palette.NO_DATA.level}\n"
        f"or on (application) max by (application) ({breaches[queries.CRITICAL]}) * 0 + {palette.CRITICAL.level}\n"
        f"or on (application) max by (application) ({breaches[queries.WARNING]}) * 0 + {palette.WARNING.level}\n"
        f"or on (application) {queries.per_application('tccc_up')} * 0"
        f" and on (application) {queries.of_application('tccc_alert_threshold')}\n"
        f"or on (application) {queries.per_application('tccc_up')} * 0 + {palette.NO_THRESHOLD.level}"
    )
    panel = merged(
        table_panel(
            "Applications",
            "Each application by itself: whether it is within its thresholds, and its numbers. An application whose "
            "data cannot be read has no numbers, and its state says so: see the dashboard Exporter health.",
            "none",
            Query(state, ref="state"),
            Query(queries.ACTIVE.per_application, ref="active"),
            Query(queries.WAITING.per_application, ref="waiting"),
            Query(queries.LONGEST_WAIT.per_application, ref="wait"),
        ),
        {
            "application": "Application",
            "Value #state": "State",
            "Value #active": "Active",
            "Value #waiting": "Waiting",
            "Value #wait": "Longest wait",
        },
    ).sort_by([common.TableSortByFieldState().display_name("State").desc(True)])
    state_column(panel, "State", palette.mapping())
    column_unit(panel, "Longest wait", "dthms")
    return column_widths(panel, {"State": 105, "Active": 65, "Waiting": 75, "Longest wait": 105})
