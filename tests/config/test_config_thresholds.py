from __future__ import annotations

import time

import pytest

from exporter.config.loading import parse
from exporter.config.schema import CollectorSettings
from exporter.config.thresholds import count_thresholds, thresholds_of
from tests.config.helpers import fault_lines, unindented

GROUP_SIGNALS = "queued_calls, longest_queue_seconds, free_staff, longest_after_call_work_seconds"
SIGNALS = (
    "active_sessions, waiting_sessions, longest_wait_seconds, longest_call_seconds, busiest_staff_sessions, "
    f"{GROUP_SIGNALS}"
)
OFFICE = '{timezone: Asia/Shanghai, days: [mon, tue], from: "09:00", to: "18:00"}'
PLACE = "accounts[0].applications[0].thresholds"
SAME = "with the same signal, severity and bound comes first, allowed: a threshold that is in force at some time"


def document(*thresholds: str, **schedules: str) -> str:
    """Return a configuration whose first threshold stands in line 5, and its first schedule after the thresholds."""
    lines = [
        "accounts:",
        "  - name: main",
        "    applications:",
        "      - sdk_app_id: 1",
        "        thresholds:" + ("" if thresholds else " []"),
        *(f"          - {{{threshold}}}" for threshold in thresholds),
        "schedules:",
        *(f"  {name}: {schedule}" for name, schedule in schedules.items()),
    ]
    return "\n".join(lines) + "\n"


BAD_THRESHOLDS: dict[str, tuple[str, list[str]]] = {
    "a signal that there is none of": (
        document("signal: sessions, severity: warning, above: 1"),
        [f'config.yaml:6: {PLACE}[0].signal: found "sessions", allowed: one of {SIGNALS}'],
    ),
    "nothing but a signal": (
        document("signal: active_sessions"),
        [f"config.yaml:6: {PLACE}[0].severity: is missing"],
    ),
    "a severity that is no label to route by": (
        document("signal: active_sessions, severity: Very Bad, above: 1"),
        [
            (
                f'config.yaml:6: {PLACE}[0].severity: found "Very Bad", allowed: a word of lower-case letters, digits, '
                "_ and -, such as warning or critical"
            )
        ],
    ),
    "no bound": (
        document("signal: active_sessions, severity: warning"),
        [f"config.yaml:6: {PLACE}[0].above: is missing, allowed: above or below"],
    ),
    "two bounds": (
        document("signal: active_sessions, severity: warning, above: 5, below: 1"),
        [f"config.yaml:6: {PLACE}[0].below: is given beside above, allowed: one of the two"],
    ),
    "below what nothing can be": (
        document("signal: active_sessions, severity: warning, below: 0"),
        [f"config.yaml:6: {PLACE}[0].below: found the number 0, allowed: a whole number from 1 to 1000000000"],
    ),
    "a fraction of a session": (
        document("signal: active_sessions, severity: warning, above: 2.5"),
        [f"config.yaml:6: {PLACE}[0].above: found the number 2.5, allowed: a whole number from 0 to 1000000000"],
    ),
    "a schedule where there are none": (
        document("signal: active_sessions, severity: warning, above: 5, during: nights"),
        [
            (
                f'config.yaml:6: {PLACE}[0].during: found "nights", allowed: the name of a schedule '
                "(none, there are no schedules)"
            )
        ],
    ),
    "a schedule that there is none of": (
        document("signal: active_sessions, severity: warning, above: 5, during: nights", office=OFFICE),
        [f'config.yaml:6: {PLACE}[0].during: found "nights", allowed: the name of a schedule (office)'],
    ),
    "one after another that is always on": (
        document(
            "signal: active_sessions, severity: warning, above: 5",
            "signal: active_sessions, severity: warning, above: 4, during: office",
            office=OFFICE,
        ),
        [f"config.yaml:7: {PLACE}[1]: can never be reached: line 6 {SAME}"],
    ),
    "one within the times of another": (
        document(
            "signal: active_sessions, severity: warning, above: 5, during: office",
            "signal: active_sessions, severity: warning, above: 4, during: monday",
            office=OFFICE,
            monday='{timezone: Asia/Shanghai, days: [mon], from: "10:00", to: "18:00"}',
        ),
        [f"config.yaml:7: {PLACE}[1]: can never be reached: line 6 {SAME}"],
    ),
    "one for all times after two that share them out": (
        document(
            "signal: active_sessions, severity: warning, above: 5, during: day",
            "signal: active_sessions, severity: warning, above: 4, during: night",
            "signal: active_sessions, severity: warning, above: 3",
            day='{timezone: UTC, from: "08:00", to: "20:00"}',
            night='{timezone: UTC, from: "20:00", to: "08:00"}',
        ),
        [f"config.yaml:8: {PLACE}[2]: can never be reached: line 6 and line 7 {SAME}"],
    ),
    "thresholds that are no list": (
        document().replace("thresholds: []", "thresholds: {}"),
        [f"config.yaml:5: {PLACE}: found a mapping, allowed: a list"],
    ),
}

