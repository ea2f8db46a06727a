"""The ids of the latest answers, by which one that comes twice is known."""

from __future__ import annotations

from collections import deque

REMEMBERED = 4096
"""How many ids are kept: the answers of some minutes at the usual rate."""


class RecentIds:
    """A set of the ids added last."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._order: deque[str] = deque()

    def add(self, one: str) -> bool:
        """Add an id; return whether it is new."""
        if one in self._ids:
            return False
        self._ids.add(one)
        self._order.append(one)
        if len(self._order) > REMEMBERED:
            self._ids.discard(self._order.popleft())
        return True
