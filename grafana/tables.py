"""Tables of the values of now."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models import prometheus as prometheus_options

from grafana.panels import Query, instant


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
            dashboard.DynamicConfigValue("mappings", [mapping]),
            dashboard.DynamicConfigValue(
                "custom.cellOptions",
                options.TableColoredBackgroundCellOptions(mode=options.TableCellBackgroundDisplayMode.BASIC),
            ),
        ],
    )


def column_unit(panel: table.Panel, column: str, unit: str) -> table.Panel:
    """Give a column of a table its unit."""
    return panel.override_by_name(
        column, [dashboard.DynamicConfigValue("unit", unit), dashboard.DynamicConfigValue("decimals", 0)]
    )


def column_widths(panel: table.Panel, widths: dict[str, int]) -> table.Panel:
    """Fix the widths of columns, in pixels; the others share the rest."""
    for column, width in widths.items():
        panel.override_by_name(column, [dashboard.DynamicConfigValue("custom.width", width)])
    return panel
