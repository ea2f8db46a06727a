from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import structlog

from exporter.collection import CachePolicy, Collection
from exporter.collectors import SessionCollector
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.application import ApplicationIdentity
from exporter.metrics.series import families
from exporter.metrics.session_metrics import SessionMetrics
from exporter.metrics.staff import StaffTrackerOptions
from exporter.sessions.model import Page, Session, Snapshot
from exporter.tencent.errors import ApiError, ConnectionFailedError, HttpStatusError, RequestTimeoutError
from tests.metrics.samples import samples_of
from tests.virtual_time import run

IDENTITY = ApplicationIdentity("support", "main", 1400000000)
EPOCH = 1_700_000_000.0


class ScriptedList:
    """A list of which each reading takes `seconds`, its first page half of that, and then fails or succeeds."""

    def __init__(self) -> None:
        self.readings = 0
        self.seconds = 1.0
        self.error: BaseException | None = None
        self.fails_before_first_page = False

    async def read(self, deadline: float, first_page: Callable[[Page], None]) -> Snapshot:
        self.readings += 1
        number, error, seconds = self.readings, self.error, self.seconds
        await asyncio.sleep(seconds / 2)
        if not self.fails_before_first_page:
            first_page(Page(0, 100 + number, (), 0.0))
        await asyncio.sleep(seconds / 2)
        if error is not None:
            raise error
        now = EPOCH + asyncio.get_running_loop().time()
        session = Session("a", "inProgress", "inbound", now - 50, now - 40)
        return Snapshot(
            sessions=(session,) * number,
            total=number,
            complete=True,
            requests=1,
            server_time=now,
            finished=now,
            at=asyncio.get_running_loop().time(),
            duration=seconds,
        )


class Scene:
    """A collection, and a person who scrapes it."""

    def __init__(self, min_interval: float = 1.0, max_staleness: float = 120.0) -> None:
        self.list = ScriptedList()
        self.stopping = asyncio.Event()
        self.collection = Collection(
            IDENTITY,
            SessionCollector(self.list, SessionMetrics(IDENTITY.name, StaffTrackerOptions((), 0.0, 1))),
            cache_policy=CachePolicy(min_interval, max_staleness),
            stopping=self.stopping,
            internal_errors=InternalErrorLog(asyncio.get_running_loop().time),
            now=lambda: EPOCH + asyncio.get_running_loop().time(),
        )

    async def scrape(self, budget: float = 9.5) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        series = await self.collection.collect(start + budget)
        shown = {
            sample.name.removeprefix("tccc_"): sample.value
            for family in families(series)
            if family.name
            in {"tccc_up", "tccc_active_sessions", "tccc_snapshot_complete", "tccc_snapshot_timestamp_seconds"}
            for sample in samples_of(family)
        }
        return {**shown, "took": loop.time() - start}


def play(script: Callable[[Scene], Coroutine[Any, Any, None]], **options: float) -> None:
    async def scenario() -> None:
        scene = Scene(**options)
        await script(scene)
        await scene.collection.close()

    run(scenario())


def test_a_scrape_waits_for_its_snapshot() -> None:
    async def script(scene: Scene) -> None:
        assert await scene.scrape() == {
            "up": 1,
            "active_sessions": 1,
            "snapshot_complete": 1,
            "snapshot_timestamp_seconds": EPOCH + 1001,
            "took": 1,
        }

    play(script)


def test_a_snapshot_younger_than_min_interval_is_served_again() -> None:
    async def script(scene: Scene) -> None:
        first = await scene.scrape()
        await asyncio.sleep(0.9)
        assert await scene.scrape() == {**first, "took": 0}
        await asyncio.sleep(0.1)
        assert (await scene.scrape())["active_sessions"] == 2

    play(script)


def test_scrapes_share_the_collection_under_way_each_with_its_own_deadline() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds = 5.0
        impatient, patient = await asyncio.gather(scene.scrape(2.0), scene.scrape(9.0))
        assert (impatient["up"], impatient["took"]) == (0, 2)
        assert (patient["up"], patient["took"]) == (1, 5)
        assert scene.list.readings == 1

    play(script)


def test_a_client_that_hangs_up_ends_nothing() -> None:
    async def script(scene: Scene) -> None:
        hanging_up = asyncio.create_task(scene.scrape())
        staying = asyncio.create_task(scene.scrape())
        await asyncio.sleep(0.5)
        hanging_up.cancel()
        assert (await staying)["up"] == 1
        assert scene.list.readings == 1

    play(script)


def test_while_a_collection_overruns_the_last_snapshot_is_shown_whole_until_it_is_too_old() -> None:
    async def script(scene: Scene) -> None:
        first = await scene.scrape()
        scene.list.seconds = 200.0
        await asyncio.sleep(10)
        assert await scene.scrape(5.0) == {**first, "took": 5}
        await asyncio.sleep(40)
        stale = await scene.scrape(5.0)
        assert stale == {"up": 0, "snapshot_timestamp_seconds": first["snapshot_timestamp_seconds"], "took": 5}
        await asyncio.sleep(60)
        assert (await scene.scrape(5.0))["active_sessions"] == 102
        assert (await scene.scrape(100.0))["up"] == 1
        assert scene.list.readings == 2

    play(script, max_staleness=60.0)


