"""The series of the inbound calls of an application."""

from __future__ import annotations

from exporter.inbound.model import STAGES, TIMED_STAGES, InboundCalls, InboundReading, StageCounts
from exporter.metrics import catalog
from exporter.metrics.observation import Observation
from exporter.metrics.series import Series
from exporter.metrics.skill_groups import SkillGroup, SkillGroups
from exporter.metrics.thresholds import SignalKey

_NO_CALLS = StageCounts()


class InboundMetrics:
    """Turns what was read of the inbound calls of one application into series."""

    def __init__(self, application: str, groups: SkillGroups) -> None:
        self._application = application
        self._groups = groups
        self._write = Series(application).labels
        self._stages = {stage: self._write({"stage": stage}) for stage in STAGES}

    def observe(self, reading: InboundReading) -> Observation:
        """Return the series of a reading and the values of its signals. Skill groups known are there at 0."""
        calls, total = reading.calls, reading.calls.total
        self._groups.see([(one.id, one.name) for one in calls.groups], at=reading.at, named_at=reading.at)
        series = Series(self._application)
        series.extend(catalog.INBOUND_CALLS, [(self._stages[stage], getattr(total, stage)) for stage in STAGES])
        series.extend(
            catalog.INBOUND_LONGEST, [(self._stages[stage], _longest(total, stage)) for stage in TIMED_STAGES]
        )
        by_group = self._by_group(calls)
        self._add_groups(series, by_group)
        signals: dict[SignalKey, float] = {
            ("queued_calls", None): total.queue,
            ("longest_queue_seconds", None): total.longest_queue,
        }
        for group in self._groups.known:
            signals["queued_calls", group.id] = by_group[group].queue
            signals["longest_queue_seconds", group.id] = by_group[group].longest_queue
        return Observation(series, signals)

    def _by_group(self, calls: InboundCalls) -> dict[SkillGroup, StageCounts]:
        by_group = dict.fromkeys(self._groups.known, _NO_CALLS)
        for one in calls.groups:
            group = self._groups.get(one.id)
            by_group[group] = by_group.get(group, _NO_CALLS).merged(one.counts)
        if calls.other is not None:
            other = self._groups.other
            by_group[other] = by_group.get(other, _NO_CALLS).merged(calls.other)
        return by_group

    def _add_groups(self, series: Series, by_group: dict[SkillGroup, StageCounts]) -> None:
        calls, longest = [], []
        for group, counts in by_group.items():
            labels = {stage: group.labels(self._write, "stage", stage) for stage in STAGES}
            calls += [(labels[stage], getattr(counts, stage)) for stage in STAGES]
            longest += [(labels[stage], _longest(counts, stage)) for stage in TIMED_STAGES]
        series.extend(catalog.SKILL_GROUP_INBOUND_CALLS, calls)
        series.extend(catalog.SKILL_GROUP_INBOUND_LONGEST, longest)


def _longest(counts: StageCounts, stage: str) -> int:
    longest: int = getattr(counts, f"longest_{stage}")
    return longest
