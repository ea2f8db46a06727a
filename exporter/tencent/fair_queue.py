"""A queue in which several flows take turns, however many items wait in each."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Items by flow. Within a flow the first in is the first out; flows have their turns one after the other."""

    def __init__(self) -> None:
        self._flows: dict[Hashable, deque[Item]] = {}
        self._turns: deque[Hashable] = deque()

    def __bool__(self) -> bool:
        return bool(self._turns)

    def push(self, flow: Hashable, item: Item) -> None:
        """Add an item at the end of its flow."""
        if flow not in self._flows:
            self._flows[flow] = deque()
            self._turns.append(flow)
        self._flows[flow].append(item)

    def pop(self) -> Item:
        """Remove and return the next item. Raises IndexError where there is none."""
        flow = self._turns.popleft()
        items = self._flows[flow]
        item = items.popleft()
        if items:
            self._turns.append(flow)
        else:
            del self._flows[flow]
        return item

    def discard(self, flow: Hashable, item: Item) -> None:
        """Remove an item, where it is in the queue."""
        items = self._flows.get(flow)
        if items is not None and item in items:
            items.remove(item)
            if not items:
                del self._flows[flow]
                self._turns.remove(flow)
