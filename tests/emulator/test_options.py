from __future__ import annotations

from typing import Any

import pytest

from exporter.emulator.listing import Listed
from exporter.emulator.options import EmulatorOptions
from exporter.emulator.skill_groups import SkillGroup, default_skill_groups


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"applications": ()}, "applications: found (), allowed: one or more different ids"),
        ({"applications": (1, 1)}, "applications: found (1, 1), allowed: one or more different ids"),
        ({"application_sessions": {7: 1.0}}, "application_sessions: found 7, allowed: ids that are in applications"),
        (
            {"applications": (7,), "application_sessions": {7: -1.0}},
            "application_sessions[7]: found -1.0, allowed: 0 or more",
        ),
        (
            {"application_skill_groups": {7: ()}},
            "application_skill_groups: found 7, allowed: ids that are in applications",
        ),
        ({"application_lists": {7: Listed.ALL}}, "application_lists: found 7, allowed: ids that are in applications"),
        ({"skill_groups": 501}, "skill_groups: found 501, allowed: 0 to 500"),
        (
            {"applications": (7,), "application_skill_groups": {7: (SkillGroup(1, "a"), SkillGroup(1, "b"))}},
            "skill_groups: found the ids [1, 1], allowed: different ids",
        ),
        ({"requests_per_second": 0}, "requests_per_second: found 0, allowed: 1 or more"),
        ({"sessions": -1}, "sessions: found -1, allowed: 0 or more"),
        ({"staff": -1}, "staff: found -1, allowed: 0 or more"),
        ({"speed": float("nan")}, "speed: found nan, allowed: 0 or more"),
        ({"latency": -0.1}, "latency: found -0.1, allowed: 0 or more"),
        ({"jitter": float("inf")}, "jitter: found inf, allowed: 0 or more"),
    ],
)
def test_values_out_of_range_are_told(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        EmulatorOptions(**arguments)
    assert str(raised.value) == message


def test_no_secret_shows() -> None:
    shown = repr(EmulatorOptions(secret_key="hush", token="hush"))
    assert "hush" not in shown


def test_single_applications_can_have_their_own_number_of_sessions() -> None:
    options = EmulatorOptions(applications=(1, 2), sessions=10, application_sessions={2: 99})
    assert [options.sessions_of(application) for application in options.applications] == [10, 99]


def test_single_applications_can_have_their_own_skill_groups_and_lists() -> None:
    own = (SkillGroup(12, "orders"),)
    options = EmulatorOptions(
        applications=(1, 2, 3),
        skill_groups=2,
        application_skill_groups={2: own, 3: ()},
        list=Listed.ANSWERED,
        application_lists={2: Listed.ALL},
    )
    assert [options.skill_groups_of(application) for application in (1, 2, 3)] == [default_skill_groups(2), own, ()]
    assert [options.list_of(application) for application in (1, 2)] == [Listed.ANSWERED, Listed.ALL]