GOOD_THRESHOLDS = {
    "none": document(),
    "the same for another severity, bound and signal": document(
        "signal: active_sessions, severity: warning, above: 5",
        "signal: active_sessions, severity: critical, above: 9",
        "signal: active_sessions, severity: warning, below: 1",
        "signal: waiting_sessions, severity: warning, above: 0",
    ),
    "a special one before the general one": document(
        "signal: active_sessions, severity: warning, above: 5, during: office",
        "signal: active_sessions, severity: warning, above: 4",
        office=OFFICE,
    ),
    "by the clocks of two zones": document(
        "signal: active_sessions, severity: warning, above: 5, during: office",
        "signal: active_sessions, severity: warning, above: 4, during: other",
        office=OFFICE,
        other=OFFICE.replace("Asia/Shanghai", "Europe/Paris"),
    ),
}

GROUPS = "accounts[0].applications[0].skill_groups"
ANY_GROUP_THRESHOLD = "{signal: queued_calls, severity: warning, above: 5}"
ANY_GROUP = f"{{id: 12, thresholds: [{ANY_GROUP_THRESHOLD}]}}"
GROUP_ID = "a whole number from 1 to 9223372036854775807"
ONE_OF_GROUP = f"allowed: of a skill group one of {GROUP_SIGNALS}"


def with_groups(*groups: str, collectors: str = "", before: str = "") -> str:
    """Return a configuration whose first skill group stands in line 6."""
    lines = [
        f"collectors: {{{collectors}}}",
        "accounts:",
        f"  - {{name: main, applications: [{{sdk_app_id: 1, thresholds: [{before}],",
        "       skill_groups:",
        "         [",
        *(f"          {group}," for group in groups),
        "         ]}]}",
        f"schedules: {{office: {OFFICE}}}",
    ]
    return "\n".join(lines) + "\n"


