from __future__ import annotations

import asyncio
import gc
import weakref

import structlog

from exporter.tencent.limiters import RateLimiters
from exporter.tencent.rate_limiter import Permit, RateLimiter
from tests.virtual_time import run

ENDPOINT = "https://ccc.tencentcloudapi.com/"


def limiter(limiters: RateLimiters, account: str = "main", **changes: object) -> RateLimiter:
    parts = {"endpoint": ENDPOINT, "identity": "AKIDa", "action": "List", "requests_per_second": 20, **changes}
    return limiters.get(
        str(parts["endpoint"]),
        str(parts["identity"]),
        str(parts["action"]),
        account=account,
        requests_per_second=int(str(parts["requests_per_second"])),
    )


async def test_accounts_with_one_identity_share_a_limiter_and_the_smallest_rate_holds() -> None:
    limiters = RateLimiters()
    with structlog.testing.capture_logs() as logs:
        first = limiter(limiters)
        assert limiter(limiters, "second", requests_per_second=10) is first
        assert limiter(limiters, "second", requests_per_second=10) is first
        assert limiter(limiters, "third", requests_per_second=50) is first
    assert first.configured == 10
    assert [(log["accounts"], log["requests_per_second"]) for log in logs] == [
        ("main, second", 10),
        ("main, second, third", 10),
    ]
    assert "AKIDa" not in str(logs)


async def test_another_endpoint_identity_or_action_has_a_limiter_of_its_own() -> None:
    limiters = RateLimiters()
    others = [
        limiter(limiters),
        limiter(limiters, endpoint="https://ccc.ap-guangzhou.tencentcloudapi.com/"),
        limiter(limiters, identity="AKIDb"),
        limiter(limiters, action="Staff"),
    ]
    assert len(set(map(id, others))) == 4


def take_all(one: RateLimiter) -> list[Permit]:
    """Take all permits that are free, and send a request with each."""
    permits = []
    while permit := one.try_acquire():
        permit.sent()
        permits.append(permit)
    return permits


async def test_the_smallest_rate_of_those_that_are_there_now_holds() -> None:
    limiters = RateLimiters()
    shared = limiter(limiters)
    limiter(limiters, "second", requests_per_second=5)
    limiter(limiters, "third", requests_per_second=10)
    assert shared.configured == 5
    limiter(limiters, "second", requests_per_second=15)
    assert shared.configured == 10
    limiters.forget(ENDPOINT, "third")
    assert shared.configured == 15
    limiters.forget("https://elsewhere.example/", "second")
    assert shared.configured == 15
    limiters.forget(ENDPOINT, "second")
    assert shared.configured == 20
    assert limiter(limiters) is shared


async def test_an_account_with_another_identity_leaves_the_limiter_of_the_one_before() -> None:
    limiters = RateLimiters()
    shared = limiter(limiters, requests_per_second=5)
    limiter(limiters, "second")
    assert limiter(limiters, requests_per_second=5, identity="AKIDb").configured == 5
    assert shared.configured == 20
    limiter(limiters, requests_per_second=7, action="Staff")
    assert limiter(limiters, requests_per_second=5, identity="AKIDb").configured == 5


def test_a_limiter_that_nobody_uses_is_kept_until_its_permits_are_back() -> None:
    async def scenario() -> None:
        limiters = RateLimiters()
        left = limiter(limiters)
        for permit in take_all(left):
            permit.answered()
            permit.release()
        limiters.forget(ENDPOINT, "main")
        assert limiter(limiters, "renamed", requests_per_second=30) is left
        assert len(take_all(left)) == 10
        limiters.forget(ENDPOINT, "renamed")
        await asyncio.sleep(2)
        limiters.forget(ENDPOINT, "nobody")
        assert limiter(limiters, "late") is left, "ten requests have not been answered yet"

    run(scenario())


def test_a_limiter_that_nobody_uses_and_that_has_all_its_permits_is_forgotten() -> None:
    async def scenario() -> None:
        limiters = RateLimiters()
        left = limiter(limiters)
        for permit in take_all(left):
            permit.release()
        await asyncio.sleep(2)
        limiters.forget(ENDPOINT, "main")
        assert limiter(limiters) is not left

    run(scenario())


def test_the_limiters_of_keys_that_an_account_has_exchanged_are_forgotten() -> None:
    async def scenario() -> None:
        limiters = RateLimiters()
        first = weakref.ref(limiter(limiters, identity="AKIDfirst"))
        for identity in ("AKIDsecond", "AKIDthird"):
            limiter(limiters, identity=identity)
        gc.collect()
        assert first() is None

    run(scenario())


def test_a_limiter_that_has_been_throttled_stays_so_for_the_account_that_comes_next() -> None:
    async def scenario() -> None:
        limiters = RateLimiters()
        left = limiter(limiters)
        left.throttled()
        limiters.forget(ENDPOINT, "main")
        next_one = limiter(limiters, "renamed")
        assert next_one is left
        assert next_one.in_force < 20

    run(scenario())
