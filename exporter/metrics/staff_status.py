"""The series of the statuses of an application's staff."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakSet

from exporter.metrics import catalog
from exporter.metrics.observation import Observation
from exporter.metrics.series import Series
from exporter.metrics.skill_groups import SkillGroup, SkillGroups
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.status_labels import StatusLabels
from exporter.metrics.status_since import StatusSince
from exporter.metrics.thresholds import SignalKey
from exporter.staff.model import AFTER_CALL_WORK, FREE, OFFLINE, STATUSES, StaffReading

_TIMED_STATUSES = tuple(status for status in STATUSES if status != OFFLINE)


class StaffStatusMetrics:
    """Turns what was read of the staff of one application into series."""

    def __init__(self, application: str, groups: SkillGroups, options: StaffTrackerOptions) -> None:
        self._application = application
        self._groups = groups
        self._options = options
        self._write = Series(application).labels
        self._written: dict[str, str] = {}
        self._statuses = StatusLabels(STATUSES)
        self._since = StatusSince(options, self._write)
        self._latest: tuple[StaffReading, Series] | None = None
        self._shown: WeakSet[Series] = WeakSet()
        """The series that a scrape under way may still show."""

    def change(self, options: StaffTrackerOptions) -> None:
        """Go on by other options. What is shown has the series per person of these from now on."""
        if options == self._options:
            return
        self._options = options
        self._since.change(options)
        for series in self._shown:
            series.remove(catalog.STAFF_STATUS_SINCE)
        if self._latest is not None:
            reading, series = self._latest
            series.extend(catalog.STAFF_STATUS_SINCE, self._since.rows(reading, self._statuses))

    def observe(self, reading: StaffReading) -> Observation:
        """Return the series of a reading and the values of its signals.

        Skill groups known are there at 0; without a staff list there are none, and no series per person.
        """
        series = Series(self._application)
        total, by_group = self._tally(reading)
        series.extend(
            catalog.STAFF_MEMBERS, [(self._labels(status), number) for status, number in total.counts.items()]
        )
        series.extend(
            catalog.STAFF_LONGEST_STATUS, [(self._labels(status), age) for status, age in total.longest.items()]
        )
        self._add_groups(series, by_group)
        series.extend(catalog.STAFF_STATUS_SINCE, self._since.rows(reading, self._statuses))
        self._latest = reading, series
        self._shown.add(series)
        signals = total.signals(None)
        for group, tally in by_group.items():
            if group.id is not None:
                signals.update(tally.signals(group.id))
        return Observation(series, signals)

    def _tally(self, reading: StaffReading) -> tuple[_Tally, Mapping[SkillGroup, _Tally]]:
        """Return the members in all and those of each skill group."""
        total = _Tally()
        by_group: dict[SkillGroup, _Tally] = {}
        listed = {} if reading.staff_list is None else reading.staff_list.members
        if reading.staff_list is not None:
            named_at = reading.staff_list.read_at
            self._groups.see(reading.staff_list.groups.items(), at=reading.at, named_at=named_at)
            by_group = {group: _Tally() for group in self._groups.known}
        # Thousands of members belong to the same few groups, so each group is gone through once for all of them.
        teams: dict[tuple[int | None, ...], dict[str, tuple[int, float | None]]] = {}
        for one in reading.members:
            age = None if one.since is None or one.status == OFFLINE else max(0.0, reading.server_time - one.since)
            member = listed.get(one.key)
            team = teams.setdefault(() if member is None else member.groups, {})
            number, longest = team.get(one.status, (0, None))
            team[one.status] = number + 1, age if longest is None or (age is not None and age > longest) else longest
        for keys, team in teams.items():
            # Once in what stands for all the groups that have no series of their own.
            groups = {self._groups.get(key) for key in keys}
            tallies = [by_group.get(group) or by_group.setdefault(group, _Tally()) for group in groups]
            for status, (number, longest) in team.items():
                label = self._statuses.label(status)
                for tally in (total, *tallies):
                    tally.add(label, number, longest)
        return total, by_group

    def _add_groups(self, series: Series, by_group: Mapping[SkillGroup, _Tally]) -> None:
        members, longest = [], []
        for group, tally in by_group.items():
            members += [
                (group.labels(self._write, "status", status), number) for status, number in tally.counts.items()
            ]
            longest += [(group.labels(self._write, "status", status), age) for status, age in tally.longest.items()]
        series.extend(catalog.SKILL_GROUP_STAFF_MEMBERS, members)
        series.extend(catalog.SKILL_GROUP_STAFF_LONGEST_STATUS, longest)

    def _labels(self, status: str) -> str:
        written = self._written.get(status)
        if written is None:
            written = self._written[status] = self._write({"status": status})
        return written


class _Tally:
    """Staff members by status, and the longest that any one of them has been in it."""

    __slots__ = ("counts", "longest")

    def __init__(self) -> None:
        self.counts = dict.fromkeys(STATUSES, 0)
        self.longest = dict.fromkeys(_TIMED_STATUSES, 0.0)

    def add(self, status: str, number: int, longest: float | None) -> None:
        self.counts[status] = self.counts.get(status, 0) + number
        if longest is not None:
            self.longest[status] = max(longest, self.longest.get(status, 0.0))

    def signals(self, group: int | None) -> dict[SignalKey, float]:
        return {
            ("free_staff", group): self.counts[FREE],
            ("longest_after_call_work_seconds", group): self.longest[AFTER_CALL_WORK],
        }
