from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from itertools import pairwise
from typing import Any

import pytest

from exporter.staff.decode import MOST_MEMBERS
from exporter.staff.model import StaffMember, StaffReading, StaffStatus
from exporter.staff.reader import LIST_ACTION, LIST_PATIENCE, STATUS_ACTION, ApplicationStaff
from exporter.staff.refresh import INTERVAL, LONGEST_READING, SHORTEST_INTERVAL
from exporter.tencent.errors import (
    ApiError,
    BadBodyError,
    ConnectionFailedError,
    DnsError,
    HttpStatusError,
    RequestTimeoutError,
    TencentError,
)
from tests.api_answers import client_of, http_answer
from tests.fake_client import FakeClient, action
from tests.hostile import Server
from tests.virtual_time import run

REFUSED = ApiError("UnauthorizedOperation", "no")
PASSING = [
    ConnectionFailedError("reset"),
    RequestTimeoutError("no answer in time"),
    DnsError("no such name"),
    BadBodyError("what"),
    HttpStatusError(502),
    ApiError("InternalError", "sorry"),
    ApiError("RequestLimitExceeded", "slow down"),
]


class Center:
    """A contact center as its API shows it: who is there, who is on the list, and how asking for the list goes."""

    def __init__(self) -> None:
        self.there = ["ada@example.com"]
        self.listed = ["Ada@Example.com"]
        self.list_takes = 0.1
        self.listing: Callable[[], object] | None = None
        self.list_error: BaseException | None = None
        self.status_error: TencentError | None = None
        self.client = FakeClient(**{STATUS_ACTION: self._statuses, LIST_ACTION: self._list})
        self.staff = ApplicationStaff(
            self.client, action(STATUS_ACTION), action(LIST_ACTION), 1400000000, now=lambda: 1_700_000_007.0
        )

    async def _statuses(self, _: Mapping[str, Any]) -> object:
        await asyncio.sleep(0.1)
        if self.status_error:
            raise self.status_error
        return {"Metrics": [{"Email": email, "Status": "free"} for email in self.there]}

    async def _list(self, _: Mapping[str, Any]) -> object:
        await asyncio.sleep(self.list_takes)
        if self.list_error:
            raise self.list_error
        groups = [{"SkillGroupId": 12, "SkillGroupName": "Sales"}]
        members = [{"Mail": email, "StaffNumber": "0012", "SkillGroupList": groups} for email in self.listed]
        return {"TotalCount": len(members), "StaffList": members} if self.listing is None else self.listing()

    async def read(self, seconds: float = 10.0) -> StaffReading:
        return await self.staff.read(asyncio.get_running_loop().time() + seconds)

    async def read_for(self, seconds: float, every: float = 15.0) -> StaffReading:
        """Read again and again; return the last reading."""
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            reading = await self.read()
            await asyncio.sleep(every - reading.duration)
        return await self.read()

    @property
    def lists_read(self) -> int:
        return len(self.client.times_of(LIST_ACTION))


def within(scenario: Coroutine[Any, Any, None]) -> None:
    """Run a scenario, and see that it leaves no task behind."""

    async def checked() -> None:
        await scenario
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(checked())


def test_the_first_reading_has_the_list() -> None:
    async def scenario() -> None:
        reading = await Center().read()
        assert reading.members == (StaffStatus("ada@example.com", "ada@example.com", "free"),)
        assert reading.staff_list is not None
        assert reading.staff_list.members == {"ada@example.com": StaffMember("0012", (12,))}
        assert reading.staff_list.groups == {12: "Sales"}
        assert (reading.requests, reading.list_error) == (2, None)
        assert reading.at == pytest.approx(1000.1)
        assert reading.duration == pytest.approx(0.2)
        assert (reading.server_time, reading.finished) == (1_700_000_000.0, 1_700_000_007.0)

    within(scenario())


def test_the_list_is_read_again_every_ten_minutes_and_holds_nobody_up() -> None:
    async def scenario() -> None:
        center = Center()
        await center.read_for(INTERVAL - 60.0)
        assert center.lists_read == 1
        center.list_takes, center.listed = 20.0, ["ada@example.com", "bob@example.com"]
        while center.lists_read == 1:
            reading = await center.read_for(15.0)
            assert reading.duration == pytest.approx(0.1)
        assert reading.staff_list is not None
        assert len(reading.staff_list.members) == 1
        reading = await center.read_for(30.0)
        assert reading.staff_list is not None
        assert len(reading.staff_list.members) == 2
        first, second = center.client.times_of(LIST_ACTION)
        assert INTERVAL <= second - first < INTERVAL + 31.0

    within(scenario())


def test_an_email_that_the_list_lacks_has_it_read_again_at_most_once_a_minute() -> None:
    async def scenario() -> None:
        center = Center()
        await center.read()
        center.there.append("bob@example.com")
        await center.read_for(200.0)
        times = center.client.times_of(LIST_ACTION)
        assert len(times) == 4
        assert all(SHORTEST_INTERVAL <= later - earlier <= 75.0 for earlier, later in pairwise(times))
        center.listed.append("BOB@example.com")
        reading = await center.read_for(75.0)
        assert reading.staff_list is not None
        assert "bob@example.com" in reading.staff_list.members
        assert center.lists_read == 5
        await center.read_for(75.0)
        assert center.lists_read == 5

    within(scenario())


def test_somebody_without_an_email_does_not_have_it_read_again() -> None:
    async def scenario() -> None:
        center = Center()
        center.there.append("")
        await center.read_for(300.0)
        assert center.lists_read == 1

    within(scenario())


