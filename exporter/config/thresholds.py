"""What must fit together in the thresholds of an application and the schedules that they are on by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from exporter.config.schedules import Schedule
from exporter.config.schema import Application, Config, ThresholdSettings
from exporter.metrics.skill_groups import MOST_SKILL_GROUPS
from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL, Threshold
from exporter.yamlconf.described import described_text
from exporter.yamlconf.document import Document, Position


def thresholds_of(application: Application, schedules: Mapping[str, Schedule]) -> tuple[Threshold, ...]:
    """Return the thresholds of an application, then those of its skill groups, each in their order.

    All schedules that they name have to be there.
    """
    thresholds: list[Threshold] = []
    for skill_group, one in _settings_of(application):
        during = None if one.during is None else schedules[one.during]
        if one.above is not None:
            thresholds.append(Threshold(one.signal, one.severity, "above", one.above, during, skill_group))
        elif one.below is not None:
            thresholds.append(Threshold(one.signal, one.severity, "below", one.below, during, skill_group))
    return tuple(thresholds)


def count_thresholds(config: Config) -> int:
    """Return how many thresholds a configuration has, those of skill groups included."""
    applications = (application for account in config.accounts for application in account.applications)
    return sum(1 for application in applications for _ in _settings_of(application))


def check_schedules(document: Document) -> None:
    """A schedule has some time between its beginning and its end."""
    for position, schedule in document.built.items():
        if isinstance(schedule, Schedule) and schedule.from_ == schedule.to:
            document.report(
                (*position, "to"), 'is the same as from, allowed: another time; "24:00" is the end of a day'
            )


def check_thresholds(document: Document) -> None:
    """A threshold has one bound, a collector that is on, a schedule that is there, and is not hidden by those before it
    in the same list, which is that of an application or of a skill group.
    """
    names = [str(position[1]) for position in document.lines if len(position) == 2 and position[0] == "schedules"]
    schedules = {position[1]: one for position, one in document.built.items() if isinstance(one, Schedule)}
    # Hundreds of skill groups name the same few schedules.
    minutes_of = lru_cache(maxsize=100)(Schedule.minutes)
    before: defaultdict[tuple[object, ...], list[_Reach]] = defaultdict(list)
    for position, one in document.built.items():
        if not isinstance(one, ThresholdSettings):
            continue
        collector = COLLECTOR_OF_SIGNAL[one.signal]
        if document.values.get(("collectors", collector)) is False:
            line = document.lines["collectors", collector]
            problem = f"found {described_text(one.signal)}, whose collector {collector} is switched off in line {line}"
            allowed = f"{collector}: true there, or no threshold for this signal"
            document.report((*position, "signal"), f"{problem}, allowed: {allowed}")
        if one.above is not None and one.below is not None:
            document.report((*position, "below"), "is given beside above, allowed: one of the two")
        elif one.above is None and one.below is None:
            document.report((*position, "above"), "is missing, allowed: above or below")
        elif one.during is not None and one.during not in names:
            known = ", ".join(names) or "none, there are no schedules"
            problem = f"found {described_text(one.during)}, allowed: the name of a schedule ({known})"
            document.report((*position, "during"), problem)
        elif one.during is None or one.during in schedules:
            reach = _Reach(document.lines[position], None if one.during is None else schedules[one.during])
            same = before[*position[:-1], one.signal, one.severity, one.above is None]
            if lines := _hidden_by(reach, same, minutes_of):
                whose = f"line {' and line '.join(map(str, lines))}"
                problem = f"can never be reached: {whose} with the same signal, severity and bound comes first"
                document.report(position, f"{problem}, allowed: a threshold that is in force at some time")
            same.append(reach)


def check_skill_groups(document: Document) -> None:
    """An application lists a skill group once, and no more of them than are told apart."""
    ids: dict[tuple[object, ...], Position] = {}
    counts: Counter[Position] = Counter()
    for position in document.lines:
        if len(position) == 6 and position[4] == "skill_groups":
            counts[position[:5]] += 1
    for position, number in counts.items():
        if number > MOST_SKILL_GROUPS:
            document.report(position, f"found {number} skill groups, allowed: at most {MOST_SKILL_GROUPS}")
    for position, value in document.values.items():
        if position[4:5] == ("skill_groups",) and position[6:] == ("id",):
            first = ids.setdefault((*position[:5], value), position)
            if first != position:
                problem = f"found {value} again, allowed: once in an application"
                document.report(position, f"{problem}; it is first in line {document.lines[first]}")


def _settings_of(application: Application) -> Iterator[tuple[int | None, ThresholdSettings]]:
    """Give each threshold with the skill group that it is for."""
    yield from ((None, one) for one in application.thresholds)
    for group in application.skill_groups:
        yield from ((group.id, one) for one in group.thresholds)


class _Reach(NamedTuple):
    """In which line a threshold is, and by which schedule it is on, None for always."""

    line: int
    schedule: Schedule | None


def _hidden_by(
    one: _Reach, before: Sequence[_Reach], minutes_of: Callable[[Schedule], frozenset[tuple[int, int]]]
) -> list[int]:
    """Return the lines of those that are on whenever a threshold is, none where it has times of its own.

    Schedules are compared by their own clocks, so those of different time zones hide nothing of each other.
    """
    for other in before:
        if other.schedule is None:
            return [other.line]
    zones = {one.schedule.timezone} if one.schedule else {other.schedule.timezone for other in before if other.schedule}
    for zone in zones:
        left = minutes_of(one.schedule or Schedule(timezone=zone))
        lines = []
        for other in before:
            if other.schedule and other.schedule.timezone == zone:
                rest = left - minutes_of(other.schedule)
                if rest != left:
                    lines.append(other.line)
                left = rest
        if not left:
            return lines
    return []
