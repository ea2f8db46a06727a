"""Where callers wait: one queue for each skill group."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from exporter.emulator.call import Call


class Queues:
    """Queues by the ids of their skill groups, each first come, first served."""

    def __init__(self, skill_groups: Iterable[int]) -> None:
        self._queues: dict[int, OrderedDict[Call, None]] = {group: OrderedDict() for group in skill_groups}
        self._waiting = 0

    def add(self, session: Call, skill_group: int) -> None:
        """Let a caller wait at the end of a queue."""
        self._queues[skill_group][session] = None
        self._waiting += 1

    def discard(self, session: Call) -> None:
        """Take a caller out who may be in a queue, or not yet, or no longer."""
        if session.skill_group is not None:
            queue = self._queues[session.skill_group]
            if session in queue:
                del queue[session]
                self._waiting -= 1

    def first(self, skill_groups: Iterable[int]) -> Call | None:
        """Return who has been waiting longest in the queues of these groups, or None."""
        longest: Call | None = None
        if not self._waiting:
            return None
        for group in skill_groups:
            queue = self._queues[group]
            if queue:
                head = next(iter(queue))
                if longest is None or _place(head) < _place(longest):
                    longest = head
        return longest


def _place(session: Call) -> tuple[float, int]:
    return session.queued or 0.0, session.number
