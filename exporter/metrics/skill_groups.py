"""The skill groups of an application, as all of its series name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf

from exporter.fields.texts import UNKNOWN
from exporter.metrics.status_labels import OTHER

MOST_SKILL_GROUPS = 500
"""How many skill groups of an application have series of their own at most: the same ones in all of its families."""


class SkillGroup:
    """A skill group; `id` is None for the one that stands for all without series of their own."""

    __slots__ = ("_written", "id", "last_seen", "name", "named_at")

    def __init__(self, key: int | None, name: str = UNKNOWN) -> None:
        self.id = key
        self.name = name
        self.named_at = -inf
        """How old the name is; this and `last_seen` are in the event loop's time."""
        self.last_seen = -inf
        self._written: dict[tuple[str, str], str] = {}

    def rename(self, name: str, at: float) -> None:
        """Take over the name that the group had at a time, where none is known from later."""
        if at >= self.named_at:
            self.named_at = at
            if name != self.name:
                self.name = name
                self._written.clear()

    def labels(self, write: Callable[[Mapping[str, str]], str], label: str, value: str) -> str:
        """Return the labels of the group and one more as `write` writes them; each is written once."""
        written = self._written.get((label, value))
        if written is None:
            key = OTHER if self.id is None else str(self.id)
            written = write({"skill_group_id": key, "skill_group": self.name, label: value})
            self._written[label, value] = written
        return written


class SkillGroups:
    """The skill groups that any collector has seen within `retention`, in seconds, which may be set at any time."""

    def __init__(self, retention: float) -> None:
        self.retention = retention
        self.other = SkillGroup(None, OTHER)
        """Stands for those beyond the most that have series of their own."""
        self._known: dict[int, SkillGroup] = {}

    def see(self, groups: Iterable[tuple[int, str]], *, at: float, named_at: float) -> None:
        """Take note of groups that are there at a time, by id and name; the names are those of the time `named_at`.

        An empty name tells nothing. Groups that were not seen for long are forgotten. Where there is no room for all
        that are new, those with the lowest ids get it, so that two exporters tend to show the same ones.
        """
        for key in [key for key, group in self._known.items() if group.last_seen < at - self.retention]:
            del self._known[key]
        for key, name in sorted(groups):
            group = self._known.get(key)
            if group is None:
                if len(self._known) >= MOST_SKILL_GROUPS:
                    continue
                group = self._known[key] = SkillGroup(key)
            group.last_seen = max(group.last_seen, at)
            if name:
                group.rename(name, named_at)

    def __contains__(self, key: int | None) -> bool:
        return key in self._known

    @property
    def known(self) -> Iterable[SkillGroup]:
        """The groups that have series of their own."""
        return self._known.values()

    def get(self, key: int | None) -> SkillGroup:
        """Return the group with an id, or the one that stands for it."""
        return self.other if key is None else self._known.get(key, self.other)
