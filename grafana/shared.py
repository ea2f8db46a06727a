"""Panels that stand on more than one dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries
from grafana.panels import Limits, Query, colored_by_limit
from grafana.tables import column_unit, column_widths, merged, state_column, table_panel

FRESHNESS = Limits(60, 120, ("✓ fresh", "⚠ late", "✖ old"))
"""In seconds; the exporter serves no data older than 2 minutes by default."""


def data_age() -> stat.Panel:
    """Return the age of the oldest data shown."""
    return colored_by_limit(
        "Data age",
        "Time since the session list was read, of the application that is farthest behind. Up to one scrape interval "
        "is normal. Late from 1 minute, old from 2: the numbers here are not of now; see the dashboard Exporter "
        "health.",
        "s",
        f"max({queries.data_age()})",
        FRESHNESS,
    )


def firing_alerts() -> table.Panel:
    """Return the alerts that are firing now."""
    labels = "severity, alertname, application"
    panel = merged(
        table_panel(
            "Firing alerts",
            "The alerts of this project that fire now, and for how long their condition has held. Each has a section "
            "in the runbook that tells what to do. It stays empty where Prometheus has not loaded the rules.",
            "s",
            Query(
                f"time() - min by ({labels}) (ALERTS_FOR_STATE{{{queries.RAISED}}} "
                f"and ignoring (alertstate) ALERTS{{{queries.FIRING}}})"
            ),
            no_value="no alert is firing",
        ),
        {"severity": "Severity", "alertname": "Alert", "application": "Application", "Value": "For"},
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
    return column_widths(panel, {"Severity": 100, "Alert": 190, "For": 80})
