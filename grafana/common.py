"""What the dashboards have in common: variables, links, annotations, and the panels' places."""

from __future__ import annotations

from collections.abc import Iterable

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from grafana import links, palette, queries, signals

TAG = "tccc"
DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")

Place = tuple[int, int, int, int]
"""Column and line of the upper left corner, width and height, in units of the grid of 24 columns."""


def assemble(
    uid: str,
    title: str,
    description: str,
    panels: Iterable[tuple[Place, Builder[dashboard.Panel] | Builder[dashboard.RowPanel]]],
    *,
    variables: Iterable[Builder[dashboard.VariableModel]] = (),
    refresh: str = "30s",
    since: str = "now-6h",
) -> dashboard.Dashboard:
    """Return a dashboard with the common variables, links and annotations, and the panels in their places."""
    result = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time(since, "now")
        .refresh(refresh)
        .link(
            builders.DashboardLink("Contact center")
            .type(dashboard.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .icon("external link")
            .as_dropdown(False)
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in (*_variables(), *variables, _runbook()):
        result.with_variable(variable)
    built = result.build()
    built.annotations = dashboard.AnnotationContainer(
        list_val=[
            _alerts("Critical alerts", signals.CRITICAL, palette.CRITICAL.color),
            _alerts("Other alerts", signals.WARNING, palette.WARNING.color),
        ]
    )
    built.panels = []
    for number, ((x, y, w, h), panel) in enumerate(panels, start=1):
        model = panel.build()
        model.id_val = number
        model.grid_pos = dashboard.GridPos(x=x, y=y, w=w, h=h)
        model.datasource = DATA_SOURCE
        built.panels.append(model)
    return built


def _variables() -> list[Builder[dashboard.VariableModel]]:
    """Return the variables of all dashboards; each offers what there is under those before it."""
    return [
        builders.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        query_variable("job", "label_values(tccc_up, job)"),
        query_variable("instance", 'label_values(tccc_up{job=~"$job"}, instance)'),
        query_variable("application", f"label_values(tccc_up{{{queries.TARGET}}}, application)"),
    ]


def _runbook() -> builders.TextBoxVariable:
    return (
        builders.TextBoxVariable("runbook")
        .description(
            "The address of the runbook. $1 in it stands for the instance of the exporter that an alert is about."
        )
        .default_value(links.RUNBOOK_AT)
        .current(dashboard.VariableOption(selected=True, text=links.RUNBOOK_AT, value=links.RUNBOOK_AT))
        .hide(dashboard.VariableHide.HIDE_VARIABLE)
    )


def query_variable(name: str, query: str) -> builders.QueryVariable:
    """Return a variable of which several values or all can be chosen."""
    return (
        builders.QueryVariable(name)
        .label(name.replace("_", " ").capitalize())
        .datasource(DATA_SOURCE)
        .query({"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
    )


class _Annotation(dashboard.AnnotationQuery):
    """An annotation with the texts that Grafana's Prometheus data source makes of the labels."""

    def to_json(self) -> dict[str, object]:
        section = links.runbook_section("{{runbook}}", "{{alertname}}")
        return {
            **super().to_json(),
            "titleFormat": "{{alertname}}",
            "textFormat": "{{application}} {{skill_group}} {{signal}}<br>" + f'<a href="{section}">What to do</a>',
            "tagKeys": "severity",
        }


def _alerts(name: str, severity: str, color: str) -> dashboard.AnnotationQuery:
    labels = "severity, alertname, application, skill_group, signal"
    firing = links.with_runbook(f"ALERTS{{{queries.FIRING}, {severity}}}")
    return _Annotation(
        name=name,
        datasource=DATA_SOURCE,
        enable=True,
        icon_color=color,
        # One of a pair: its runbook is as good as the other's.
        expr=f"max by ({labels}, runbook) (topk by ({labels}) (1, {firing}))",
    )
