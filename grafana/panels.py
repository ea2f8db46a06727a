"""The kinds of panel that the dashboards are made of, set up alike everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models import heatmap as heatmap_options
from grafana_foundation_sdk.models import prometheus as prometheus_options

from grafana import palette, queries
from grafana.queries import Signal


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel: PromQL, the names of its series, and what overrides know it by."""

    expr: str
    legend: str = ""
    ref: str = "A"
    min_step: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Above what a number is a warning, and above what it is critical, and the texts for ok, warning and critical.

    The same number twice: there is no warning.
    """

    warning: float
    critical: float
    texts: tuple[str, str, str] = (palette.OK.text, palette.WARNING.text, palette.CRITICAL.text)


STATES = {
    "critical": palette.CRITICAL,
    "warning": palette.WARNING,
    "incomplete": palette.NO_DATA,
    "ok": palette.OK,
    "no_threshold": palette.NO_THRESHOLD,
}
"""The names of queries that return the same number in different states."""


def stat_panel(title: str, description: str, unit: str, *asked: Query, no_value: str = "no data") -> stat.Panel:
    """Return a panel that shows the number of now in large digits."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value(no_value)
        .graph_mode(options.BigValueGraphMode.NONE)
        .color_mode(options.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(options.BigValueTextMode.VALUE_AND_NAME if asked[0].legend else options.BigValueTextMode.VALUE)
        .justify_mode(options.BigValueJustifyMode.CENTER)
        .orientation(options.VizOrientation.HORIZONTAL)
        .wide_layout(False)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]))
        .color_scheme(fixed(palette.NO_THRESHOLD.color))
    )
    for query in asked:
        panel.with_target(instant(query))
    return panel


def colored_by_threshold(title: str, description: str, unit: str, signal: Signal) -> stat.Panel:
    """Return a panel with the signal of now in the color of the thresholds that it is beyond."""
    critical, warning, either = (
        queries.applications_beyond(signal, severity) for severity in (queries.CRITICAL, queries.WARNING, queries.ANY)
    )
    known, without_data = queries.thresholds(signal, queries.ANY), queries.applications_without_data()
    value = signal.value
    return _stated(
        stat_panel(
            title,
            description,
            unit,
            Query(f"{value} and on () {critical}", palette.CRITICAL.text, "critical"),
            Query(f"{value} and on () {warning} unless on () {critical}", palette.WARNING.text, "warning"),
            Query(f"{value} and on () {without_data} unless on () {either}", "? incomplete", "incomplete"),
            Query(f"{value} and on () {known} unless on () ({either} or {without_data})", palette.OK.text, "ok"),
            Query(f"{value} unless on () ({known} or {without_data})", palette.NO_THRESHOLD.text, "no_threshold"),
        )
    )


def colored_by_limit(title: str, description: str, unit: str, value: str, limits: Limits) -> stat.Panel:
    """Return a panel with a number of now in the color of limits that no configuration sets."""
    ok, warning, critical = limits.texts
    asked = [Query(f"{value} > {limits.critical}", critical, "critical")]
    if limits.warning < limits.critical:
        asked.append(Query(f"{value} > {limits.warning} <= {limits.critical}", warning, "warning"))
    asked.append(Query(f"{value} <= {limits.warning}", ok, "ok"))
    return _stated(stat_panel(title, description, unit, *asked).decimals(0))


def _stated(panel: stat.Panel) -> stat.Panel:
    """Color what the queries return by the states that they are named after; only one of them returns anything."""
    for ref, state in STATES.items():
        panel.override_by_query(ref, [fixed_color(state.color)])
    return panel


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


def with_threshold_lines(panel: timeseries.Panel, signal: Signal) -> timeseries.Panel:
    """Draw the thresholds of a signal into a graph, one line for each application, severity and bound."""
    for ref, severity, state in (
        ("warning", queries.WARNING, palette.WARNING),
        ("critical", queries.CRITICAL, palette.CRITICAL),
    ):
        panel.with_target(
            over_time(Query(queries.thresholds(signal, severity), "{{application}}: {{severity}} {{bound}}", ref))
        )
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
    if legend in {"{{status}}", "{{direction}}"}:
        for name, color in palette.BY_NAME.items():
            panel.override_by_name(name, [fixed_color(color)])
    elif "{{" in legend:
        for ending, color in palette.APART.items():
            panel.override_by_regexp(f"/{ending}(:[0-9]+)?$/i", [fixed_color(color)])
