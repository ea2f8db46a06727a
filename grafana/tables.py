"""Tables of the values of now."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models import prometheus as prometheus_options

from grafana import palette
from grafana.panels import Query, fixed_color, instant


def table_panel(title: str, description: str, unit: str, *asked: Query, no_value: str = "no data") -> table.Panel:
    """Return a table of the values of now, one row for each set of labels, one column for each label and query."""
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value(no_value)
        .min_width(80)
        .cell_height(options.TableCellHeight.SM)
    )
    for query in asked:
        panel.with_target(instant(query).format(prometheus_options.PromQueryFormat.TABLE))
    return panel


def merged(panel: table.Panel, columns: dict[str, str]) -> table.Panel:
    """Make one table of a panel's queries; `columns` gives fields their names and their sequence, others are hidden."""
    return panel.transformations(
        [
            dashboard.DataTransformerConfig("merge", options={}),
            dashboard.DataTransformerConfig("filterFieldsByName", options={"include": {"names": list(columns)}}),
            dashboard.DataTransformerConfig(
                "organize",
                options={
                    "excludeByName": {},
                    "indexByName": {field: index for index, field in enumerate(columns)},
                    "renameByName": columns,
                },
            ),
        ]
    )


def state_column(panel: table.Panel, column: str, mapping: dashboard.ValueMapping) -> table.Panel:
    """Show a column of a table as states, in text and color."""
    return panel.override_by_name(
        column,
        [
            dashboard.DynamicConfigValue("mappings", [mapping, _NOTHING]),
            dashboard.DynamicConfigValue(
                "custom.cellOptions",
                options.TableColoredBackgroundCellOptions(mode=options.TableCellBackgroundDisplayMode.BASIC),
            ),
        ],
    )


def column_unit(panel: table.Panel, column: str, unit: str, decimals: int = 0) -> table.Panel:
    """Give a column of a table its unit."""
    return panel.override_by_name(
        column, [dashboard.DynamicConfigValue("unit", unit), dashboard.DynamicConfigValue("decimals", decimals)]
    )


def column_link(panel: table.Panel, column: str, link: dashboard.DynamicConfigValue) -> table.Panel:
    """Make links of what stands in a column of a table."""
    return panel.override_by_name(column, [link])


def column_bars(panel: table.Panel, column: str, color: str) -> table.Panel:
    """Draw a bar beside each number of a column of a table, as long as the number is large."""
    return panel.override_by_name(
        column,
        [
            fixed_color(color),
            dashboard.DynamicConfigValue("min", 0),
            dashboard.DynamicConfigValue("fieldMinMax", True),
            dashboard.DynamicConfigValue(
                "custom.cellOptions",
                options.TableBarGaugeCellOptions(
                    mode=options.BarGaugeDisplayMode.BASIC, value_display_mode=options.BarGaugeValueMode.TEXT
                ),
            ),
        ],
    )


def column_limits(
    panel: table.Panel, column: str, states: Sequence[palette.State], limits: Sequence[float]
) -> table.Panel:
    """Color a column of shares by limits that no configuration sets: the first state up to the first one, and so on."""
    steps = [{"color": state.color, "value": limit} for state, limit in zip(states, (None, *limits), strict=True)]
    return panel.override_by_name(
        column,
        [
            dashboard.DynamicConfigValue("unit", "percentunit"),
            dashboard.DynamicConfigValue("decimals", 0),
            dashboard.DynamicConfigValue("color", {"mode": "thresholds"}),
            dashboard.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps}),
            dashboard.DynamicConfigValue("mappings", [_NOTHING]),
            dashboard.DynamicConfigValue(
                "custom.cellOptions",
                options.TableColoredBackgroundCellOptions(mode=options.TableCellBackgroundDisplayMode.BASIC),
            ),
        ],
    )


def column_without_value(panel: table.Panel, column: str, text: str = "-") -> table.Panel:
    """Show a text where a row has nothing in a column."""
    return panel.override_by_name(column, [dashboard.DynamicConfigValue("noValue", text)])


def column_widths(panel: table.Panel, widths: dict[str, int]) -> table.Panel:
    """Fix the widths of columns, in pixels; the others share the rest."""
    for column, width in widths.items():
        panel.override_by_name(column, [dashboard.DynamicConfigValue("custom.width", width)])
    return panel


_NOTHING = dashboard.SpecialValueMap(
    dashboard.DashboardSpecialValueMapOptions(
        match=dashboard.SpecialValueMatch.NULL, result=dashboard.ValueMappingResult(text="-", color="transparent")
    )
)
