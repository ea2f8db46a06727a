from __future__ import annotations

import asyncio
import gc

import pytest
import structlog

from exporter.tencent.credential_sources.renewal import (
    LONGEST_PAUSE,
    REFUSAL_PAUSE,
    RenewedCredentials,
    SourceAbsentError,
    TemporaryKey,
)
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.secret import Secret
from tests import virtual_time

UNIX = 1_700_000_000.0
"""What the wall clock shows when the clock of the event loop is at 0."""


class Cloud:
    """Hands out keys. `failure` is what it fails with, `takes` how many seconds it takes."""

    def __init__(self, life: float = 7200.0) -> None:
        self.life = life
        self.takes = 0.0
        self.failure: NoCredentialsError | None = None
        self.is_stuck = False
        self.asked: list[float] = []
        self.expires = 0.0
        self.number = 0

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def fetch(self) -> TemporaryKey:
        self.asked.append(self.now)
        await asyncio.sleep(self.takes)
        if self.failure is not None:
            raise self.failure
        if not self.is_stuck:
            self.number += 1
            self.expires = self.now + self.life
        credentials = Credentials(
            f"AKID{self.number}", Secret(f"hush{self.number}"), Secret("tok"), "role", source="the cloud"
        )
        return TemporaryKey(credentials, UNIX + self.expires, self.expires - self.now)

    def credentials(self) -> RenewedCredentials:
        return RenewedCredentials(self.fetch, account="main", chance=lambda: 1.0)


@pytest.mark.parametrize(
    ("life", "renewed_after"), [(43_200.0, 38_880.0), (7200.0, 6480.0), (1800.0, 1500.0), (600.0, 300.0)]
)
def test_a_key_is_renewed_a_tenth_of_its_life_ahead_and_five_minutes_at_least(
    life: float, renewed_after: float
) -> None:
    async def scenario() -> None:
        cloud = Cloud(life)
        credentials = cloud.credentials()
        assert (await credentials.get()).secret_id == "AKID1"
        started = cloud.now
        await asyncio.sleep(renewed_after - 1)
        assert (await credentials.get()).secret_id == "AKID1"
        assert credentials.expiry == UNIX + started + life
        await asyncio.sleep(2)
        assert credentials.current() == await credentials.get()
        assert (await credentials.get()).secret_id == "AKID2"
        assert cloud.asked == [started, started + renewed_after]
        assert credentials.expiry == UNIX + started + renewed_after + life
        await credentials.aclose()

    virtual_time.run(scenario())


@pytest.mark.parametrize(("life", "most"), [(299.0, 61), (60.0, 121), (1.0, 3601)])
def test_keys_that_live_shorter_than_that_are_there_all_the_same_without_haste(life: float, most: int) -> None:
    async def scenario() -> None:
        cloud = Cloud(life)
        credentials = cloud.credentials()
        for _ in range(3600):
            await credentials.get()
            await asyncio.sleep(1)
        await credentials.aclose()
        assert len(cloud.asked) <= most

    virtual_time.run(scenario())


def test_a_cloud_that_gives_the_same_key_again_is_asked_every_minute_until_there_is_another() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        await credentials.get()
        cloud.is_stuck = True
        await asyncio.sleep(6480 + 181)
        assert [later - earlier for earlier, later in zip(cloud.asked[1:], cloud.asked[2:], strict=False)] == [60.0] * 3
        cloud.is_stuck = False
        await asyncio.sleep(60)
        assert (await credentials.get()).secret_id == "AKID2"
        asked = len(cloud.asked)
        await asyncio.sleep(6000)
        assert len(cloud.asked) == asked
        await credentials.aclose()

    virtual_time.run(scenario())


def test_all_who_ask_wait_for_one_answer() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        cloud.takes = 1.5
        credentials = cloud.credentials()
        found = await asyncio.gather(*(credentials.get() for _ in range(50)))
        assert {one.secret_id for one in found} == {"AKID1"}
        assert len(cloud.asked) == 1
        await credentials.aclose()

    virtual_time.run(scenario())


def test_whoever_gives_up_waiting_gives_up_alone() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        cloud.takes = 1.5
        credentials = cloud.credentials()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await credentials.get()
        assert (await credentials.get()).secret_id == "AKID1"
        assert len(cloud.asked) == 1
        await credentials.aclose()

    virtual_time.run(scenario())


def test_while_renewing_fails_the_old_key_is_used_to_its_end() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        await credentials.get()
        cloud.failure = NoCredentialsError("STS is down")
        end = cloud.now + 7200
        while cloud.now < end - 1:
            assert (await credentials.get()).secret_id == "AKID1"
            await asyncio.sleep(1)
        pauses = [later - earlier for earlier, later in zip(cloud.asked[1:], cloud.asked[2:], strict=False)]
        assert pauses[:5] == [5.0, 10.0, 20.0, 40.0, 60.0]
        assert set(pauses[5:]) == {LONGEST_PAUSE}
        await asyncio.sleep(2)
        # The alert goes on with what has expired.
        assert credentials.expiry == UNIX + end
        assert credentials.current() is None
        asked = len(cloud.asked)
        for _ in range(10):
            with pytest.raises(NoCredentialsError, match="STS is down"):
                await credentials.get()
        assert len(cloud.asked) == asked
        cloud.failure = None
        await asyncio.sleep(LONGEST_PAUSE)
        assert credentials.current() is not None
        await credentials.aclose()

    with structlog.testing.capture_logs() as logs:
        virtual_time.run(scenario())
    assert [(log["log_level"], log["event"]) for log in logs] == [
        ("info", "temporary key obtained"),
        ("warning", "cannot renew the temporary key, still trying"),
        ("info", "temporary key renewed again"),
    ]
    assert logs[1]["error"] == "STS is down"
    assert logs[1]["expires_in"] == "12m"
    assert "hush" not in str(logs)
    assert "AKID" not in str(logs)


