"""What happens when: a queue of events, and the time that it has come to."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Events:
    """Events in the order of their times, and of their scheduling where times are equal.

    Times are seconds since the start of the center.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._numbers = count()

    def schedule(self, delay: float, handler: Callable[..., None], *arguments: object) -> None:
        """Call the handler `delay` seconds from now."""
        heapq.heappush(self._events, (self.now + delay, next(self._numbers), handler, arguments))

    def run_until(self, end: float) -> None:
        """Let everything happen up to a time; one already passed changes nothing."""
        events = self._events
        while events and events[0][0] <= end:
            self.now, _, handler, arguments = heapq.heappop(events)
            handler(*arguments)
        self.now = max(self.now, end)