def test_an_overrunning_collection_serves_the_next_scrape() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds = 12.0
        assert await scene.scrape(9.5) == {"up": 0, "active_sessions": 101, "took": 9.5}
        await asyncio.sleep(2.0)
        assert (await scene.scrape(9.5))["took"] == pytest.approx(0.5)
        assert scene.list.readings == 1

    play(script, max_staleness=60.0)


@pytest.mark.parametrize("error", [ApiError("InternalError", "down"), RuntimeError("a fault of ours")])
def test_a_failed_collection_shows_nothing_stale(error: Exception) -> None:
    async def script(scene: Scene) -> None:
        first = await scene.scrape()
        await asyncio.sleep(5)
        scene.list.error = error
        timestamp = first["snapshot_timestamp_seconds"]
        assert await scene.scrape() == {
            "up": 0,
            "active_sessions": 102,
            "snapshot_timestamp_seconds": timestamp,
            "took": 1,
        }
        scene.list.fails_before_first_page = True
        assert await scene.scrape() == {"up": 0, "snapshot_timestamp_seconds": timestamp, "took": 1}
        scene.list.seconds = 30.0
        assert await scene.scrape(5.0) == {"up": 0, "snapshot_timestamp_seconds": timestamp, "took": 5}

    with structlog.testing.capture_logs():
        play(script)


def test_recovery_after_a_failure() -> None:
    async def script(scene: Scene) -> None:
        scene.list.error = HttpStatusError(502)
        assert (await scene.scrape())["up"] == 0
        scene.list.error = None
        assert (await scene.scrape())["up"] == 1

    play(script)


def test_stopping_answers_at_once_with_what_is_known() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds = 30.0
        asyncio.get_running_loop().call_later(2.0, scene.stopping.set)
        assert await scene.scrape() == {"up": 0, "took": 2}
        assert (await scene.scrape())["took"] == 0

    play(script)


def test_an_answer_that_does_not_come_is_told_once() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds = 30.0
        await asyncio.gather(scene.scrape(2.0), scene.scrape(3.0), scene.scrape(4.0))

    with structlog.testing.capture_logs() as logs:
        play(script)
    told = [(log["log_level"], log["event"]) for log in logs if log["log_level"] != "debug"]
    assert told == [("warning", "collection takes longer than the scrape waits for it; continuing in background")]


def test_the_log_tells_what_changes_and_no_more() -> None:
    async def script(scene: Scene) -> None:
        for error in (None, None, ApiError("AuthFailure.SecretIdNotFound", "no such key", request_id="r-1"), None):
            scene.list.error = error
            await scene.scrape()
            await scene.scrape()
            await asyncio.sleep(2)
        scene.list.error = RuntimeError("a fault of ours")
        await scene.scrape()

    with structlog.testing.capture_logs() as logs:
        play(script)
    logs = [log for log in logs if log["event"] != "collection started"]
    told = [(log["log_level"], log["event"], log.get("code"), log.get("sessions")) for log in logs]
    assert told == [
        ("info", "collection succeeded", None, 1),
        ("debug", "collection succeeded", None, 2),
        ("error", "collection failed", "AuthFailure.SecretIdNotFound", None),
        ("debug", "collection failed", "AuthFailure.SecretIdNotFound", None),
        ("info", "collection succeeded", None, 5),
        ("error", "collection failed: internal error, please report", None, None),
    ]
    first, second, failed, _, recovered, *_ = logs
    assert {**first, "log_level": "debug", "sessions": 2} == second
    assert first == {
        "application": "support",
        "sdk_app_id": 1400000000,
        "collector": "sessions",
        "event": "collection succeeded",
        "log_level": "info",
        "sessions": 1,
        "requests": 1,
        "repairs": 0,
        "duration": "1s",
        "complete": True,
    }
    assert failed["application"] == "support"
    assert failed["sdk_app_id"] == 1400000000
    assert failed["error"] == "no such key"
    assert failed["request_id"] == "r-1"
    assert failed["advice"].startswith("wrong key")
    assert "failing_for" not in failed
    assert recovered["failed_for"] == "4s"


def test_a_failure_that_lasts_is_told_with_its_age_and_the_recovery_with_how_long_it_took() -> None:
    async def script(scene: Scene) -> None:
        for minute in range(26):
            # Two of them take turns, as those of a bad network do.
            scene.list.error = ApiError("InternalError", "down") if minute % 2 else HttpStatusError(502)
            await scene.scrape()
            await asyncio.sleep(59)
        scene.list.error = None
        await scene.scrape()

    with structlog.testing.capture_logs() as logs:
        play(script)
    told = [
        (log["event"], log.get("code"), log.get("failing_for"), log.get("failed_for"))
        for log in logs
        if log["log_level"] in {"error", "info"}
    ]
    assert told == [
        ("collection failed", "http_502", None, None),
        ("collection failed", "InternalError", "1m", None),
        ("collection failed", "http_502", "10m", None),
        ("collection failed", "InternalError", "11m", None),
        ("collection failed", "http_502", "20m", None),
        ("collection failed", "InternalError", "21m", None),
        ("collection succeeded", None, None, "26m"),
    ]


