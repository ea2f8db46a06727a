"""The kinds of panel that the dashboards are made of, set up alike everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, heatmap, prometheus, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models import heatmap as heatmap_options
from grafana_foundation_sdk.models import prometheus as prometheus_options

from grafana import palette, queries, signals
from grafana.signals import Signal


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel: PromQL, the names of its series, and what overrides know it by."""

    expr: str
    legend: str = ""
    ref: str = "A"
    min_step: str = ""


def graph(title: str, description: str, unit: str, *asked: Query, stacked: bool = False) -> timeseries.Panel:
    """Return a panel with lines over time."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .min(0)
        .no_value("no data")
        .line_width(2)
        .fill_opacity(40 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
        )
        .color_scheme(fixed(palette.UNKNOWN))
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING))
    )
    if unit != "percentunit":
        # Where all is zero, Grafana would draw an axis up to 100.
        panel.axis_soft_max(1)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A")).line_width(1)
    for query in asked:
        panel.with_target(over_time(query))
        _color_series(panel, query.legend)
    return panel


def with_threshold_lines(panel: timeseries.Panel, *drawn: Signal) -> timeseries.Panel:
    """Draw the thresholds of signals into a graph, one line for each application or skill group, severity and bound."""
    name = "{{application}}: {{severity}} {{bound}}"
    if drawn[0].key == queries.GROUP:
        name = "{{severity}} {{bound}}"
    for ref, severity, state in (
        ("warning", signals.WARNING, palette.WARNING),
        ("critical", signals.CRITICAL, palette.CRITICAL),
    ):
        lines = "\nor\n".join(signal.thresholds(severity) for signal in drawn)
        panel.with_target(over_time(Query(lines, name, ref)))
        dashed(panel, ref, state.color)
    return panel


def heat_map(title: str, description: str, unit: str, query: Query, *, values: str) -> heatmap.Panel:
    """Return a panel with buckets over time; `unit` is of the buckets' bounds, `values` of what is in them."""
    return (
        heatmap.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value("no data")
        .calculate(False)
        .color(
            heatmap.HeatmapColorOptions().mode(heatmap_options.HeatmapColorMode.SCHEME).scheme("Blues").steps(64).min(0)
        )
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(options.AxisPlacement.LEFT))
        .rows_frame(heatmap.RowsHeatmapOptions().layout(options.HeatmapCellLayout.AUTO))
        .cell_values(heatmap.CellValues().unit(values))
        .cell_gap(1)
        .mode(options.TooltipDisplayMode.SINGLE)
        .with_target(over_time(query).format(prometheus_options.PromQueryFormat.HEATMAP))
    )


def dashed(panel: timeseries.Panel, ref: str, color: str = palette.CRITICAL.color) -> timeseries.Panel:
    """Draw the series of a query as limits: thin dashed lines."""
    return panel.override_by_query(
        ref,
        [
            fixed_color(color),
            dashboard.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
            dashboard.DynamicConfigValue("custom.fillOpacity", 0),
            dashboard.DynamicConfigValue("custom.lineWidth", 1),
            dashboard.DynamicConfigValue("custom.lineInterpolation", "stepAfter"),
            dashboard.DynamicConfigValue("custom.stacking", {"mode": "none"}),
        ],
    )


def fixed(color: str) -> builders.FieldColor:
    """Return the color scheme of one color."""
    return builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(color)


def fixed_color(color: str) -> dashboard.DynamicConfigValue:
    """Return the override by one color."""
    return dashboard.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})


def instant(query: Query) -> prometheus.Dataquery:
    """Return a query of the values of now."""
    return _query(query).instant()


def over_time(query: Query) -> prometheus.Dataquery:
    """Return a query of the chosen time range."""
    return _query(query).range()


def _query(query: Query) -> prometheus.Dataquery:
    result = prometheus.Dataquery().expr(query.expr).ref_id(query.ref)
    if query.legend:
        result.legend_format(query.legend)
    if query.min_step:
        result.interval(query.min_step)
    return result


def _color_series(panel: timeseries.Panel, legend: str) -> None:
    if legend in palette.BY_NAME:
        panel.override_by_name(legend, [fixed_color(palette.BY_NAME[legend])])
    elif legend in {"{{status}}", "{{direction}}"}:
        for name, color in palette.BY_NAME.items():
            panel.override_by_name(name, [fixed_color(color)])
    elif "{{" in legend:
        for ending, color in palette.APART.items():
            panel.override_by_regexp(f"/{ending}(:[0-9]+)?$/i", [fixed_color(color)])
