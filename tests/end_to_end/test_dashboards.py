"""Every query of every dashboard, asked of a real Prometheus about contact centers in every state."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from exporter.emulator.skill_groups import DEFAULT_SKILL_GROUPS
from tests.emulated import SALES, SUPPORT
from tests.end_to_end.dashboards import ALL, Dashboard, read_dashboards
from tests.end_to_end.prometheus import QueryError
from tests.end_to_end.scenes import (
    ALONE,
    ANSWERED,
    BESIDE,
    BUSY,
    DOWN,
    FAILING,
    GONE,
    HISTORY,
    IDLE,
    JOBS,
    PAIR,
    PARTLY,
    STAFFLESS,
    UNLISTED,
    Scenes,
    play_scenes,
)
from tests.end_to_end.truths import FROM_THE_LIST, QUEUES, STAFF, TRUTHS, WALLBOARD, Truth
from tests.end_to_end.views import ask, by_labels, now

pytestmark = pytest.mark.end_to_end

MINUTE, HOUR, DAY = 60, 3600, 86_400
LENGTHS = {"15m": 15 * MINUTE, "6h": 6 * HOUR, "7d": 7 * DAY}

DASHBOARDS = {dashboard.uid: dashboard for dashboard in read_dashboards()}
EXPORTER = "tccc-exporter"

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS.keys())
every_length = pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS.keys())
OF_CALLS = [WALLBOARD, QUEUES, STAFF]

NO_THRESHOLD, WELL, WARNING, CRITICAL, NO_DATA, LOST = -1.0, 0.0, 1.0, 2.0, 3.0, 4.0
PARTLY_NO_DATA = 1.5
NOT_COLLECTED, CANNOT_BE_READ = -1.0, -2.0
NOBODY_FREE = 1.5
STATES = {
    BUSY: WARNING,
    PAIR: WARNING,
    STAFFLESS: CRITICAL,
    PARTLY: NO_DATA,
    ALONE: WARNING,
    BESIDE: PARTLY_NO_DATA,
    UNLISTED: WELL,
    ANSWERED: WELL,
    IDLE: WELL,
    FAILING: NO_DATA,
    GONE: LOST,
    DOWN: LOST,
    HISTORY: NO_THRESHOLD,
}

KNOWN_ALL_THE_SAME = {
    "Is all well?",
    "Applications",
    "Data age",
    "Firing alerts",
    "Collector inbound",
    "Collector staff",
}
"""Panels that have something to tell also of an application whose sessions are not known."""

NO_QUEUES = {
    "In the queue and ringing": "no skill group is known, and so there is no row of any",
    "Longest in the queue, over time": "no skill group is known, and so there is no row of any",
    "Its people, by status": "no skill group is known, and so there is no row of any",
}
EMPTY: Mapping[str, Mapping[str, str]] = {
    BUSY: {},
    PAIR: {},
    STAFFLESS: {
        "People on calls": "needs the series of single people",
        "Who is on a call": "needs the series of single people",
        "Sessions per person": "needs the series of single people",
        "Who does what": "needs the series of single people",
    },
    IDLE: {
        "Who is on a call": "nobody is",
        "Sessions per person": "nobody is on a call",
        "Service level, last 30 min": "nobody was answered",
        "Service level and given up": "nobody was answered, and nobody gave up",
        "Talk time": "nobody talked",
        "Firing alerts": "none fires",
    },
    ALONE: {"Staff, by status": "not collected", **NO_QUEUES},
    BESIDE: {"Staff, by status": "cannot be read", "Firing alerts": "none fires", **NO_QUEUES},
    UNLISTED: {
        "Firing alerts": "none fires",
        "Its people, by status": "it is not known who belongs to which skill group",
        "Who does what": "a person without a place in the list of staff has no series",
    },
    HISTORY: {"Firing alerts": "no rules were evaluated over it"},
}
"""Panels without any number, by job, and why."""

NEVER_ANSWERED = {
    ("Rate budget used", "warning"): "no exporter comes near its budget",
    ("Rate budget used", "critical"): "no exporter comes near its budget",
    ("Given up, last 30 min", "none"): "no center without calls has had callers who waited",
}
"""Queries that are for a state that there is none of, and why."""

SHARES = {
    (title, ref)
    for title in ("Service level, last 30 min", "Given up, last 30 min")
    for ref in ("ok", "warning", "critical")
}
"""Queries that are answered by how well the centers happen to do."""


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    with play_scenes(tmp_path_factory.mktemp("scenes")) as played:
        yield played


def test_there_are_four_dashboards() -> None:
    assert DASHBOARDS.keys() == {WALLBOARD, QUEUES, STAFF, EXPORTER}


@every_dashboard
@every_length
@pytest.mark.parametrize("job", [*JOBS, ALL])
def test_every_query_is_answered(scenes: Scenes, dashboard: Dashboard, job: str, length: int) -> None:
    faults = []
    for panel in dashboard.panels:
        for query in panel.queries:
            try:
                ask(scenes, dashboard, query, job, length)
            except QueryError as error:
                faults.append(f"{panel.title}, {query.ref}: {error}")
    assert faults == []


@every_dashboard
def test_every_metric_exists(scenes: Scenes, dashboard: Dashboard) -> None:
    known = scenes.names()
    queries = [(panel.title, query) for panel in dashboard.panels for query in panel.queries]
    assert all(query.metrics for _, query in queries)
    assert {(title, query.ref, name) for title, query in queries for name in query.metrics - known} == set()


@every_dashboard
def test_every_query_has_an_answer_in_some_state(scenes: Scenes, dashboard: Dashboard) -> None:
    silent = [
        (panel.title, query.ref)
        for panel in dashboard.panels
        for query in panel.queries
        if not any(ask(scenes, dashboard, query, job) for job in JOBS)
        # Data grows old where the exporter is gone.
        and not any(ask(scenes, dashboard, query, GONE, later=seconds) for seconds in (200, 250))
    ]
    assert set(silent) - SHARES == {name for name in NEVER_ANSWERED if name[0] in titles(dashboard)}


@every_dashboard
@pytest.mark.parametrize("job", EMPTY)
def test_panels_show_numbers_and_0_rather_than_nothing(scenes: Scenes, dashboard: Dashboard, job: str) -> None:
    panels = [panel for panel in dashboard.panels if panel.type != "annotation"]
    empty = {panel.title for panel in panels if not now(scenes, dashboard, panel, job)}
    assert empty == EMPTY[job].keys() & titles(dashboard)


def titles(dashboard: Dashboard) -> set[str]:
    return {panel.title for panel in dashboard.panels}


@every_dashboard
@every_length
def test_curves_have_no_holes(scenes: Scenes, dashboard: Dashboard, length: int) -> None:
    with_holes = {}
    for panel in dashboard.panels:
        for query in panel.queries:
            series = ask(scenes, dashboard, query, HISTORY, length)
            if series and not query.instant:
                found = len({at for one in series for at, _ in one.samples}) / (length // query.step(length) + 1)
                # The outage is little of a week; the failures that it brought were there only then.
                if found < 0.9 and "code" not in series[0].labels:
                    with_holes[panel.title, query.ref] = found
    assert with_holes == {}


@pytest.mark.parametrize("job", JOBS)
def test_the_wallboard_tells_whether_all_is_well(scenes: Scenes, job: str) -> None:
    [panel] = [panel for panel in DASHBOARDS[WALLBOARD].panels if panel.title == "Is all well?"]
    [state] = now(scenes, DASHBOARDS[WALLBOARD], panel, job)
    assert state.last == STATES[job]


@every_dashboard
@pytest.mark.parametrize("job", JOBS)
def test_a_number_of_now_stands_there_once(scenes: Scenes, dashboard: Dashboard, job: str) -> None:
    stats = [panel for panel in dashboard.panels if panel.type == "stat"]
    assert stats
    assert {panel.title for panel in stats if len(now(scenes, dashboard, panel, job)) > 1} == set()


@pytest.mark.parametrize("job", [FAILING, GONE, DOWN])
@pytest.mark.parametrize("uid", OF_CALLS)
def test_what_is_not_known_is_not_shown(scenes: Scenes, uid: str, job: str) -> None:
    told = {
        (panel.title, query.ref)
        for panel in DASHBOARDS[uid].panels
        if panel.type != "annotation" and panel.title not in KNOWN_ALL_THE_SAME
        for query in panel.queries
        if query.metrics != {"tccc_alert_threshold"}
        for series in ask(scenes, DASHBOARDS[uid], query, job)
        if not tells_that_it_is_not_known(panel.title, query.ref, series.last)
        # A curve has a gap where it is not a number; in a table or in large letters that can be a text.
        if series.samples[-1][0] == scenes.time_of(job) and not (panel.type == "timeseries" and math.isnan(series.last))
    }
    assert told == set()


def tells_that_it_is_not_known(title: str, ref: str, value: float) -> bool:
    if (title, ref) == ("All queues", "state"):
        return value >= NO_DATA
    return ref == "unknown" and (title == "Who does what" or value == CANNOT_BE_READ)


TILES_BESIDE_THE_LIST = {"In the queue", "Longest in the queue", "Free", "On calls", "Longest after-call work"}


@pytest.mark.parametrize(
    ("job", "value", "titles"),
    [
        (ANSWERED, NOT_COLLECTED, TILES_BESIDE_THE_LIST | {"Given up, last 30 min"}),
        (ALONE, NOT_COLLECTED, {"Free", "Longest after-call work"}),
        (BESIDE, CANNOT_BE_READ, {"Free", "Longest after-call work"}),
        (
            FAILING,
            CANNOT_BE_READ,
            TILES_BESIDE_THE_LIST
            | {"Active sessions", "Longest call", "Service level, last 30 min", "Given up, last 30 min"},
        ),
        (DOWN, None, set()),
        (BUSY, None, set()),
    ],
)
def test_tiles_say_why_there_is_no_number(scenes: Scenes, job: str, value: float | None, titles: set[str]) -> None:
    dashboard = DASHBOARDS[WALLBOARD]
    tiles = [panel for panel in dashboard.panels if panel.type == "stat"]
    told = {panel.title: [series.last for series in now(scenes, dashboard, panel, job)] for panel in tiles}
    reasons = {title: last for title, last in told.items() if any(one < 0 for one in last)}
    reasons.pop("Is all well?", None)
    assert reasons == {title: [value] for title in titles}


@pytest.mark.parametrize("truth", FROM_THE_LIST, ids=str)
@pytest.mark.parametrize("job", [ALONE, BESIDE])
def test_the_list_stands_in_for_what_is_not_read_beside_it(scenes: Scenes, truth: Truth, job: str) -> None:
    expected = truth.count(scenes.centers[job])
    assert expected.total() > 0
    assert shown_of(scenes, truth, job) == expected


@pytest.mark.parametrize(("job", "told"), [(BUSY, True), (UNLISTED, False)])
def test_nobody_is_free_only_where_it_is_known_who_belongs_to_a_queue(scenes: Scenes, job: str, told: bool) -> None:
    dashboard = DASHBOARDS[QUEUES]
    [panel] = [panel for panel in dashboard.panels if panel.title == "All queues"]
    queued = now(scenes, dashboard, panel.only("queued"), job)
    assert any(series.last > 0 for series in queued)
    states = {series.last for series in now(scenes, dashboard, panel.only("state"), job)}
    assert (NOBODY_FREE in states) == told


@pytest.mark.parametrize("uid", OF_CALLS)
def test_two_exporters_are_shown_as_one(scenes: Scenes, uid: str) -> None:
    differences = []
    for panel in DASHBOARDS[uid].panels:
        for query in panel.queries:
            one, two = (by_labels(ask(scenes, DASHBOARDS[uid], query, job)) for job in (BUSY, PAIR))
            # They are not scraped at the same moment, which the age of data and rates over seconds tell.
            if two.keys() != one.keys() or two != pytest.approx(one, rel=0.3, abs=3.0, nan_ok=True):
                differences.append((panel.title, query.ref, one, two))
    assert differences == []


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
@pytest.mark.parametrize("job", [BUSY, PAIR, HISTORY])
@pytest.mark.parametrize("applications", [(SUPPORT.name, SALES.name), (SUPPORT.name,)], ids=len)
def test_sums_are_the_truth(scenes: Scenes, truth: Truth, job: str, applications: tuple[str, ...]) -> None:
    centers = {application: scenes.centers[job][application] for application in applications}
    assert shown_of(scenes, truth, job, "|".join(applications)) == truth.count(centers)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_there_is_something_to_add_up(scenes: Scenes, truth: Truth) -> None:
    assert any(truth.count(scenes.centers[job]) for job in (BUSY, HISTORY))


def shown_of(scenes: Scenes, truth: Truth, job: str, application: str = ALL) -> Counter[tuple[str, ...]]:
    dashboard = DASHBOARDS[truth.dashboard]
    [panel] = filter(truth.is_about, dashboard.panels)
    shown: Counter[tuple[str, ...]] = Counter()
    for series in now(scenes, dashboard, panel.only(truth.ref), job, application):
        if series.labels.get("le", "+Inf") == "+Inf":
            shown[tuple(series.labels.get(label, "") for label in truth.labels)] += int(series.last)
    return +shown


@pytest.mark.parametrize("title", ["Service level and given up", "Service level, last 30 min"])
@pytest.mark.parametrize("job", [BUSY, PAIR, HISTORY])
def test_the_service_level_is_a_share(scenes: Scenes, job: str, title: str) -> None:
    [panel] = [panel for panel in DASHBOARDS[WALLBOARD].panels if panel.title == title]
    refs = [{"A"}, {"ok", "warning", "critical"}][panel.type == "stat"]
    [series] = [
        series
        for query in panel.queries
        if query.ref in refs
        for series in ask(scenes, DASHBOARDS[WALLBOARD], query, job, 6 * HOUR)
    ]
    levels = [level for _, level in series.samples if not math.isnan(level)]
    # Of many calls, in these centers, neither all nor none are answered in time.
    assert all(0 <= level <= 1 for level in levels)
    assert 0 < levels[-1] < 1


@every_dashboard
def test_variables_offer_what_there_is(scenes: Scenes, dashboard: Dashboard) -> None:
    offered = {}
    for variable in dashboard.variables:
        selector = dashboard.filled_in(variable.selector, 15 * MINUTE, 15, {"job": PAIR})
        offered[variable.name] = scenes.prometheus.label_values(
            variable.label, selector, scenes.at - 15 * MINUTE, scenes.at
        )
    instances = [series.labels["instance"] for series in scenes.prometheus.query(f'up{{job="{PAIR}"}}', scenes.at)]
    # The variable job looks at all jobs, whatever is chosen.
    assert offered.pop("job") == sorted(set(JOBS) - {DOWN})
    assert offered.pop("account", ["main"]) == ["main"]
    groups = sorted(group.name for group in DEFAULT_SKILL_GROUPS)
    assert offered.pop("skill_group", groups) == groups
    assert offered == {"instance": sorted(instances), "application": sorted([SUPPORT.name, SALES.name])}
