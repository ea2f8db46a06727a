"""When a failed request is sent once more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from exporter.tencent.errors import TencentError

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0

Result = TypeVar("Result")


def pause_before(attempt: int, chance: float) -> float:
    """Return the seconds to wait before an attempt (2 for the first repetition).

    The pause doubles from attempt to attempt and is spread by `chance`, from 0 to 1, over its upper half, so that
    clients that failed together do not come back together.
    """
    longest = min(FIRST_PAUSE * 2.0 ** (attempt - 2), LONGEST_PAUSE)
    return longest * (0.5 + chance / 2)


async def with_retries(
    send: Callable[[], Awaitable[Result]], deadline: float, chance: Callable[[], float] = random.random
) -> Result:
    """Call `send` until it succeeds, fails for good, or has failed too often.

    The first failure on a stale connection says nothing of the server: the repetition goes out without a pause, and
    does not count. `deadline` is a time of the running loop's clock: no pause reaches beyond it. Raises the last
    TencentError.
    """
    loop = asyncio.get_running_loop()
    attempt = 1
    has_met_stale_connection = False
    while True:
        try:
            return await send()
        except TencentError as error:
            if error.is_stale and not has_met_stale_connection and loop.time() < deadline:
                has_met_stale_connection = True
                continue
            pause = pause_before(attempt + 1, chance())
            if attempt > error.repetitions or loop.time() + pause >= deadline:
                raise
        attempt += 1
        await asyncio.sleep(pause)
