"""Panels that stand on more than one dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table
from grafana_foundation_sdk.models import dashboard

from grafana import links, palette, queries
from grafana.panels import Query, instant
from grafana.stats import WITHOUT_NUMBER, Limits, colored_by_limit, stat_panel
from grafana.tables import (
    column_link,
    column_unit,
    column_widths,
    column_without_value,
    merged,
    state_column,
    table_panel,
)

FRESHNESS = Limits(180, 240, ("✓ fresh", "⚠ late", "✖ old"))
"""In seconds: from the first on no alert about calls fires any more, from the second on one about that does."""


def data_age(collectors: str = "sessions", read: str = "the session list was read") -> stat.Panel:
    """Return the age of the oldest data shown: of what the collectors (a regular expression) have read."""
    age = queries.data_age() if collectors == "sessions" else queries.collector_age(collectors)
    panel = colored_by_limit(
        "Data age",
        f"Time since {read}, of the application that is farthest behind. Up to one scrape interval is normal. Late "
        "from 3 minutes, when alerts about it fall silent, old from 4, when there is an alert about that: the numbers "
        "here are not of now; see the dashboard Exporter health.",
        "s",
        f"max({age})",
        FRESHNESS,
    )
    if "sessions" not in collectors:
        up = queries.of_application("tccc_up")
        off = Query(f"max({up}) * 0 - 1 unless on () {queries.collectors(collectors)}", "collectors are off", "off")
        panel.with_target(instant(off)).mappings([WITHOUT_NUMBER])
    return panel


def collector(name: str) -> stat.Panel:
    """Return whether a collector reads what it is there for."""
    title = f"Collector {name}"
    success = queries.per_application("tccc_collector_success", f'collector="{name}"')
    switched_off = f"max({queries.of_application('tccc_up')}) * 0 - 1 unless on () {queries.collectors(name)}"
    return stat_panel(
        title,
        f"Whether the exporter could read it at the last scrape, for every application. Failing: numbers of an "
        "application are missing here; the exporter's page at / and its log name the permission to grant, or what else "
        f"is wrong. Off: the configuration has collectors: {{{name}: false}}.",
        "none",
        Query(f"min({success}) or {switched_off}"),
    ).mappings(
        [
            palette.texts(
                {
                    "-1": ("off", palette.NO_THRESHOLD.color),
                    "0": ("? FAILING", palette.FAILING.color),
                    "1": ("✓ READ", palette.OK.color),
                }
            )
        ]
    )


def firing_alerts() -> table.Panel:
    """Return the alerts that are firing now."""
    labels = "severity, alertname, application, skill_group"
    firing = f"ALERTS_FOR_STATE{{{queries.RAISED}}} and ignoring (alertstate) ALERTS{{{queries.FIRING}}}"
    panel = merged(
        table_panel(
            "Firing alerts",
            "The alerts of this project that fire now, and for how long their condition has held. Each name is a link "
            "to the section of the runbook that tells what to do. It stays empty where Prometheus has not loaded the "
            "rules.",
            "s",
            # Of those of a pair the one that fires longer.
            Query(f"time() - bottomk by ({labels}) (1, {links.with_runbook(firing)})"),
            no_value="no alert is firing",
        ),
        {
            "severity": "Severity",
            "alertname": "Alert",
            "application": "Application",
            "skill_group": "Queue",
            "Value": "For",
            "runbook": "Runbook",
        },
    ).sort_by([common.TableSortByFieldState().display_name("Severity").desc(False)])
    state_column(
        panel,
        "Severity",
        dashboard.ValueMap(
            options={
                state.text.split()[1]: dashboard.ValueMappingResult(text=state.text, color=state.color)
                for state in (palette.WARNING, palette.CRITICAL)
            }
        ),
    )
    column_unit(panel, "For", "s")
    column_link(panel, "Alert", links.runbook())
    panel.override_by_name("Runbook", [dashboard.DynamicConfigValue("custom.hidden", value=True)])
    for column in ("Application", "Queue"):
        column_without_value(panel, column)
    return column_widths(panel, {"Severity": 90, "Alert": 185, "For": 75})
