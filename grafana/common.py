"""What the dashboards have in common: variables, links, annotations, and the panels' places."""

from __future__ import annotations

from collections.abc import Iterable

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries

TAG = "tccc"
DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")

Place = tuple[int, int, int, int]
"""Column and line of the upper left corner, width and height, in units of the grid of 24 columns."""


def assemble(
    uid: str,
    title: str,
    description: str,
    panels: Iterable[tuple[Place, Builder[dashboard.Panel]]],
    *,
    with_account: bool = False,
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
        .annotation(_alerts("Critical alerts", queries.CRITICAL, palette.CRITICAL.color))
        .annotation(_alerts("Other alerts", queries.WARNING, palette.WARNING.color))
    )
    for variable in _variables(with_account):
        result.with_variable(variable)
    for number, ((x, y, w, h), panel) in enumerate(panels, start=1):
        model = panel.build()
        model.id_val = number
        model.grid_pos = dashboard.GridPos(x=x, y=y, w=w, h=h)
        model.datasource = DATA_SOURCE
        result.with_panel(_Built(model))
    return result.build()


class _Built(Builder[dashboard.Panel]):
    """A panel that is built already."""

    def __init__(self, panel: dashboard.Panel) -> None:
        self._panel = panel

    def build(self) -> dashboard.Panel:
        return self._panel


def _variables(with_account: bool) -> list[Builder[dashboard.VariableModel]]:
    """Return the variables; each offers what there is under those before it."""
    variables: list[Builder[dashboard.VariableModel]] = [
        builders.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _query("job", "label_values(tccc_up, job)"),
        _query("instance", 'label_values(tccc_up{job=~"$job"}, instance)'),
        _query("application", f"label_values(tccc_up{{{queries.TARGET}}}, application)"),
    ]
    if with_account:
        variables.append(_query("account", f"label_values(tccc_api_requests_total{{{queries.TARGET}}}, account)"))
    return variables


def _query(name: str, query: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(name.title())
        .datasource(DATA_SOURCE)
        .query({"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
    )


def _alerts(name: str, severity: str, color: str) -> builders.AnnotationQuery:
    return (
        builders.AnnotationQuery()
        .name(name)
        .datasource(DATA_SOURCE)
        .enable(True)
        .icon_color(color)
        .expr(f"max by (severity, alertname, application, signal) (ALERTS{{{queries.FIRING}, {severity}}})")
    )
