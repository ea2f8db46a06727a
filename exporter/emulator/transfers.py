"""Calls that the staff has transferred to somebody outside, where they go on for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from exporter.emulator import durations
from exporter.emulator.events import Events


class Transfers:
    """Counts the calls by the skill group that they come from."""

    def __init__(self, skill_groups: Iterable[int], events: Events, random: Random) -> None:
        self._events = events
        self._random = random
        self._counts = dict.fromkeys(skill_groups, 0)

    @property
    def counts(self) -> Mapping[int, int]:
        """The number of calls of each skill group."""
        return self._counts

    def talk_ended(self, skill_group: int) -> None:
        """Transfer the call, or not: few are."""
        if self._random.random() < durations.TRANSFERRED_SHARE:
            self._counts[skill_group] += 1
            self._events.schedule(self._random.expovariate(1 / durations.MEAN_TRANSFER), self._end, skill_group)

    def _end(self, skill_group: int) -> None:
        self._counts[skill_group] -= 1