@pytest.mark.parametrize("error", PASSING, ids=lambda error: error.code)
def test_a_list_stays_in_use_where_reading_it_again_fails_in_passing(error: TencentError) -> None:
    async def scenario() -> None:
        center = Center()
        await center.read()
        center.list_error = error
        reading = await center.read_for(INTERVAL + 150.0)
        assert reading.staff_list is not None
        assert reading.list_error is None
        assert center.lists_read >= 3
        center.list_error = None
        tried = center.lists_read
        await center.read_for(300.0)
        assert center.lists_read == tried + 1

    within(scenario())


@pytest.mark.parametrize("error", [*PASSING, REFUSED], ids=lambda error: error.code)
def test_without_a_list_the_reading_tells_why_and_it_is_tried_again_every_minute(error: TencentError) -> None:
    async def scenario() -> None:
        center = Center()
        center.list_error = error
        reading = await center.read()
        assert (len(reading.members), reading.staff_list, reading.list_error) == (1, None, error)
        reading = await center.read_for(110.0)
        assert (reading.staff_list, reading.list_error, center.lists_read) == (None, error, 2)
        center.list_error = None
        reading = await center.read_for(75.0)
        assert reading.staff_list is not None
        assert reading.list_error is None

    within(scenario())


def test_a_list_that_is_refused_is_one_no_longer() -> None:
    async def scenario() -> None:
        center = Center()
        await center.read()
        center.list_error = REFUSED
        reading = await center.read_for(INTERVAL + 60.0)
        assert (len(reading.members), reading.staff_list, reading.list_error) == (1, None, REFUSED)
        await center.staff.close()

    within(scenario())


def test_the_first_reading_alone_waits_for_a_slow_list_and_not_for_long() -> None:
    async def scenario() -> None:
        center = Center()
        center.list_takes = 20.0
        reading = await center.read(30.0)
        assert reading.duration == pytest.approx(LIST_PATIENCE)
        assert (len(reading.members), reading.staff_list, reading.list_error) == (1, None, None)
        assert reading.at == pytest.approx(1000.1)
        assert (await center.read()).duration == pytest.approx(0.1)
        await asyncio.sleep(20.0)
        assert (await center.read()).staff_list is not None
        assert center.lists_read == 1

    within(scenario())


@pytest.mark.parametrize("counted", [None, 10**9])
def test_a_list_without_end_is_read_up_to_what_may_be(counted: int | None) -> None:
    async def scenario() -> None:
        center = Center()
        listed = [{"Mail": f"{number}@example.com"} for number in range(40_000)]
        center.listing = lambda: {"TotalCount": counted, "StaffList": listed}
        await center.read()
        assert center.lists_read == -(-MOST_MEMBERS // len(listed))

    within(scenario())


def test_the_deadline_ends_the_waiting_for_the_list() -> None:
    async def scenario() -> None:
        center = Center()
        center.list_takes = 3.0
        reading = await center.read(1.0)
        assert reading.duration == pytest.approx(1.0)
        assert reading.staff_list is None
        await center.staff.close()

    within(scenario())


def test_a_status_that_fails_is_raised_and_asks_for_no_list() -> None:
    async def scenario() -> None:
        center = Center()
        center.status_error = REFUSED
        with pytest.raises(ApiError):
            await center.read()
        assert center.lists_read == 0
        center.status_error = None
        assert (await center.read()).staff_list is not None

    within(scenario())


def test_closing_ends_what_goes_on_in_the_background() -> None:
    async def scenario() -> None:
        center = Center()
        center.list_takes = LONGEST_READING
        await center.read()
        await center.staff.close()
        await center.staff.close()

    within(scenario())
    within(Center().staff.close())


def test_cancelling_a_reading_ends_that_of_the_list() -> None:
    async def scenario() -> None:
        center = Center()
        center.list_takes = LONGEST_READING
        reading = asyncio.create_task(center.read())
        await asyncio.sleep(1.0)
        assert center.lists_read == 1
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.sleep(0)

    within(scenario())


def test_a_fault_of_the_exporter_is_raised_by_the_next_reading_once() -> None:
    async def scenario() -> None:
        center = Center()
        center.list_error = ZeroDivisionError()
        assert (await center.read()).staff_list is None
        with pytest.raises(ZeroDivisionError):
            await center.read()
        assert len((await center.read()).members) == 1
        assert center.lists_read == 1

    within(scenario())


async def test_over_the_network_statuses_are_joined_with_a_list_that_is_refused_first() -> None:
    refusal = {"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}
    statuses = {"Metrics": [{"Email": "ada@example.com", "Status": "free"}]}
    answers = http_answer(statuses, "1"), http_answer(refusal, "2"), http_answer(statuses, "3")
    async with Server(*answers) as server, client_of(server.url) as client:
        staff = ApplicationStaff(client, action(STATUS_ACTION), action(LIST_ACTION), 1400000000)
        readings = [await staff.read(asyncio.get_running_loop().time() + 10.0) for _ in range(2)]
        await staff.close()
    for reading in readings:
        assert (len(reading.members), reading.staff_list) == (1, None)
        assert reading.list_error is not None
        assert reading.list_error.code == "UnauthorizedOperation"
    assert [reading.requests for reading in readings] == [2, 1]
    assert server.bodies[1] == b'{"SdkAppId":1400000000,"PageSize":500,"PageNumber":0}'