BAD_GROUPS: dict[str, tuple[str, list[str]]] = {
    "nothing of a skill group": (
        with_groups("{}"),
        [f"config.yaml:6: {GROUPS}[0].id: is missing", f"config.yaml:6: {GROUPS}[0].thresholds: is missing"],
    ),
    "a skill group without a threshold": (
        with_groups("{id: 12, thresholds: []}"),
        [f"config.yaml:6: {GROUPS}[0].thresholds: found an empty list, allowed: a list of one or more"],
    ),
    "a skill group with a name": (
        with_groups(ANY_GROUP.replace("id: 12", "id: 12, name: billing")),
        [f"config.yaml:6: {GROUPS}[0]: found the unknown key name, allowed: id, thresholds"],
    ),
    **{
        f"the id {value}": (
            with_groups(ANY_GROUP.replace("12", value)),
            [f"config.yaml:6: {GROUPS}[0].id: found {found}, allowed: {GROUP_ID}"],
        )
        for value, found in {
            "0": "the number 0",
            "-1": "the number -1",
            "1.5": "the number 1.5",
            "1.25e+01": "the number 1.25e+01",
            "9223372036854775808": "the number 9223372036854775808",
            "billing": '"billing"',
            '" 12"': '" 12"',
            "yes": "the boolean yes",
            "[12]": "[the number 12]",
        }.items()
    },
    "a skill group twice": (
        with_groups(ANY_GROUP, ANY_GROUP.replace("12", "13"), ANY_GROUP.replace("12", '"12"')),
        [f"config.yaml:8: {GROUPS}[2].id: found 12 again, allowed: once in an application; it is first in line 6"],
    ),
    "more skill groups than are told apart": (
        with_groups(*(ANY_GROUP.replace("12", str(number)) for number in range(1, 502))),
        [f"config.yaml:4: {GROUPS}: found 501 skill groups, allowed: at most 500"],
    ),
    "a signal that a skill group has not": (
        with_groups(ANY_GROUP.replace("queued_calls", "longest_wait_seconds")),
        [
            (
                f'config.yaml:6: {GROUPS}[0].thresholds[0].signal: found "longest_wait_seconds" which only a whole '
                f"application has, {ONE_OF_GROUP}"
            )
        ],
    ),
    "a signal that there is none of": (
        with_groups(ANY_GROUP.replace("queued_calls", "queued")),
        [f'config.yaml:6: {GROUPS}[0].thresholds[0].signal: found "queued", {ONE_OF_GROUP}'],
    ),
    "two bounds": (
        with_groups(ANY_GROUP.replace("above: 5", "above: 5, below: 1")),
        [f"config.yaml:6: {GROUPS}[0].thresholds[0].below: is given beside above, allowed: one of the two"],
    ),
    "no bound": (
        with_groups(ANY_GROUP.replace(", above: 5", "")),
        [f"config.yaml:6: {GROUPS}[0].thresholds[0].above: is missing, allowed: above or below"],
    ),
    "a schedule that there is none of": (
        with_groups(ANY_GROUP.replace("above: 5", "above: 5, during: nights")),
        [f'config.yaml:6: {GROUPS}[0].thresholds[0].during: found "nights", allowed: the name of a schedule (office)'],
    ),
    "one after another of the same skill group that is always on": (
        with_groups(f"{{id: 12, thresholds: [{ANY_GROUP_THRESHOLD},\n{ANY_GROUP_THRESHOLD}]}}"),
        [f"config.yaml:7: {GROUPS}[0].thresholds[1]: can never be reached: line 6 {SAME}"],
    ),
    "skill groups that are no list": (
        document().replace("thresholds: []", "skill_groups: {12: []}"),
        [f"config.yaml:5: {GROUPS}: found a mapping, allowed: a list"],
    ),
}

GOOD_GROUPS = {
    "none": with_groups(),
    "the largest id": with_groups(ANY_GROUP.replace("12", "9223372036854775807")),
    "an id in quotes and one of a template": with_groups(
        ANY_GROUP.replace("12", '"12"'), ANY_GROUP.replace("12", "1.3e+01")
    ),
    "as many as are told apart": with_groups(*(ANY_GROUP.replace("12", str(number)) for number in range(1, 501))),
    "the same threshold for the application and two skill groups": with_groups(
        ANY_GROUP, ANY_GROUP.replace("12", "13"), before=ANY_GROUP_THRESHOLD
    ),
    "one by a schedule before one for all times": with_groups(
        "{id: 12, thresholds: [{signal: free_staff, severity: warning, below: 2, during: office}, "
        "{signal: free_staff, severity: warning, below: 1}]}"
    ),
}


def of_collector_that_is_off(place: str, signal: str, collector: str, line: int) -> str:
    return (
        f'config.yaml:{line}: {place}.signal: found "{signal}", whose collector {collector} is switched off in line 1, '
        f"allowed: {collector}: true there, or no threshold for this signal"
    )


