"""The orders that the API's list of sessions can be in.

Every listing keeps its sessions sorted at all times, so that a page costs as much as the sessions on it, whatever the
length of the list.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from enum import StrEnum
from operator import attrgetter
from random import Random
from typing import Any

from exporter.emulator.call import Call


class Order(StrEnum):
    """The orders on offer."""

    OLDEST_FIRST = "oldest-first"
    NEWEST_FIRST = "newest-first"
    BY_ID = "by-id"
    BY_START_SECOND = "by-start-second"
    UNSTABLE = "unstable"


class Listed(StrEnum):
    """Which sessions the list shows: all, or those only that somebody has accepted."""

    ALL = "all"
    ANSWERED = "answered"


class Listing:
    """Sessions in the order of a key, oldest first by default. The base of the other orders."""

    def __init__(self, key: Callable[[Call], Any] = attrgetter("number")) -> None:
        self._key = key
        self._sessions: list[Call] = []

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._sessions)

    def add(self, session: Call) -> None:
        """Put a session where it belongs."""
        insort(self._sessions, session, key=self._key)

    def remove(self, session: Call) -> None:
        """Take a session out, which must be in the list."""
        del self._sessions[bisect_left(self._sessions, self._key(session), key=self._key)]

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return at most `limit` sessions from position `offset` on: one view of the list."""
        return self._sessions[offset : offset + limit]


class NewestFirst(Listing):
    """The latest session comes first."""

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return a page counted from the newest session."""
        end = max(len(self) - offset, 0)
        return self._sessions[max(end - limit, 0) : end][::-1]


class ByStartSecond(Listing):
    """Sorted by the whole second of the start, oldest first; ties are shuffled anew for every page."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return a page of a list whose ties have just been shuffled."""
        page = super().page(offset, limit)
        if not page:
            return page
        begin = bisect_left(self._sessions, _start_second(page[0]), key=_start_second)
        end = bisect_right(self._sessions, _start_second(page[-1]), key=_start_second)
        block = self._sessions[begin:end]
        block.sort(key=lambda session: (_start_second(session), self._random.random()))
        return block[offset - begin : offset - begin + limit]


class Unstable(Listing):
    """In no order: shuffled as a whole for every page."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return sessions drawn at random: what a slice of a list just shuffled is."""
        return self._random.sample(self._sessions, max(min(limit, len(self) - offset), 0))


def new_listing(order: Order, random: Random) -> Listing:
    """Return an empty listing; `random` shuffles where the order needs it."""
    match order:
        case Order.NEWEST_FIRST:
            return NewestFirst()
        case Order.BY_ID:
            return Listing(key=lambda session: session.key.int)
        case Order.BY_START_SECOND:
            return ByStartSecond(random)
        case Order.UNSTABLE:
            return Unstable(random)
        case _:
            return Listing()


def _start_second(session: Call) -> int:
    return int(session.started // 1)
