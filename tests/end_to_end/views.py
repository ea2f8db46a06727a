"""What the panels of a dashboard show of a scene."""

from __future__ import annotations

import math

from tests.end_to_end.dashboards import ALL, Dashboard, Panel, Query
from tests.end_to_end.prometheus import Series
from tests.end_to_end.scenes import Scenes

QUARTER_OF_AN_HOUR = 900


def ask(
    scenes: Scenes,
    dashboard: Dashboard,
    query: Query,
    job: str,
    length: int = QUARTER_OF_AN_HOUR,
    *,
    application: str = ALL,
    later: float = 0.0,
) -> list[Series]:
    """Return what a panel gets that looks at a job, over `length` seconds up to the time of its scene.

    `later`: by so many seconds, of a job where nothing happens any more.
    """
    step, at = query.step(length), scenes.time_of(job) + later
    expression = dashboard.filled_in(query.expression, length, step, {"job": job, "application": application})
    if query.instant:
        return scenes.prometheus.query(expression, at)
    return scenes.prometheus.query_range(expression, at - length // step * step, at, step)


def now(scenes: Scenes, dashboard: Dashboard, panel: Panel, job: str, application: str = ALL) -> list[Series]:
    """Return the series of all queries of a panel that have a number now."""
    answers = [
        series for query in panel.queries for series in ask(scenes, dashboard, query, job, application=application)
    ]
    at = scenes.time_of(job)
    return [series for series in answers if series.samples[-1][0] == at and not math.isnan(series.last)]


def by_labels(answer: list[Series]) -> dict[frozenset[tuple[str, str]], float]:
    """Return the last values by the labels that do not tell of the target. Fails where two have the same ones."""
    labels = [
        frozenset((name, value) for name, value in series.labels.items() if name not in {"job", "instance", "runbook"})
        for series in answer
    ]
    assert len(set(labels)) == len(labels), labels
    return dict(zip(labels, (series.last for series in answer), strict=True))
