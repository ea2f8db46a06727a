"""What every alert has to have."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.prometheus.files import RUNBOOK, alerts, cases, rules, seconds

PER_THRESHOLD = {
    "TcccActiveSessionsHigh",
    "TcccActiveSessionsLow",
    "TcccCallersWaiting",
    "TcccLongestWait",
    "TcccFreeStaff",
    "TcccStaffStuck",
    "TcccSessionStuck",
    "TcccStaffSessions",
}
"""Those that take their severity from the threshold."""

SILENCE_OTHERS = {
    "TcccExporterDown",
    "TcccExporterAbsent",
    "TcccProbeFailing",
    "TcccAccountFailing",
    "TcccApplicationFailing",
    "TcccCollectorFailing",
    "TcccCredentialsRefused",
    "TcccDataStale",
}
RUNBOOK_OF_THE_EXPORTER = '(printf "http://%s/runbook" $labels.instance)'

every_alert = pytest.mark.parametrize("name", alerts())


@every_alert
def test_a_test_sees_it_fire_and_clear(name: str) -> None:
    seen = [case.expected for case in cases() if case.alert == name]
    fires_after_silence = any(not before and after for times in seen for before, after in pairwise(times))
    clears = any(before and not after for times in seen for before, after in pairwise(times))
    assert fires_after_silence, "no test sees it silent and then firing"
    assert clears, "no test sees it firing and then silent"


@every_alert
def test_a_test_sees_it_silent_all_the_time(name: str) -> None:
    assert any(case.alert == name and not any(case.expected) for case in cases())


@every_alert
def test_it_is_expected_with_its_whole_text(name: str) -> None:
    for case in cases():
        for expected in (one for times in case.expected for one in times):
            if case.alert == name:
                assert set(expected["exp_annotations"]) == {"summary", "description", "runbook_url"}
                assert expected["exp_labels"]["severity"] in {"warning", "critical"}


@every_alert
def test_it_says_what_it_is_and_where_to_read_on(name: str) -> None:
    annotations = alerts()[name]["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url"}
    # Without any exporter there is none that could show its runbook.
    default = RUNBOOK_OF_THE_EXPORTER if name != "TcccExporterAbsent" else '"docs/runbook.md"'
    assert annotations["runbook_url"] == f"{{{{ or $externalLabels.tccc_runbook {default} }}}}#{name.lower()}"


@every_alert
def test_it_waits_before_it_fires(name: str) -> None:
    assert re.fullmatch(r"[1-9]\d*[smh]", alerts()[name]["for"])


@every_alert
def test_its_severity_comes_from_the_threshold_or_is_given(name: str) -> None:
    severity = alerts()[name].get("labels", {}).get("severity")
    assert severity in ({None} if name in PER_THRESHOLD else {"warning", "critical"})


@pytest.mark.parametrize("name", sorted(SILENCE_OTHERS))
def test_what_silences_others_ends_with_its_cause_and_is_critical(name: str) -> None:
    rule = alerts()[name]
    assert "keep_firing_for" not in rule
    assert rule["labels"]["severity"] == "critical"


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_windows_hold_four_scrapes_a_minute_apart(rule: dict[str, str]) -> None:
    windows = re.findall(r"\[(\w+)\]", rule["expr"])
    # Prometheus 3 leaves out the left end of a window.
    assert all(seconds(window) > 4 * 60 for window in windows)


def test_the_runbook_has_a_heading_for_every_alert_and_no_other() -> None:
    headings = re.findall(r"^## (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)
    assert sorted(headings) == sorted(alerts())


@every_alert
def test_the_runbook_tells_how_to_check_and_what_to_do(name: str) -> None:
    section = RUNBOOK.read_text().partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert "- **Check:** " in section
    assert "- **Do:** " in section


def test_links_of_the_runbook_lead_to_headings() -> None:
    text = RUNBOOK.read_text()
    headings = {heading.lower() for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings
