"""The wallboard: one screen that tells from three metres away whether all is well."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table
from grafana_foundation_sdk.models import dashboard

from grafana import links, palette, queries, queue_graphs, signals, tiles, traffic
from grafana.common import assemble
from grafana.panels import Query
from grafana.shared import data_age, firing_alerts
from grafana.stats import Limits, colored_by_threshold, share, stat_panel
from grafana.tables import (
    column_limits,
    column_link,
    column_unit,
    column_widths,
    merged,
    state_column,
    table_panel,
)
from grafana.tiles import COLORS

# An alert of another severity, such as info, is no reason for concern.
ALERT_WARNING = 'severity="warning"'

BESIDE = palette.State(1.5, "? CANNOT READ", palette.FAILING.color)
"""What is read beside the session list fails: worse than a warning, and no reason to hide what is critical."""

SERVICE_LEVEL = Limits(0.8, 0.6, ("✓ answered within 20 s", "⚠ answered within 20 s", "✖ answered within 20 s"))
GIVEN_UP = Limits(0.05, 0.1, ("✓ of calls ended", "⚠ of calls ended", "✖ of calls ended"))
"""Shares that many contact centers hold themselves to; the exporter has no thresholds for them."""


def build() -> dashboard.Dashboard:
    """Return the wallboard."""
    return assemble(
        "tccc-wallboard",
        "Contact center: wallboard",
        "How many calls are up, who waits, and whether all is well. Made for one screen of 1920 x 1080; open it with "
        "?kiosk in its address. Staff are on a dashboard of their own.",
        [
            ((0, 0, 5, 8), _state()),
            ((5, 0, 4, 4), tiles.in_queue()),
            ((9, 0, 4, 4), tiles.longest_in_queue()),
            ((13, 0, 4, 4), tiles.free()),
            ((17, 0, 4, 4), tiles.on_calls()),
            ((21, 0, 3, 4), _active()),
            ((5, 4, 4, 4), _service_level()),
            ((9, 4, 4, 4), _given_up()),
            ((13, 4, 4, 4), tiles.after_call_work()),
            ((17, 4, 4, 4), _longest_call()),
            ((21, 4, 3, 4), data_age()),
            ((0, 8, 15, 6), _applications()),
            ((15, 8, 9, 6), firing_alerts()),
            ((0, 14, 6, 6), queue_graphs.in_queue_of_applications()),
            ((6, 14, 6, 6), traffic.active_over_time()),
            ((12, 14, 6, 6), queue_graphs.staff_of_applications()),
            ((18, 14, 6, 6), traffic.service_level_over_time()),
            ((0, 20, 4, 6), traffic.by_status()),
            ((4, 20, 4, 6), traffic.by_direction()),
            ((8, 20, 4, 6), traffic.started_and_ended()),
            ((12, 20, 4, 6), traffic.talk_time()),
            ((16, 20, 4, 6), traffic.ages("waiting", "Ages of waiting calls")),
            ((20, 20, 4, 6), traffic.ages("connected", "Ages of connected calls")),
        ],
        refresh="10s",
        since="now-3h",
    )


def _state() -> stat.Panel:
    critical, warning = (
        f"({signals.breaches(severity)}\nor\n{queries.firing_alerts(alerts)})"
        for severity, alerts in ((signals.CRITICAL, signals.CRITICAL), (signals.WARNING, ALERT_WARNING))
    )
    failing, lost = queries.failing_applications(), queries.applications_of_lost_exporters()
    no_exporter = f'label_replace({queries.no_exporter()}, "application", "any application", "", "")'
    up, thresholds = queries.per_application("tccc_up"), queries.of_application("tccc_alert_threshold")
    found_by_level = {
        palette.EXPORTER_DOWN.level: f'label_replace({lost} or {no_exporter}, "problem", "has no exporter", "", "")',
        palette.FAILING.level: failing,
        palette.CRITICAL.level: critical,
        BESIDE.level: f'label_replace({queries.failing("inbound|staff")}, "problem", "$1", "collector", "(.+)")',
        palette.WARNING.level: warning,
        palette.OK.level: f'label_replace(max({up}) and on () {thresholds}, "problem", "all applications", "", "")',
        palette.NO_THRESHOLD.level: f'label_replace(max({up}), "problem", "no threshold", "", "")',
    }
    states = "\nor\n".join(f"{found} * 0 + {level}" for level, found in found_by_level.items())
    return stat_panel(
        "Is all well?",
        "Green: every signal is within its thresholds, no alert is firing, and data is fresh. Gray: nothing is known "
        "to be wrong, but there are no thresholds to judge by; set some in the exporter's configuration. Orange or "
        "red: the worst problem is named below; the other panels and the runbook tell more. Violet: an application, or "
        "its queues or staff, cannot be read (light), or its exporter is down (dark); see the dashboard Exporter "
        "health.",
        "none",
        Query(f"topk(1, {states})", "{{application}} {{problem}}"),
        no_value="no answer",
    ).mappings(
        [
            palette.mapping(
                {-1: "NO ALERT", 0: "✓ ALL WELL", 1: "⚠ WARNING", 2: "✖ CRITICAL", 3: "? CANNOT READ", 4: "∅ DOWN"},
                also=(BESIDE,),
            )
        ]
    )


def _active() -> stat.Panel:
    return colored_by_threshold(
        "Active sessions",
        f"Calls that are up now, as the API counts them, over the chosen applications. {COLORS} Red: more or fewer "
        "calls than expected; see which application, and whether staff are enough.",
        "none",
        (signals.ACTIVE,),
    )


def _longest_call() -> stat.Panel:
    return colored_by_threshold(
        "Longest call",
        f"How long the oldest call has been connected, in either direction. {COLORS} Red: look whether it is a real "
        "conversation or a session that was never ended.",
        "dthms",
        (signals.LONGEST_CALL,),
    )


def _service_level() -> stat.Panel:
    return share(
        "Service level, last 30 min",
        "Of the inbound calls answered in the last half hour, the share that was answered within 20 seconds; green "
        "from 80 %, red below 60 %. Callers who gave up are not in it, so see the share beside it too. Low: callers "
        "wait; see the queue and the staff who are free.",
        f"({traffic.SERVICE_LEVEL})",
        SERVICE_LEVEL,
        "answered",
        below=True,
    )


def _given_up() -> stat.Panel:
    seen = queries.applications_seen_waiting()
    not_seen = f"max({queries.of_application('tccc_up')} == 1) * 0 - 1 unless on () {seen}"
    return share(
        "Given up, last 30 min",
        "Of the inbound calls that ended in the last half hour, the share that nobody answered; green up to 5 %, red "
        "above 10 %. High: callers wait too long and hang up; more people are needed. Not seen: the session list has "
        "never shown a caller who waits, so it may hold answered calls only.",
        f"({traffic.GIVEN_UP})",
        GIVEN_UP,
        "ended",
        without=Query(not_seen, "in the session list", "not_seen"),
    )


def _applications() -> table.Panel:
    panel = merged(
        table_panel(
            "Applications",
            "Each application by itself: whether it and its queues are within their thresholds, and its numbers. A "
            "click on its name shows its queues. Service level and given up are of the last half hour: green from "
            "80 % and up to 5 %, red below 60 % and above 10 %. What is not known or not collected is left empty; for "
            "an application that cannot be read, or whose exporter is down, see the dashboard Exporter health.",
            "none",
            Query(_state_of_each(), ref="state"),
            Query(tiles.IN_QUEUE_OF_EACH, ref="queue"),
            Query(tiles.LONGEST_IN_QUEUE_OF_EACH, ref="longest"),
            Query(signals.FREE.each, ref="free"),
            Query(tiles.ON_CALLS_OF_EACH, ref="calls"),
            Query(signals.ACTIVE.each, ref="active"),
            Query(f"({traffic.SERVICE_LEVEL_OF_EACH}) >= 0", ref="level", min_step="30m"),
            Query(f"({traffic.GIVEN_UP_OF_EACH}) >= 0", ref="given_up", min_step="30m"),
            no_value="-",
        ),
        {
            "application": "Application",
            "Value #state": "State",
            "Value #queue": "In the queue",
            "Value #longest": "Longest",
            "Value #free": "Free",
            "Value #calls": "On calls",
            "Value #active": "Active",
            "Value #level": "Service level",
            "Value #given_up": "Given up",
        },
    ).sort_by(
        [
            common.TableSortByFieldState().display_name("State").desc(True),
            common.TableSortByFieldState().display_name("Longest").desc(True),
        ]
    )
    state_column(panel, "State", palette.mapping())
    column_unit(panel, "Longest", "dthms")
    column_link(panel, "Application", links.queues_of_application())
    column_limits(panel, "Service level", (palette.CRITICAL, palette.WARNING, palette.OK), (0.6, 0.8))
    column_limits(panel, "Given up", (palette.OK, palette.WARNING, palette.CRITICAL), (0.05, 0.1))
    return column_widths(
        panel,
        {
            "State": 145,
            "In the queue": 100,
            "Longest": 90,
            "Free": 60,
            "On calls": 80,
            "Active": 70,
            "Service level": 110,
            "Given up": 85,
        },
    )


def _state_of_each() -> str:
    up = queries.per_application("tccc_up")
    beyond = {
        severity: f"max by (application) ({signals.any_beyond(judged, severity)})"
        for judged in [[*signals.SIGNALS, *(signal.of_groups() for signal in signals.OF_GROUPS)]]
        for severity in (signals.CRITICAL, signals.WARNING)
    }
    return (
        f"{queries.applications_of_lost_exporters()} * 0 + {palette.EXPORTER_DOWN.level}\n"
        f"or on (application) {queries.failing_applications()} * 0 + {palette.FAILING.level}\n"
        f"or on (application) {beyond[signals.CRITICAL]} * 0 + {palette.CRITICAL.level}\n"
        f"or on (application) {beyond[signals.WARNING]} * 0 + {palette.WARNING.level}\n"
        f"or on (application) {up} * 0 and on (application) {queries.of_application('tccc_alert_threshold')}\n"
        f"or on (application) {up} * 0 + {palette.NO_THRESHOLD.level}"
    )
