from __future__ import annotations

import asyncio

import pytest

from exporter.tencent.errors import (
    PASSING,
    ApiError,
    BadBodyError,
    ConnectionFailedError,
    HttpStatusError,
    TencentError,
)
from exporter.tencent.retry import pause_before, with_retries
from tests.virtual_time import run


def attempts_until_given_up(error: TencentError, deadline: float = 60.0) -> tuple[int, float]:
    """Return how often a request that always fails is sent, and the seconds that this takes."""

    async def scenario() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        start, attempts = loop.time(), 0

        async def send() -> None:
            nonlocal attempts
            attempts += 1
            raise error

        with pytest.raises(type(error)):
            await with_retries(send, start + deadline, lambda: 1.0)
        return attempts, loop.time() - start

    return run(scenario())


@pytest.mark.parametrize(
    "error",
    [
        ApiError("RequestLimitExceeded", ""),
        ApiError("RequestLimitExceeded.UinLimitExceeded", ""),
        ApiError("InternalError", ""),
        ApiError("InternalError.Database", ""),
        ApiError("ServiceUnavailable", ""),
        HttpStatusError(408),
        HttpStatusError(429),
        HttpStatusError(502),
        ConnectionFailedError("reset"),
    ],
    ids=str,
)
def test_passing_failures_are_tried_again(error: TencentError) -> None:
    attempts, seconds = attempts_until_given_up(error)
    assert attempts == 1 + PASSING
    assert seconds == pytest.approx(0.2 + 0.4 + 0.8 + 1.6)


@pytest.mark.parametrize(
    "error",
    [
        ApiError("AuthFailure.SignatureFailure", ""),
        ApiError("AuthFailure", ""),
        ApiError("UnauthorizedOperation.CamNoAuth", ""),
        ApiError("FailedOperation.PermissionDenied", ""),
        ApiError("InvalidParameterValue", ""),
        ApiError("MissingParameter", ""),
        ApiError("LimitExceeded.OutOfCountLimit", ""),
        HttpStatusError(404),
    ],
    ids=str,
)
def test_lasting_failures_are_not(error: TencentError) -> None:
    assert attempts_until_given_up(error) == (1, 0.0)


@pytest.mark.parametrize(
    "error", [BadBodyError("no JSON"), ApiError("AuthFailure.SignatureExpire", "", clock_offset=400)]
)
def test_some_are_tried_again_once(error: TencentError) -> None:
    attempts, seconds = attempts_until_given_up(error)
    assert attempts == 2
    assert seconds == pytest.approx(0.2)


def test_what_fails_on_a_stale_connection_is_repeated_at_once_and_once_for_nothing() -> None:
    error = ConnectionFailedError("reset")
    error.is_stale = True
    attempts, seconds = attempts_until_given_up(error)
    assert attempts == 2 + PASSING
    assert seconds == pytest.approx(0.2 + 0.4 + 0.8 + 1.6)


def test_no_pause_reaches_beyond_the_deadline() -> None:
    attempts, seconds = attempts_until_given_up(HttpStatusError(500), deadline=1.0)
    assert attempts == 3
    assert seconds < 1.0


def test_success_after_a_failure() -> None:
    async def scenario() -> str:
        answers = iter([ConnectionFailedError("reset"), None])

        async def send() -> str:
            if error := next(answers):
                raise error
            return "answer"

        return await with_retries(send, asyncio.get_running_loop().time() + 10)

    assert run(scenario()) == "answer"


def test_pauses_double_are_spread_and_bounded() -> None:
    assert [pause_before(attempt, 1.0) for attempt in range(2, 8)] == pytest.approx([0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert pause_before(2, 0.0) == pytest.approx(0.1)
