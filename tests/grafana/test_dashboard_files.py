from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import generate, palette
from tests.grafana.models import DASHBOARDS, RUNBOOK, Model, panels, variables

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS.keys())

COLUMNS = 24
OF_ANNOTATIONS = {"titleFormat", "textFormat", "tagKeys"}
"""What the Prometheus data source reads of an annotation beside what Grafana itself does."""

KIOSK_LINES = 26
"""As many as a screen of 1080 pixels holds: a line has 30, and 8 between it and the next."""


def test_files_are_what_the_code_writes() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in generate.DIRECTORY.iterdir() if path.suffix}
    assert found == generate.documents()


def test_check_tells_which_file_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "DIRECTORY", tmp_path)
    monkeypatch.setattr(sys, "argv", ["generate"])
    assert generate.main() == 0
    monkeypatch.setattr(sys, "argv", ["generate", "--check"])
    assert generate.main() == 0
    (tmp_path / "staff.json").write_text("{}")
    assert generate.main() == 1
    told = capsys.readouterr().err
    assert "staff.json" in told
    assert "wallboard.json" not in told


def test_uids_are_those_that_links_and_bookmarks_have() -> None:
    assert {name: dashboard["uid"] for name, dashboard in DASHBOARDS.items()} == {
        "wallboard": "tccc-wallboard",
        "queues": "tccc-queues",
        "staff": "tccc-staff",
        "exporter-health": "tccc-exporter",
    }


@every_dashboard
def test_links_to_the_others_keep_time_and_variables(dashboard: Model) -> None:
    assert dashboard["tags"] == ["tccc"]
    [link] = dashboard["links"]
    assert (link["type"], link["tags"]) == ("dashboards", ["tccc"])
    assert (link["keepTime"], link["includeVars"]) == (True, True)


@every_dashboard
def test_panel_ids_are_unique(dashboard: Model) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


@every_dashboard
def test_panels_fill_the_grid_without_overlaps(dashboard: Model) -> None:
    cells: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        for cell in itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])):
            assert cell not in cells, f"{panel['title']} lies on {cells[cell]}"
            cells[cell] = panel["title"]
    lines = 1 + max(y for _, y in cells)
    assert cells.keys() == set(itertools.product(range(COLUMNS), range(lines)))


def test_the_wallboard_fits_on_a_screen() -> None:
    ends = [panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels(DASHBOARDS["wallboard"])]
    assert max(ends) <= KIOSK_LINES


@every_dashboard
def test_grafana_knows_every_key(dashboard: Model) -> None:
    register_default_plugins()
    read = Dashboard.from_json(json.loads(json.dumps(dashboard)))
    lost = _lost(dashboard, json.loads(JSONEncoder().encode(read)))
    assert [path for path in lost if path.rpartition(".")[2] not in OF_ANNOTATIONS] == []


@every_dashboard
def test_data_age_is_on_every_dashboard(dashboard: Model) -> None:
    [panel] = [panel for panel in panels(dashboard) if panel["title"] == "Data age" and panel["type"] == "stat"]
    legends = {target["refId"]: target["legendFormat"] for target in panel["targets"] if target["refId"] != "off"}
    assert legends == {"ok": "✓ fresh", "warning": "⚠ late", "critical": "✖ old"}


@every_dashboard
def test_legends_leave_room_for_the_graph(dashboard: Model) -> None:
    for panel in panels(dashboard):
        legend = panel["options"].get("legend")
        if panel["type"] == "timeseries":
            assert (legend["displayMode"], legend["placement"]) == ("list", "bottom"), panel["title"]


def test_every_status_and_direction_has_one_color_everywhere() -> None:
    colors: dict[str, set[str]] = {}
    for dashboard in DASHBOARDS.values():
        for name, color in _colors_by_name(dashboard):
            colors.setdefault(name, set()).add(color)
    assert {"ringing", "seatJoining", "inProgress", "inbound", "outbound", "in the queue", "free"} <= colors.keys()
    assert {name: found for name, found in colors.items() if len(found) > 1} == {}
    # A call and the people who are on it.
    of_names = [color for name, color in palette.BY_NAME.items() if name != "on a call"]
    of_states = [state.color for state in palette.STATES]
    assert len({*of_names, *of_states, *palette.APART.values()}) == len([*of_names, *of_states, *palette.APART])


@every_dashboard
def test_states_are_told_in_words_too(dashboard: Model) -> None:
    of_states = {state.color for state in palette.STATES}
    for panel in panels(dashboard):
        for result in _mapped(panel):
            if result.get("color") in of_states:
                assert result["text"], panel["title"]
        if panel["type"] == "stat":
            names = {target["refId"]: target.get("legendFormat") for target in panel["targets"]}
            for override in panel["fieldConfig"]["overrides"]:
                ref = override["matcher"]["options"]
                if override["matcher"]["id"] == "byFrameRefID" and ref in names:
                    assert names[ref], panel["title"]
                    assert panel["options"]["textMode"] == "value_and_name", panel["title"]