def test_a_fault_of_the_exporter_that_lasts_is_told_with_its_age() -> None:
    async def script(scene: Scene) -> None:
        for _ in range(11):
            scene.list.error = RuntimeError("a fault of ours")
            await scene.scrape()
            await asyncio.sleep(59)

    with structlog.testing.capture_logs() as logs:
        play(script)
    assert [log.get("failing_for") for log in logs if log["log_level"] == "error"] == [None, "10m"]


def test_a_refused_key_is_told_with_where_it_came_from() -> None:
    async def script(scene: Scene) -> None:
        scene.list.error = ApiError(
            "AuthFailure.SecretIdNotFound", "no such key", key_source="secret_key_file /run/key"
        )
        await scene.scrape()

    with structlog.testing.capture_logs() as logs:
        play(script)
    assert logs[-1]["key_source"] == "secret_key_file /run/key"


def test_how_long_it_has_been_failing() -> None:
    async def script(scene: Scene) -> None:
        assert scene.collection.failing_since is None
        scene.list.error = HttpStatusError(502)
        for _ in range(3):
            await scene.scrape()
            await asyncio.sleep(9)
            assert scene.collection.failing_since == EPOCH + 1001
        scene.list.error = None
        await scene.scrape()
        assert scene.collection.failing_since is None
        assert scene.collection.last_failure is not None

    with structlog.testing.capture_logs():
        play(script)


def errors_told(script: Callable[[Scene], Coroutine[Any, Any, None]]) -> list[str]:
    with structlog.testing.capture_logs() as logs:
        play(script)
    return [log["event"] for log in logs if log["log_level"] == "error"]


@pytest.mark.parametrize(
    "error", [RuntimeError("a fault of ours"), ApiError("InternalError", "down"), asyncio.CancelledError()]
)
def test_what_goes_on_failing_is_told_once_in_ten_minutes(error: BaseException) -> None:
    async def script(scene: Scene) -> None:
        await scene.scrape()
        scene.list.error = error
        for _ in range(150):
            await asyncio.sleep(9)
            assert (await scene.scrape())["up"] == 0

    assert len(errors_told(script)) == 3


def test_kinds_of_failure_that_take_turns_are_told_once_in_ten_minutes_each() -> None:
    async def script(scene: Scene) -> None:
        await scene.scrape()
        for number in range(100):
            scene.list.error = ApiError("InternalError", "down") if number % 2 else ConnectionFailedError("refused")
            await scene.scrape()
            await asyncio.sleep(2)

    assert len(errors_told(script)) == 2


def test_an_endpoint_that_hangs_is_told_of_once_in_ten_minutes() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds, scene.list.error = 120.0, RequestTimeoutError("no answer in time")
        for _ in range(100):
            assert (await scene.scrape())["up"] == 0
            await asyncio.sleep(5)

    with structlog.testing.capture_logs() as logs:
        play(script)
    told = [log["event"] for log in logs if log["log_level"] != "debug"]
    overrun = "collection takes longer than the scrape waits for it; continuing in background"
    assert sorted(told) == ["collection failed"] * 3 + [overrun] * 3


def test_a_fault_that_comes_and_goes_is_told_once_in_ten_minutes_too() -> None:
    async def script(scene: Scene) -> None:
        for number in range(100):
            scene.list.error = RuntimeError("a fault of ours") if number % 2 else None
            await scene.scrape()
            await asyncio.sleep(2)

    assert len(errors_told(script)) == 1


def test_a_kept_failure_holds_nothing_that_was_read() -> None:
    async def script(scene: Scene) -> None:
        scene.list.error = ApiError("InternalError", "down")
        await scene.scrape()
        assert scene.collection.last_failure is not None
        error: BaseException | None = scene.collection.last_failure.error
        while error is not None:
            assert error.__traceback__ is None
            error = error.__context__

    with structlog.testing.capture_logs():
        play(script)


def test_a_reading_given_up_at_the_end_is_no_failure() -> None:
    async def script(scene: Scene) -> None:
        scene.list.seconds = 30.0
        await scene.scrape(2.0)
        await scene.collection.close()
        assert scene.collection.last_failure is None

    assert errors_told(script) == []


def test_how_long_it_takes_is_known_while_it_lasts_and_afterwards() -> None:
    async def script(scene: Scene) -> None:
        assert not scene.collection.takes_longer_than(3.0)
        scene.list.seconds = 5.0
        await scene.scrape(3.5)
        assert scene.collection.takes_longer_than(3.0)
        assert not scene.collection.takes_longer_than(4.0)
        await scene.scrape()
        assert scene.collection.takes_longer_than(4.0)
        scene.list.seconds = 1.0
        await asyncio.sleep(2.0)
        await scene.scrape()
        assert not scene.collection.takes_longer_than(3.0)

    play(script)