BAD_COLLECTORS: dict[str, tuple[str, list[str]]] = {
    "thresholds of an application and of a skill group by one that is off": (
        with_groups(ANY_GROUP, collectors="inbound: false", before=ANY_GROUP_THRESHOLD),
        [
            of_collector_that_is_off(f"{PLACE}[0]", "queued_calls", "inbound", 3),
            of_collector_that_is_off(f"{GROUPS}[0].thresholds[0]", "queued_calls", "inbound", 6),
        ],
    ),
    "only those by the one that is off": (
        with_groups(
            "{id: 12, thresholds: [{signal: free_staff, severity: warning, below: 1},\n"
            "{signal: longest_queue_seconds, severity: warning, above: 1},\n"
            "{signal: longest_after_call_work_seconds, severity: warning, above: 1}]}",
            collectors="staff: no",
        ),
        [
            of_collector_that_is_off(f"{GROUPS}[0].thresholds[0]", "free_staff", "staff", 6),
            of_collector_that_is_off(f"{GROUPS}[0].thresholds[2]", "longest_after_call_work_seconds", "staff", 8),
        ],
    ),
    "one that there is none of": (
        with_groups(collectors="sessions: false"),
        ["config.yaml:1: collectors: found the unknown key sessions, allowed: inbound, staff"],
    ),
    **{
        f"{value} in place of a boolean": (
            with_groups(ANY_GROUP, collectors=f"inbound: {value}"),
            [f"config.yaml:1: collectors.inbound: found {found}, allowed: true or false"],
        )
        for value, found in {"1": "the number 1", '"false"': '"false"', "~": "nothing", "[]": "an empty list"}.items()
    },
    "a list": (
        with_groups().replace("collectors: {}", "collectors: [inbound]"),
        ["config.yaml:1: collectors: found a list, allowed: a mapping with inbound, staff"],
    ),
}

SCHEDULE_KEYS = "timezone, days, from, to"
ZONE = "the name of an IANA time zone, such as Asia/Shanghai or UTC"
DAYS = "a list of mon, tue, wed, thu, fri, sat, sun, one or more, each at most once"

BAD_SCHEDULES: dict[str, tuple[str, str]] = {
    "nothing": ("", "schedules.it.timezone: is missing"),
    "a word": ("always", f"schedules.it: found text, allowed: a mapping with {SCHEDULE_KEYS}"),
    "no zone": ("{timezone: Asia/Shanghi}", f'schedules.it.timezone: found "Asia/Shanghi", allowed: {ZONE}'),
    "a continent": ("{timezone: Asia}", f'schedules.it.timezone: found "Asia", allowed: {ZONE}'),
    "a path": ("{timezone: ../x}", f'schedules.it.timezone: found "../x", allowed: {ZONE}'),
    "no day": ("{timezone: UTC, days: []}", f"schedules.it.days: found an empty list, allowed: {DAYS}"),
    "a day twice": (
        "{timezone: UTC, days: [mon, mon]}",
        f'schedules.it.days: found ["mon", "mon"], allowed: {DAYS}',
    ),
    # Of these, YAML takes the first for text, the second for the number 1080, the third for a mistake.
    **{
        f"{time} without quotes": (
            f"{{timezone: UTC, to: {time}}}",
            f'schedules.it.to: found {time} without quotes, allowed: a time in quotes from "00:00" to "24:00"',
        )
        for time in ("09:00", "18:00", "25:99", "9:00", "24:00", "00:00", "18:00:00")
    },
    "a number in place of a time": (
        "{timezone: UTC, to: 1800}",
        'schedules.it.to: found the number 1800, allowed: a time in quotes from "00:00" to "24:00"',
    ),
    "a time that clocks do not show": (
        '{timezone: UTC, from: "12:60"}',
        'schedules.it.from: found "12:60", allowed: a time in quotes from "00:00" to "23:59"',
    ),
    "no time at all between": (
        '{timezone: UTC, from: "09:00", to: "09:00"}',
        'schedules.it.to: is the same as from, allowed: another time; "24:00" is the end of a day',
    ),
    "an unknown key": (
        "{timezone: UTC, form: 1}",
        f"schedules.it: found the unknown key form (did you mean from?), allowed: {SCHEDULE_KEYS}",
    ),
}


@pytest.mark.parametrize(("content", "lines"), BAD_THRESHOLDS.values(), ids=BAD_THRESHOLDS)
def test_every_fault_of_thresholds_is_told(content: str, lines: list[str]) -> None:
    assert fault_lines(content) == lines


@pytest.mark.parametrize("content", GOOD_THRESHOLDS.values(), ids=GOOD_THRESHOLDS)
def test_thresholds_that_are_right(content: str) -> None:
    assert fault_lines(content) == []


@pytest.mark.parametrize(("content", "lines"), BAD_GROUPS.values(), ids=BAD_GROUPS)
def test_every_fault_of_skill_groups_is_told(content: str, lines: list[str]) -> None:
    assert fault_lines(content) == lines