def test_firing_alerts_lead_to_the_runbook() -> None:
    for dashboard in DASHBOARDS.values():
        [panel] = [panel for panel in panels(dashboard) if panel["title"] == "Firing alerts"]
        [(column, link)] = _links_of_columns(panel)
        assert column == "Alert"
        assert link["targetBlank"] is True
        assert link["url"].startswith('${__data.fields["Runbook"]:raw}#')
        assert '"runbook", "${runbook:raw}", "instance", "(.*)"' in panel["targets"][0]["expr"]
        assert link["url"].endswith("${__value.raw:percentencode}")


@every_dashboard
def test_annotations_lead_to_the_runbook(dashboard: Model) -> None:
    for one in dashboard["annotations"]["list"]:
        assert '"runbook", "${runbook:raw}"' in one["expr"]
        assert 'href="{{runbook}}#' in one["textFormat"]
        assert "{{alertname}}" in one["textFormat"]


@every_dashboard
def test_the_runbook_is_the_exporters_own_until_another_one_is_named(dashboard: Model) -> None:
    variable = variables(dashboard)[RUNBOOK]
    assert (variable["type"], variable["hide"]) == ("textbox", 2)
    assert variable["query"] == variable["current"]["value"] == "http://$1/runbook"


def test_links_to_queues_keep_time_and_variables() -> None:
    wallboard = {panel["title"]: panel for panel in panels(DASHBOARDS["wallboard"])}
    of_panels = {title: [link["url"] for link in panel.get("links", [])] for title, panel in wallboard.items()}
    leading = {"In the queue", "Longest in the queue", "Free"}
    assert {title for title, urls in of_panels.items() if urls} == leading
    [(column, of_application)] = _links_of_columns(wallboard["Applications"])
    assert column == "Application"
    [all_queues] = [panel for panel in panels(DASHBOARDS["queues"]) if panel["title"] == "All queues"]
    [(column, of_queue)] = _links_of_columns(all_queues)
    assert column == "Queue"
    for url in (*(of_panels[title][0] for title in leading), of_application["url"], of_queue["url"]):
        assert url.startswith("/d/tccc-queues?${__url_time_range}&")
        for name in ("datasource", "job", "instance", "application", "runbook"):
            assert f"${{{name}:queryparam}}" in url or f"&var-{name}=" in url
    assert "&var-skill_group=${__value.raw:percentencode}" in of_queue["url"]


def test_each_queue_has_a_row_of_its_own() -> None:
    [row] = [panel for panel in DASHBOARDS["queues"]["panels"] if panel["type"] == "row"]
    assert (row["repeat"], row["title"], row["collapsed"]) == ("skill_group", "Queue: $skill_group", False)
    below = [panel for panel in panels(DASHBOARDS["queues"]) if panel["gridPos"]["y"] > row["gridPos"]["y"]]
    for panel in below:
        for target in panel["targets"]:
            if target["refId"] != "off":
                assert 'skill_group=~"$skill_group"' in target["expr"], (panel["title"], target["refId"])


@every_dashboard
def test_what_colors_of_heat_maps_mean_holds_in_both_themes(dashboard: Model) -> None:
    for panel in panels(dashboard):
        if panel["type"] == "heatmap":
            assert "stands out" in panel["description"]
            assert not re.search("dark|light|pale", panel["description"])


def _links_of_columns(panel: Model) -> list[tuple[str, dict[str, Any]]]:
    return [
        (override["matcher"]["options"], link)
        for override in panel["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "links"
        for link in one["value"]
    ]


def _lost(written: Any, read: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what is not as it was written; what has been added is a default."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            yield from _lost(value, read.get(key), f"{path}.{key}")
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for number, value in enumerate(written):
            yield from _lost(value, read[number], f"{path}[{number}]")
    elif written != read:
        yield path


def _colors_by_name(dashboard: Model) -> list[tuple[str, str]]:
    return [
        (override["matcher"]["options"], one["value"]["fixedColor"])
        for panel in panels(dashboard)
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byName"
        for one in override["properties"]
        if one["id"] == "color" and one["value"]["mode"] == "fixed"
    ]


def _mapped(panel: Model) -> list[dict[str, Any]]:
    mappings = list(panel["fieldConfig"]["defaults"].get("mappings", []))
    for override in panel["fieldConfig"]["overrides"]:
        mappings += [m for one in override["properties"] if one["id"] == "mappings" for m in one["value"]]
    return [result for mapping in mappings if mapping["type"] == "value" for result in mapping["options"].values()]
