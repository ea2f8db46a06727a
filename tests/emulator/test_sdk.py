"""The vendor's own SDK as a client: it must find nothing strange."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from tencentcloud.ccc.v20200210 import ccc_client, ccc_client_async, models
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from exporter.emulator.action_names import ActionName
from exporter.emulator.options import DEFAULT_APPLICATION, DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from exporter.emulator.server import Emulator, EmulatorOptions, Order
from exporter.emulator.wire import session_object

Ask = Callable[..., Awaitable[Any]]
CLIENTS = [(kind, method) for kind in ("sync", "async") for method in ("POST", "GET")]


@asynccontextmanager
async def sdk(
    emulator: Emulator,
    kind: str = "sync",
    method: str = "POST",
    *,
    region: str = "",
    secret_id: str = DEFAULT_SECRET_ID,
    secret_key: str = DEFAULT_SECRET_KEY,
    token: str | None = None,
    version: str = "2020-02-10",
    action: str = ActionName.SESSION_LIST,
) -> AsyncIterator[Ask]:
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=emulator.url.removeprefix("http://"), reqMethod=method)
    )
    module = ccc_client if kind == "sync" else ccc_client_async
    client = module.CccClient(Credential(secret_id, secret_key, token), region, profile)
    client._apiVersion = version

    async def ask(**parameters: object) -> Any:
        request = getattr(models, f"{action}Request")()
        for name, value in parameters.items():
            setattr(request, name, value)
        if kind == "sync":
            return await asyncio.to_thread(getattr(client, action), request)
        return await getattr(client, action)(request)

    try:
        yield ask
    finally:
        if kind == "sync":
            client.request.conn._session.close()
        else:
            await client.close()


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
async def test_all_pages_of_a_frozen_center_are_exactly_the_truth(kind: str, method: str) -> None:
    options = EmulatorOptions(speed=0, sessions=130, order=Order.NEWEST_FIRST)
    async with Emulator(options) as emulator, sdk(emulator, kind, method) as list_sessions:
        center = emulator.centers[DEFAULT_APPLICATION]
        listed: list[Any] = []
        while True:
            page = await list_sessions(SdkAppId=DEFAULT_APPLICATION, Offset=len(listed), Limit=25)
            assert page.Total == len(center)
            listed += page.Sessions
            if len(page.Sessions) < 25:
                break
    truth = [msgspec.to_builtins(session_object(session, center.start)) for session in reversed(center.sessions)]
    assert [{name: getattr(session, name) for name in truth[0]} for session in listed] == truth


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
@pytest.mark.parametrize(
    ("code", "client", "parameters"),
    [
        ("AuthFailure.SecretIdNotFound", {"secret_id": "AKIDOTHER"}, {}),
        ("AuthFailure.SignatureFailure", {"secret_key": "wrong"}, {}),
        ("AuthFailure.TokenFailure", {"token": "unasked"}, {}),
        ("NoSuchVersion", {"version": "2017-03-12"}, {}),
        ("UnsupportedRegion", {"region": "middle-earth"}, {}),
        ("MissingParameter", {}, {"SdkAppId": None}),
        ("InvalidParameter", {}, {"Offset": "first"}),
        ("InvalidParameterValue", {}, {"Limit": 0}),
        ("LimitExceeded.OutOfCountLimit", {}, {"Limit": 26}),
        ("FailedOperation.PermissionDenied", {}, {"SdkAppId": 1}),
    ],
)
async def test_errors_are_exceptions_with_their_codes(
    kind: str, method: str, code: str, client: dict[str, str], parameters: dict[str, object]
) -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator, sdk(emulator, kind, method, **client) as list_sessions:
        with pytest.raises(TencentCloudSDKException) as raised:
            await list_sessions(**{"SdkAppId": DEFAULT_APPLICATION, "Offset": 0, "Limit": 25, **parameters})
    assert raised.value.get_code() == code
    assert raised.value.get_request_id()


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("clock-skew", "AuthFailure.SignatureExpire"),
        ("throttled", "RequestLimitExceeded"),
        ("internal-error", "InternalError"),
        ("UnauthorizedOperation", "UnauthorizedOperation"),
        ("http-500", "ServerNetworkError"),
    ],
)
async def test_faults_are_exceptions(kind: str, fault: str, code: str) -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator, sdk(emulator, kind) as list_sessions:
        emulator.set_faults(fault)
        with pytest.raises(TencentCloudSDKException) as raised:
            await list_sessions(SdkAppId=DEFAULT_APPLICATION, Offset=0, Limit=25)
    assert raised.value.get_code() == code


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_an_expected_token_and_a_region_are_accepted(kind: str) -> None:
    async with (
        Emulator(EmulatorOptions(speed=0, token="temporary")) as emulator,
        sdk(emulator, kind, token="temporary", region="ap-guangzhou") as list_sessions,
    ):
        assert (await list_sessions(SdkAppId=DEFAULT_APPLICATION, Offset=0, Limit=1)).Total > 0


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
async def test_inbound_calls_are_the_truth(kind: str, method: str) -> None:
    async with (
        Emulator(EmulatorOptions(speed=0, sessions=130)) as emulator,
        sdk(emulator, kind, method, action=ActionName.CALL_IN_METRICS) as ask,
    ):
        center = emulator.centers[DEFAULT_APPLICATION]
        inbound = center.inbound()
        everything = await ask(SdkAppId=DEFAULT_APPLICATION, EnabledNumber=True)
        chosen = await ask(SdkAppId=DEFAULT_APPLICATION, GroupIdList=[2, 3])
        total = await ask(SdkAppId=DEFAULT_APPLICATION, EnabledSkillGroup=False)
    assert everything.TotalMetrics.AcceptCount == inbound.total.accepted.count > 0
    assert everything.TotalMetrics.MaxAcceptDuration == int(inbound.total.accepted.longest)
    assert {group.SkillGroupId: (group.Name, group.Metrics.AcceptCount) for group in everything.SkillGroupMetrics} == {
        group.id: (group.name, inbound.skill_groups[group.id].accepted.count) for group in center.skill_groups
    }
    assert everything.NumberMetrics[0].Metrics.AcceptCount == inbound.total.accepted.count
    assert [group.SkillGroupId for group in chosen.SkillGroupMetrics] == [2, 3]
    assert total.SkillGroupMetrics is None
    assert_known_fields(models.DescribeCallInMetricsResponse, everything)


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
async def test_statuses_are_the_truth(kind: str, method: str) -> None:
    async with (
        Emulator(EmulatorOptions(speed=0)) as emulator,
        sdk(emulator, kind, method, action=ActionName.STAFF_STATUS_METRICS) as ask,
    ):
        center = emulator.centers[DEFAULT_APPLICATION]
        everybody = await ask(SdkAppId=DEFAULT_APPLICATION)
        busy = await ask(SdkAppId=DEFAULT_APPLICATION, StatusList=["busy"], GroupIdList=[1, 2, 3])
    assert Counter(person.Status for person in everybody.Metrics) == center.staff_statuses()
    assert {person.Email for person in busy.Metrics} == {
        session.staff_member.email for session in center.sessions if session.staff_member is not None
    }
    assert_known_fields(models.DescribeStaffStatusMetricsResponse, everybody)


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
async def test_the_staff_is_the_truth(kind: str, method: str) -> None:
    async with (
        Emulator(EmulatorOptions(speed=0)) as emulator,
        sdk(emulator, kind, method, action=ActionName.STAFF_INFO_LIST) as ask,
    ):
        members = emulator.centers[DEFAULT_APPLICATION].staff.members
        first = await ask(SdkAppId=DEFAULT_APPLICATION, PageSize=50, PageNumber=0)
        second = await ask(SdkAppId=DEFAULT_APPLICATION, PageSize=50, PageNumber=1)
    assert first.TotalCount == len(members) > 100
    assert [
        (person.Mail, person.StaffNumber, tuple(group.SkillGroupId for group in person.SkillGroupList))
        for person in first.StaffList + second.StaffList
    ] == [(member.email, member.number, tuple(sorted(member.skill_groups))) for member in members[:100]]
    assert_known_fields(models.DescribeStaffInfoListResponse, first)


@pytest.mark.parametrize(("kind", "method"), CLIENTS)
@pytest.mark.parametrize(
    ("action", "code", "parameters"),
    [
        (ActionName.CALL_IN_METRICS, "InvalidParameterValue.InstanceNotExist", {"SdkAppId": 1}),
        (ActionName.STAFF_STATUS_METRICS, "InvalidParameterValue", {"StatusList": ["asleep"]}),
        (ActionName.STAFF_INFO_LIST, "MissingParameter", {"PageSize": 10}),
    ],
)
async def test_errors_of_the_other_actions_are_exceptions(
    kind: str, method: str, action: str, code: str, parameters: dict[str, object]
) -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator, sdk(emulator, kind, method, action=action) as ask:
        with pytest.raises(TencentCloudSDKException) as raised:
            await ask(**{"SdkAppId": DEFAULT_APPLICATION, **parameters})
    assert raised.value.get_code() == code


def assert_known_fields(kind: type, response: Any) -> None:
    """Read the response anew as its model: the SDK warns of fields that it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind()._deserialize(json.loads(response.to_json_string()))
