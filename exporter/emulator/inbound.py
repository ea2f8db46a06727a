"""What is going on inbound at a moment: how many calls are at which stage, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.skill_groups import NO_GROUP


@dataclass(slots=True)
class Stage:
    """The calls at one stage: how many there are, and the longest and the mean time in seconds that they have been."""

    count: int = 0
    longest: float = 0.0
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a call that has been there for so many seconds."""
        self.count += 1
        self.longest = max(self.longest, seconds)
        self.total += seconds

    @property
    def mean(self) -> float:
        """The mean time; 0 where there is no call."""
        return self.total / self.count if self.count else 0.0


@dataclass(slots=True)
class CallMetrics:
    """The calls of a skill group, or of all: in the greeting, in the queue, ringing, accepted, transferred outside."""

    ivr: Stage = field(default_factory=Stage)
    queue: Stage = field(default_factory=Stage)
    ringing: Stage = field(default_factory=Stage)
    accepted: Stage = field(default_factory=Stage)
    transferred_out: int = 0


@dataclass(frozen=True, slots=True)
class Inbound:
    """The inbound calls of a moment. Callers belong to a skill group once the greeting is over."""

    total: CallMetrics
    skill_groups: Mapping[int, CallMetrics]


def inbound_of(sessions: Iterable[Call], transferred_out: Mapping[int, int], now: float) -> Inbound:
    """Count the sessions of a center; `transferred_out` has the calls transferred outside, for every skill group."""
    groups = {group: CallMetrics(transferred_out=count) for group, count in transferred_out.items()}
    total = CallMetrics(transferred_out=sum(transferred_out.values()))
    for session in sessions:
        if session.direction is CallDirection.INBOUND:
            _add(total, session, now)
            if session.skill_group is not None:
                _add(groups[session.skill_group], session, now)
    groups.pop(NO_GROUP, None)
    return Inbound(total, groups)


def _add(metrics: CallMetrics, session: Call, now: float) -> None:
    if session.accepted is not None:
        metrics.accepted.add(now - session.accepted)
    elif session.rang is not None:
        metrics.ringing.add(now - session.rang)
    elif session.queued is not None:
        metrics.queue.add(now - session.queued)
    else:
        metrics.ivr.add(now - session.started)
