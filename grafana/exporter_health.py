"""The exporter's own health: whether the numbers of the other dashboards can be trusted."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, statetimeline, table
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard

from grafana import exporter_graphs, palette, queries
from grafana.common import assemble, query_variable
from grafana.panels import Query, over_time
from grafana.queries import TARGET
from grafana.shared import data_age, firing_alerts
from grafana.stats import Limits, colored_by_limit, stat_panel
from grafana.tables import column_unit, column_widths, merged, state_column, table_panel


def build() -> dashboard.Dashboard:
    """Return the dashboard of the exporter's health."""
    return assemble(
        "tccc-exporter",
        "Contact center: exporter health",
        "Whether the exporter reads session lists, queues and staff completely, in time and within the rate budget of "
        "the key.",
        [
            ((0, 0, 4, 4), _exporters()),
            ((4, 0, 4, 4), _applications()),
            ((8, 0, 4, 4), _proven()),
            ((12, 0, 4, 4), data_age()),
            ((16, 0, 4, 4), _budget_used()),
            ((20, 0, 4, 4), _reload()),
            ((0, 4, 9, 8), _states()),
            ((9, 4, 8, 8), _collectors()),
            ((17, 4, 7, 8), firing_alerts()),
            ((0, 12, 8, 7), exporter_graphs.durations()),
            ((8, 12, 8, 7), exporter_graphs.ages()),
            ((16, 12, 8, 7), exporter_graphs.snapshot_requests()),
            ((0, 19, 8, 7), exporter_graphs.requests()),
            ((8, 19, 8, 7), exporter_graphs.failures()),
            ((16, 19, 8, 7), exporter_graphs.waits()),
            ((0, 26, 8, 7), exporter_graphs.latency()),
            ((8, 26, 8, 7), exporter_graphs.memory()),
            ((16, 26, 8, 7), exporter_graphs.cpu()),
            ((0, 33, 24, 5), _builds()),
        ],
        variables=[query_variable("account", f"label_values(tccc_api_requests_total{{{TARGET}}}, account)")],
    )


def _exporters() -> stat.Panel:
    return stat_panel(
        "Exporters",
        "Whether Prometheus reaches every exporter. Down: the process has ended, or the network is in between; look at "
        "the service's status and its log. A target counts as an exporter for a day after its last good scrape.",
        "none",
        Query(f"min({queries.exporters_up()}) or {queries.no_exporter()} * 0"),
    ).mappings([_verdict("✖ DOWN", "✓ UP", palette.CRITICAL)])


def _applications() -> stat.Panel:
    return colored_by_limit(
        "Failing applications",
        "Applications whose session list no exporter could read at its last scrape. Red: see the failures by code "
        "below; the exporter's log and its page at / say what to do about each.",
        "none",
        f"(count({queries.applications_without_data()}) or sum({queries.of_application('tccc_up')}) * 0)",
        Limits(0, 0),
    )


def _proven() -> stat.Panel:
    return stat_panel(
        "Session lists",
        "Whether every list was proven to hold each session exactly once although calls start and end while it is "
        "read. Unproven: the numbers may be off by a few sessions. For long: the list moves faster than it can be "
        "read, or the API shows it in changing order; see duration and requests.",
        "none",
        Query(f"min({queries.of_application('tccc_snapshot_complete')})"),
    ).mappings([_verdict("⚠ UNPROVEN", "✓ PROVEN", palette.WARNING)])


def _budget_used() -> stat.Panel:
    return colored_by_limit(
        "Rate budget used",
        "Requests a second as a share of the budget in force, of the account and exporter that is nearest to it. Above "
        "70 % and 90 %: lists take longer to read; give applications to another key, or scrape less often.",
        "percentunit",
        exporter_graphs.share_of_budget(),
        Limits(0.7, 0.9),
    )


def _reload() -> stat.Panel:
    return stat_panel(
        "Configuration",
        "Whether the configuration file was accepted when it was last loaded. Rejected: the exporter goes on with "
        "the one before; its log names file, line and fault, and so does --config.check.",
        "none",
        Query(f"min(tccc_exporter_config_last_reload_successful{{{TARGET}}})"),
    ).mappings([_verdict("✖ REJECTED", "✓ LOADED", palette.CRITICAL)])