def test_a_first_failure_is_told_to_all_and_not_repeated_at_each_request() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        cloud.failure = NoCredentialsError("STS is down")
        credentials = cloud.credentials()
        for _ in range(600):
            with pytest.raises(NoCredentialsError, match="STS is down"):
                await credentials.get()
            await asyncio.sleep(1)
        assert len(cloud.asked) <= 4 + 600 / LONGEST_PAUSE
        assert credentials.expiry is None
        cloud.failure = None
        await asyncio.sleep(LONGEST_PAUSE)
        assert (await credentials.get()).secret_id == "AKID1"
        await credentials.aclose()

    virtual_time.run(scenario())


@pytest.mark.parametrize("is_likely_to_last", [True, False])
def test_a_source_that_is_not_there_is_asked_again_and_at_once_after_a_reload(is_likely_to_last: bool) -> None:
    async def scenario() -> None:
        cloud = Cloud()
        cloud.takes = 2.0
        cloud.failure = SourceAbsentError("no cloud", is_likely_to_last=is_likely_to_last)
        credentials = cloud.credentials()
        for scrape in range(100):
            asked = cloud.now
            with pytest.raises(SourceAbsentError, match="no cloud"):
                await credentials.get()
            assert cloud.now - asked <= 2.0
            assert (cloud.now == asked) or not is_likely_to_last or scrape == 0
            await asyncio.sleep(15)
        assert 10 < len(cloud.asked) < 100
        before = len(cloud.asked)
        credentials.look_again()
        with pytest.raises(SourceAbsentError):
            await credentials.get()
        with pytest.raises(SourceAbsentError):
            await credentials.get()
        assert len(cloud.asked) == before + 1

    virtual_time.run(scenario())


def test_a_network_that_comes_up_late_needs_no_reload() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        cloud.failure = SourceAbsentError("no cloud", is_likely_to_last=True)
        credentials = cloud.credentials()
        with pytest.raises(SourceAbsentError):
            await credentials.get()
        cloud.failure = None
        await asyncio.sleep(LONGEST_PAUSE)
        with pytest.raises(SourceAbsentError):
            await credentials.get()
        await asyncio.sleep(1.0)
        assert (await credentials.get()).secret_id == "AKID1"
        await credentials.aclose()

    virtual_time.run(scenario())


def test_a_cloud_that_was_there_is_not_taken_to_have_gone() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        await credentials.get()
        cloud.failure = SourceAbsentError("no cloud", is_likely_to_last=True)
        await asyncio.sleep(7201)
        with pytest.raises(SourceAbsentError):
            await credentials.get()
        credentials.look_again()
        cloud.failure = None
        await asyncio.sleep(LONGEST_PAUSE)
        assert (await credentials.get()).secret_id == "AKID2"
        await credentials.aclose()

    virtual_time.run(scenario())


def test_a_refused_key_is_renewed_once_whoever_tells_of_it() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        first = await credentials.get()
        cloud.takes = 1.0
        assert await asyncio.gather(*(credentials.renew(first) for _ in range(20))) == [True] * 20
        assert len(cloud.asked) == 2
        assert await credentials.renew(first)
        second = await credentials.get()
        assert second.secret_id == "AKID2"
        assert not await credentials.renew(second)
        assert len(cloud.asked) == 2
        await asyncio.sleep(REFUSAL_PAUSE)
        assert await credentials.renew(second)
        assert len(cloud.asked) == 3
        await credentials.aclose()

    virtual_time.run(scenario())


def test_a_refused_key_that_cannot_be_renewed() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        first = await credentials.get()
        cloud.is_stuck = True
        assert not await credentials.renew(first)
        await asyncio.sleep(REFUSAL_PAUSE)
        cloud.failure = NoCredentialsError("STS is down")
        assert not await credentials.renew(first)
        assert await credentials.get() == first
        await credentials.aclose()

    virtual_time.run(scenario())


def test_nothing_goes_on_after_closing() -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        await credentials.get()
        await credentials.aclose()
        await asyncio.sleep(100_000)
        assert len(cloud.asked) == 1
        await cloud.credentials().aclose()

        cloud.takes = 10.0
        credentials = cloud.credentials()
        waiting = asyncio.create_task(credentials.get())
        await asyncio.sleep(1)
        await credentials.aclose()
        with pytest.raises(NoCredentialsError, match="not in use any more"):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual_time.run(scenario())


def test_a_failure_that_nobody_waits_for_is_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cloud = Cloud()
        credentials = cloud.credentials()
        await credentials.get()
        cloud.failure = NoCredentialsError("STS is down")
        await asyncio.sleep(8000)
        await credentials.aclose()

    virtual_time.run(scenario())
    gc.collect()
    assert caplog.records == []