@pytest.mark.parametrize("content", GOOD_GROUPS.values(), ids=GOOD_GROUPS)
def test_skill_groups_that_are_right(content: str) -> None:
    assert fault_lines(content) == []


@pytest.mark.parametrize(("content", "lines"), BAD_COLLECTORS.values(), ids=BAD_COLLECTORS)
def test_every_fault_of_collectors_is_told(content: str, lines: list[str]) -> None:
    assert fault_lines(content) == lines


def test_collectors_that_are_off_have_no_thresholds_and_the_list_has() -> None:
    off = (
        document("signal: longest_wait_seconds, severity: warning, above: 5")
        + "collectors: {inbound: false, staff: no}\n"
    )
    assert parse(off.encode(), "config.yaml").collectors == CollectorSettings(inbound=False, staff=False)
    assert parse(document().encode(), "config.yaml").collectors == CollectorSettings(inbound=True, staff=True)


@pytest.mark.parametrize(("schedule", "problem"), BAD_SCHEDULES.values(), ids=BAD_SCHEDULES)
def test_every_fault_of_a_schedule_is_told(schedule: str, problem: str) -> None:
    assert fault_lines(document(it=schedule)) == [f"config.yaml:7: {problem}"]


def test_schedules_have_names_and_each_name_once() -> None:
    content = document(it=OFFICE, other=OFFICE).replace("other:", "it:") + "  3: {timezone: UTC}\n"
    assert fault_lines(content) == [
        "config.yaml:8: schedules.it: is given twice, allowed: once; it is first in line 7",
        "config.yaml:9: schedules: found a key that is no name, allowed: text of 1 to 100 characters",
    ]


def test_schedules_that_are_no_mapping() -> None:
    content = unindented(document()).replace("schedules:", "schedules: [office]")
    assert fault_lines(content) == ["config.yaml:6: schedules: found a list, allowed: a mapping of names"]


def test_a_fault_in_one_schedule_says_nothing_of_those_who_name_it() -> None:
    content = document("signal: active_sessions, severity: warning, above: 5, during: it", it="{timezone: Mars}")
    assert fault_lines(content) == [f'config.yaml:8: schedules.it.timezone: found "Mars", allowed: {ZONE}']


def test_what_is_made_of_them() -> None:
    content = document(
        "signal: active_sessions, severity: warning, above: 0",
        "signal: busiest_staff_sessions, severity: critical, below: 3, during: office",
        office=OFFICE,
    )
    config = parse(content.encode(), "config.yaml")
    always, sometimes = thresholds_of(config.accounts[0].applications[0], config.schedules)
    assert (always.signal, always.severity, always.bound, always.value) == ("active_sessions", "warning", "above", 0)
    assert always.during is None
    assert (sometimes.bound, sometimes.value) == ("below", 3)
    assert sometimes.during is config.schedules["office"]


def test_what_is_made_of_those_of_skill_groups() -> None:
    other = "{id: 7, thresholds: [{signal: free_staff, severity: critical, below: 1, during: office}]}"
    content = with_groups(ANY_GROUP, other, before="{signal: queued_calls, severity: warning, above: 9}")
    config = parse(content.encode(), "config.yaml")
    whole, first, second = thresholds_of(config.accounts[0].applications[0], config.schedules)
    assert (whole.key, whole.value) == (("queued_calls", None), 9)
    assert (first.key, first.severity, first.bound, first.value) == (("queued_calls", 12), "warning", "above", 5)
    assert (second.key, second.bound, second.value) == (("free_staff", 7), "below", 1)
    assert second.during is config.schedules["office"]
    assert count_thresholds(config) == 3


def test_hundreds_of_skill_groups_by_schedules_take_no_time_to_speak_of() -> None:
    thresholds = [f"{{signal: queued_calls, severity: s{number}, above: 5, during: office}}" for number in range(4)]
    group = f"{{id: 12, thresholds: [{', '.join(thresholds)}]}}"
    content = with_groups(*(group.replace("12", str(number)) for number in range(1, 501)))
    started = time.process_time()
    assert fault_lines(content) == []
    assert time.process_time() - started < 4
