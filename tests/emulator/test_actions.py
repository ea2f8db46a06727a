"""What the three actions beside the list say of the center, and what they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from exporter.emulator.action_names import ActionName
from exporter.emulator.actions import ACTIONS
from exporter.emulator.center import ContactCenter
from exporter.emulator.options import DEFAULT_APPLICATION
from exporter.emulator.server import Emulator, EmulatorOptions, SkillGroup
from exporter.emulator.statuses import StaffStatus

from .client import PAGE, Answer, call

APPLICATION = {"SdkAppId": DEFAULT_APPLICATION}
PEOPLE = {**APPLICATION, "PageSize": 9999, "PageNumber": 0}
PARAMETERS: Mapping[ActionName, Mapping[str, object]] = {
    ActionName.SESSION_LIST: PAGE,
    ActionName.CALL_IN_METRICS: APPLICATION,
    ActionName.STAFF_STATUS_METRICS: APPLICATION,
    ActionName.STAFF_INFO_LIST: PEOPLE,
}
OTHERS = [ActionName.CALL_IN_METRICS, ActionName.STAFF_STATUS_METRICS, ActionName.STAFF_INFO_LIST]
TROUBLED = (SkillGroup(7, "billing"), SkillGroup(3, "technical", staff=0.1))
STATUS_FIELDS = {
    "FreeDuration": StaffStatus.FREE,
    "BusyDuration": StaffStatus.BUSY,
    "RestDuration": StaffStatus.REST,
    "NotReadyDuration": StaffStatus.NOT_READY,
    "AfterCallWorkDuration": StaffStatus.AFTER_CALL_WORK,
}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    options = EmulatorOptions(
        speed=0, requests_per_second=1_000_000, application_skill_groups={DEFAULT_APPLICATION: TROUBLED}
    )
    async with Emulator(options) as frozen:
        frozen.skip(3600.5)
        yield frozen


@pytest.fixture
def center(emulator: Emulator) -> ContactCenter:
    return emulator.centers[DEFAULT_APPLICATION]


async def ask(emulator: Emulator, action: str, method: str = "POST", **parameters: object) -> Answer:
    known = PARAMETERS.get(ActionName(action), {})
    sent = {name: value for name, value in {**known, **parameters}.items() if value is not ...}
    return await call(emulator, sent, method=method, headers={"X-TC-Action": action})


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_inbound_calls_by_skill_group(emulator: Emulator, center: ContactCenter, method: str) -> None:
    response = (await ask(emulator, ActionName.CALL_IN_METRICS, method)).response
    inbound = center.inbound()
    assert inbound.total.queue.count > 0
    assert set(response) == {"Timestamp", "TotalMetrics", "NumberMetrics", "SkillGroupMetrics", "RequestId"}
    assert response["Timestamp"] == int(center.now)
    assert response["NumberMetrics"] is None
    assert [(group["SkillGroupId"], group["Name"]) for group in response["SkillGroupMetrics"]] == [
        (7, "billing"),
        (3, "technical"),
    ]
    shown = [response["TotalMetrics"], *(group["Metrics"] for group in response["SkillGroupMetrics"])]
    truths = [inbound.total, inbound.skill_groups[7], inbound.skill_groups[3]]
    for metrics, truth in zip(shown, truths, strict=True):
        assert metrics == {
            "IvrCount": truth.ivr.count,
            "QueueCount": truth.queue.count,
            "RingCount": truth.ringing.count,
            "AcceptCount": truth.accepted.count,
            "TransferOuterCount": truth.transferred_out,
            "MaxQueueDuration": int(truth.queue.longest),
            "AvgQueueDuration": int(truth.queue.mean),
            "MaxRingDuration": int(truth.ringing.longest),
            "AvgRingDuration": int(truth.ringing.mean),
            "MaxAcceptDuration": int(truth.accepted.longest),
            "AvgAcceptDuration": int(truth.accepted.mean),
        }


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_inbound_calls_as_asked_for(emulator: Emulator, method: str) -> None:
    total_alone = (await ask(emulator, ActionName.CALL_IN_METRICS, method, EnabledSkillGroup=False)).response
    assert total_alone["SkillGroupMetrics"] is None
    by_number = (await ask(emulator, ActionName.CALL_IN_METRICS, method, EnabledNumber=True)).response
    (number,) = by_number["NumberMetrics"]
    assert number["Number"].startswith("+999")
    assert number["Metrics"] == by_number["TotalMetrics"]
    assert number["SkillGroupMetrics"] == by_number["SkillGroupMetrics"]


@pytest.mark.parametrize("parameters", [{"GroupIdList": [3, 99]}, {"GroupIdList.0": 3, "GroupIdList.1": 99}])
async def test_skill_groups_can_be_chosen(emulator: Emulator, parameters: dict[str, Any]) -> None:
    method = "POST" if "GroupIdList" in parameters else "GET"
    response = (await ask(emulator, ActionName.CALL_IN_METRICS, method, **parameters)).response
    assert [group["SkillGroupId"] for group in response["SkillGroupMetrics"]] == [3]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_statuses_of_everybody(emulator: Emulator, center: ContactCenter, method: str) -> None:
    people = (await ask(emulator, ActionName.STAFF_STATUS_METRICS, method)).response["Metrics"]
    assert [person["Email"] for person in people] == [member.email for member in center.staff.members]
    for person, member in zip(people, center.staff.members, strict=True):
        assert person["Status"] == member.status
        assert person["LastStatusTimestamp"] == int(center.start + member.timesheet.since)
        assert member.timesheet.online_since is not None
        assert person["LastOnlineTimestamp"] == int(center.start + member.timesheet.online_since)
        durations = member.timesheet.durations(center.now - center.start)
        assert {name: person[name] for name in STATUS_FIELDS} == {
            name: int(durations[status]) for name, status in STATUS_FIELDS.items()
        }
        assert 0 <= person["OnlineDuration"] - sum(person[name] for name in STATUS_FIELDS) <= 5
        assert bool(person["Reason"]) == (person["Status"] == "rest")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"StatusList": ["busy", "rest"]}, lambda member: member.status in {"busy", "rest"}),
        ({"GroupIdList": [3]}, lambda member: 3 in member.skill_groups),
        ({"StaffList": ["agent-1002@example.com", "nobody"]}, lambda member: member.number == "1002"),
        ({"GroupIdList": [3], "StatusList": ["busy"]}, lambda member: 3 in member.skill_groups and member.on_call),
        ({"GroupIdList": [], "StatusList": None}, lambda _: True),
    ],
)
async def test_statuses_can_be_filtered(
    emulator: Emulator, center: ContactCenter, parameters: dict[str, Any], expected: Any
) -> None:
    people = (await ask(emulator, ActionName.STAFF_STATUS_METRICS, **parameters)).response["Metrics"]
    members = [member for member in center.staff.members if expected(member)]
    assert members
    assert [person["Email"] for person in people] == [member.email for member in members]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_staff_in_pages(emulator: Emulator, center: ContactCenter, method: str) -> None:
    listed: list[dict[str, Any]] = []
    page = 0
    while True:
        parameters = {"PageSize": 100, "PageNumber": page}
        response = (await ask(emulator, ActionName.STAFF_INFO_LIST, method, **parameters)).response
        assert response["TotalCount"] == len(center.staff.members)
        if not response["StaffList"]:
            break
        assert len(response["StaffList"]) <= 100
        listed += response["StaffList"]
        page += 1
    assert page == -(-len(center.staff.members) // 100)
    names = {group.id: group.name for group in TROUBLED}
    for person, member in zip(listed, center.staff.members, strict=True):
        assert (person["Mail"], person["StaffNumber"]) == (member.email, member.number)
        groups = {group["SkillGroupId"]: group["SkillGroupName"] for group in person["SkillGroupList"]}
        assert groups == {group: names[group] for group in member.skill_groups}
        assert person["Phone"].startswith("+999"), "a number that nobody has"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"StaffMail": "agent-1003@example.com"}, lambda member: member.number == "1003"),
        ({"SkillGroupId": 3}, lambda member: 3 in member.skill_groups),
        ({"ModifiedTime": 1}, lambda _: True),
        ({"ModifiedTime": 10**11}, lambda _: False),
    ],
)
async def test_the_staff_can_be_filtered(
    emulator: Emulator, center: ContactCenter, parameters: dict[str, Any], expected: Any
) -> None:
    response = (await ask(emulator, ActionName.STAFF_INFO_LIST, **parameters)).response
    members = [member for member in center.staff.members if expected(member)]
    assert response["TotalCount"] == len(members)
    assert [person["Mail"] for person in response["StaffList"]] == [member.email for member in members]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("action", OTHERS)
async def test_an_application_that_there_is_not(emulator: Emulator, action: str, method: str) -> None:
    answer = await ask(emulator, action, method, SdkAppId=1)
    assert answer.error_code == "InvalidParameterValue.InstanceNotExist"


@pytest.mark.parametrize(
    ("action", "code", "parameters"),
    [
        *((action, "MissingParameter", {"SdkAppId": ...}) for action in OTHERS),
        *((action, "InvalidParameter", {"SdkAppId": "support"}) for action in OTHERS),
        *((action, "UnknownParameter", {"Offset": 0}) for action in OTHERS),
        (ActionName.CALL_IN_METRICS, "InvalidParameter", {"EnabledSkillGroup": "perhaps"}),
        (ActionName.CALL_IN_METRICS, "InvalidParameter", {"EnabledNumber": 1}),
        (ActionName.CALL_IN_METRICS, "InvalidParameter", {"GroupIdList": 1}),
        (ActionName.CALL_IN_METRICS, "InvalidParameter", {"GroupIdList": ["one"]}),
        (ActionName.STAFF_STATUS_METRICS, "InvalidParameter", {"StaffList": [1]}),
        (ActionName.STAFF_STATUS_METRICS, "InvalidParameter", {"StatusList": "busy"}),
        (ActionName.STAFF_STATUS_METRICS, "InvalidParameterValue", {"StatusList": ["asleep"]}),
        (ActionName.STAFF_INFO_LIST, "MissingParameter", {"PageSize": ...}),
        (ActionName.STAFF_INFO_LIST, "MissingParameter", {"PageNumber": ...}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameter", {"PageNumber": None}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameter", {"StaffMail": 5}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameter", {"SkillGroupId": "one"}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameterValue", {"PageSize": 0}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameterValue", {"PageSize": 10_000}),
        (ActionName.STAFF_INFO_LIST, "InvalidParameterValue", {"PageNumber": -1}),
    ],
)
async def test_parameters_that_are_refused(
    emulator: Emulator, action: str, code: str, parameters: dict[str, Any]
) -> None:
    assert (await ask(emulator, action, **parameters)).error_code == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (b"SdkAppId=1400000000&GroupIdList.0=one", "InvalidParameter"),
        (b"SdkAppId=1400000000&GroupIdList=1", "InvalidParameter"),
        (b"SdkAppId=1400000000&GroupIdList=1&GroupIdList.0=1", "InvalidParameter"),
        (b"SdkAppId=1400000000&EnabledNumber=1", "InvalidParameter"),
        (b"SdkAppId=1400000000&SkillGroups.0=1", "UnknownParameter"),
        (b"SdkAppId=1400000000&EnabledNumber=True&GroupIdList.0=7", None),
    ],
)
async def test_queries_of_other_types(emulator: Emulator, query: bytes, code: str | None) -> None:
    answer = await call(emulator, query, method="GET", headers={"X-TC-Action": ActionName.CALL_IN_METRICS})
    assert answer.error_code == code


async def test_every_action_has_a_rate_limit_of_its_own() -> None:
    async with Emulator(EmulatorOptions(speed=0, requests_per_second=3)) as emulator:
        answers = await asyncio.gather(*(ask(emulator, action) for action in ACTIONS for _ in range(8)))
    for position, action in enumerate(ACTIONS):
        outcomes = [record.outcome for record in emulator.requests.of(action)]
        assert len(outcomes) == 8
        assert 3 <= outcomes.count("OK") <= 6
        refused = [answer for answer in answers[8 * position :][:8] if answer.error_code is not None]
        assert {answer.error_code for answer in refused} == {"RequestLimitExceeded"}
        assert refused[0].response["Error"]["Message"] == (
            "Your current request times equals to `4` in a second, which exceeds the frequency limit `3` for a second. "
            "Please reduce the frequency of calls."
        )


async def test_a_center_without_skill_groups_has_calls_and_people_all_the_same() -> None:
    async with Emulator(EmulatorOptions(speed=0, skill_groups=0)) as emulator:
        inbound = (await ask(emulator, ActionName.CALL_IN_METRICS)).response
        people = (await ask(emulator, ActionName.STAFF_INFO_LIST)).response
    assert inbound["SkillGroupMetrics"] == []
    assert inbound["TotalMetrics"]["AcceptCount"] > 0
    assert all(person["SkillGroupList"] == [] for person in people["StaffList"])


async def test_null_fields_of_inbound_calls(emulator: Emulator) -> None:
    emulator.set_faults("null-fields")
    answers = [(await ask(emulator, ActionName.CALL_IN_METRICS)).response for _ in range(60)]
    lists = [answer["SkillGroupMetrics"] for answer in answers]
    assert None in lists
    groups = [group for shown in lists if shown is not None for group in shown]
    assert {group["SkillGroupId"] for group in groups} == {3, 7}
    assert {type(group.get("Metrics", ...)) for group in groups} == {dict, type(None), type(...)}
    assert all(isinstance(answer["TotalMetrics"], dict) for answer in answers)
    assert any("QueueCount" not in answer["TotalMetrics"] for answer in answers)


@pytest.mark.parametrize(
    ("action", "field", "kept", "lost"),
    [
        (ActionName.STAFF_STATUS_METRICS, "Metrics", "Email", "LastStatusTimestamp"),
        (ActionName.STAFF_INFO_LIST, "StaffList", "Mail", "SkillGroupList"),
    ],
)
async def test_null_fields_of_people(emulator: Emulator, action: str, field: str, kept: str, lost: str) -> None:
    emulator.set_faults("null-fields")
    lists = [(await ask(emulator, action)).response[field] for _ in range(30)]
    assert None in lists
    people = [person for shown in lists if shown is not None for person in shown]
    assert all(person[kept] for person in people)
    values = [person.get(lost, ...) for person in people]
    assert None in values
    assert ... in values


@pytest.mark.parametrize("action", OTHERS)
async def test_answers_of_the_wrong_shape_are_those_of_the_action(emulator: Emulator, action: str) -> None:
    intact = (await ask(emulator, action)).response
    emulator.set_faults("wrong-shape")
    wrong = (await ask(emulator, action)).response
    assert wrong.keys() <= intact.keys()
    assert all(type(wrong[name]) is not type(intact[name]) for name in wrong)


async def test_faults_of_one_action_strike_no_other(emulator: Emulator) -> None:
    emulator.set_faults("DescribeCallInMetrics/InternalError", "DescribeStaffInfoList/UnauthorizedOperation")
    codes = {action: (await ask(emulator, action)).error_code for action in ACTIONS}
    assert codes == {
        ActionName.SESSION_LIST: None,
        ActionName.CALL_IN_METRICS: "InternalError",
        ActionName.STAFF_STATUS_METRICS: None,
        ActionName.STAFF_INFO_LIST: "UnauthorizedOperation",
    }
