"""An event loop whose clock stands still while there is work, and jumps to the next timer when there is none."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing is going to happen")
        self._loop.now += max(0.0, timeout)
        return super().select(0)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on a virtual clock that starts at 1000 s."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)


def skip(seconds: float) -> None:
    """Have the clock of the running loop, of whatever kind, jump ahead."""
    loop = asyncio.get_running_loop()
    own_time = type(loop).time
    ahead = loop.time() - own_time(loop) + seconds
    loop.time = lambda: own_time(loop) + ahead  # type: ignore[method-assign]