def _states() -> statetimeline.Panel:
    unproven = f"min by (application) ({queries.of_application('tccc_snapshot_complete')}) == 0"
    return (
        statetimeline.Panel()
        .title("State of each application over time")
        .description(
            "Ok: the session list was read, and proven complete. Unproven: it was read, but may be off by a few "
            "sessions. Cannot be read: the API or the way to it refuses; see the failures by code below. Exporter "
            "down: nobody read it; see the service's status and its log."
        )
        .unit("none")
        .no_value("no exporter")
        .mappings([palette.mapping({palette.WARNING.level: "⚠ unproven"})])
        .show_value(options.VisibilityMode.AUTO)
        .row_height(0.8)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
        )
        .with_target(
            over_time(
                Query(
                    f"{queries.applications_of_lost_exporters()} * 0 + {palette.EXPORTER_DOWN.level}\n"
                    f"or on (application) {queries.failing_applications()} * 0 + {palette.FAILING.level}\n"
                    f"or on (application) ({unproven}) * 0 + {palette.WARNING.level}\n"
                    f"or on (application) {queries.per_application('tccc_up')} * 0",
                    "{{application}}",
                )
            )
        )
    )


def _collectors() -> table.Panel:
    by = "application, collector"
    success = queries.per_application("tccc_collector_success", by=by)
    duration = queries.per_application("tccc_collector_duration_seconds", by=by)
    panel = merged(
        table_panel(
            "Collectors",
            "What is read of each application: the list of sessions, inbound (queues), staff. Whether the last read "
            "succeeded, how long it took, and how long ago one did. Failing: its series are gone, and others are "
            "untouched; the exporter's page at / and its log name the permission to grant, or what else is wrong. One "
            "that is switched off is not listed.",
            "none",
            Query(
                f"{success}\nor on ({by}) {queries.collector_age('.+')} * 0 + {palette.EXPORTER_DOWN.level}",
                ref="state",
            ),
            Query(duration, ref="duration"),
            Query(queries.collector_age(".+"), ref="age"),
            no_value="-",
        ),
        {
            "application": "Application",
            "collector": "Collector",
            "Value #state": "State",
            "Value #duration": "Duration",
            "Value #age": "Age",
        },
    ).sort_by([common.TableSortByFieldState().display_name("State").desc(False)])
    states = {"0": ("? failing", palette.FAILING.color), "1": (palette.OK.text, palette.OK.color)}
    down = {str(palette.EXPORTER_DOWN.level): (palette.EXPORTER_DOWN.text, palette.EXPORTER_DOWN.color)}
    state_column(panel, "State", palette.texts({**states, **down}))
    column_unit(panel, "Duration", "s", decimals=1)
    column_unit(panel, "Age", "dtdurations")
    return column_widths(panel, {"Collector": 90, "State": 135, "Duration": 85, "Age": 110})


def _builds() -> table.Panel:
    panel = merged(
        table_panel(
            "Exporters: version, start, configuration",
            "What is running where, since when, and when its configuration was loaded. Different versions in a pair: "
            "update the older one. Loaded before the last change of the file: reload it.",
            "none",
            Query(
                f"max by (job, instance, version, pythonversion) (tccc_exporter_build_info{{{TARGET}}})", ref="build"
            ),
            Query(
                f"max by (job, instance) (process_start_time_seconds{exporter_graphs.EXPORTERS}) * 1000", ref="start"
            ),
            Query(
                "max by (job, instance) "
                f"(tccc_exporter_config_last_reload_success_timestamp_seconds{{{TARGET}}}) * 1000",
                ref="loaded",
            ),
            Query(f"max by (job, instance) (process_open_fds{exporter_graphs.EXPORTERS})", ref="files"),
            no_value="no exporter",
        ),
        {
            "job": "Job",
            "instance": "Instance",
            "version": "Version",
            "pythonversion": "Python",
            "Value #start": "Started",
            "Value #loaded": "Configuration loaded",
            "Value #files": "Open files",
        },
    )
    column_unit(panel, "Started", "dateTimeAsIso")
    return column_unit(panel, "Configuration loaded", "dateTimeAsIso")


def _verdict(bad: str, good: str, state: palette.State) -> dashboard.ValueMap:
    return dashboard.ValueMap(
        options={
            "0": dashboard.ValueMappingResult(text=bad, color=state.color, index=0),
            "1": dashboard.ValueMappingResult(text=good, color=palette.OK.color, index=1),
        }
    )
