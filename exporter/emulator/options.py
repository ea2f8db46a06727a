"""Everything about an emulator that can be chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.emulator.faults import Fault
from exporter.emulator.listing import Listed, Order
from exporter.emulator.rate import RateWindow
from exporter.emulator.skill_groups import DEFAULT_SKILL_GROUPS, SkillGroup, check_skill_groups, default_skill_groups

DEFAULT_SECRET_ID = "AKIDEMULATOR"  # noqa: S105
DEFAULT_SECRET_KEY = "emulator-secret"  # noqa: S105
DEFAULT_APPLICATION = 1400000000
MOST_SESSIONS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorOptions:
    """The knobs of an emulator. Raises ValueError where one is out of its range.

    `applications`: the ids (`SdkAppId`) of the contact centers. `sessions`: the mean number of concurrent sessions of
    each over a day, which `application_sessions` overrides for single ones; `staff`: the people employed in each, None
    for enough; `skill_groups`: how many each has, which `application_skill_groups` overrides with groups of one's own;
    `list`: which sessions the list of each shows, which `application_lists` overrides. `token`: what clients must send
    as `X-TC-Token`, None for nothing. `speed`: of simulated time, 0 for frozen. `latency`: seconds of a round trip,
    which vary by `jitter` either way. `seed`: of everything random.
    """

    applications: tuple[int, ...] = (DEFAULT_APPLICATION,)
    secret_id: str = DEFAULT_SECRET_ID
    secret_key: str = field(default=DEFAULT_SECRET_KEY, repr=False)
    token: str | None = field(default=None, repr=False)
    sessions: float = 60.0
    application_sessions: Mapping[int, float] = field(default_factory=dict)
    staff: int | None = None
    skill_groups: int = len(DEFAULT_SKILL_GROUPS)
    application_skill_groups: Mapping[int, tuple[SkillGroup, ...]] = field(default_factory=dict)
    list: Listed = Listed.ALL
    application_lists: Mapping[int, Listed] = field(default_factory=dict)
    seed: int = 0
    speed: float = 1.0
    order: Order = Order.OLDEST_FIRST
    latency: float = 0.0
    jitter: float = 0.0
    requests_per_second: int = 20
    rate_window: RateWindow = RateWindow.FIXED
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if not self.applications or len(set(self.applications)) < len(self.applications):
            raise ValueError(f"applications: found {self.applications!r}, allowed: one or more different ids")
        for name in ("application_sessions", "application_skill_groups", "application_lists"):
            if unknown := set(getattr(self, name)) - set(self.applications):
                raise ValueError(f"{name}: found {min(unknown)}, allowed: ids that are in applications")
        default_skill_groups(self.skill_groups)
        for groups in self.application_skill_groups.values():
            check_skill_groups(groups)
        if self.requests_per_second < 1:
            raise ValueError(f"requests_per_second: found {self.requests_per_second}, allowed: 1 or more")
        numbers = {"sessions": self.sessions, "staff": self.staff or 0, "speed": self.speed}
        numbers |= {"latency": self.latency, "jitter": self.jitter}
        numbers |= {f"application_sessions[{key}]": value for key, value in self.application_sessions.items()}
        for mean in (self.sessions, *self.application_sessions.values()):
            if mean > MOST_SESSIONS:
                raise ValueError(f"sessions: found {mean:g}, allowed: up to {MOST_SESSIONS}")
        for name, number in numbers.items():
            if not 0 <= number < math.inf:
                raise ValueError(f"{name}: found {number}, allowed: 0 or more")

    def sessions_of(self, application: int) -> float:
        """Return the mean number of concurrent sessions of an application."""
        return self.application_sessions.get(application, self.sessions)

    def skill_groups_of(self, application: int) -> tuple[SkillGroup, ...]:
        """Return the skill groups of an application."""
        groups = self.application_skill_groups.get(application)
        return default_skill_groups(self.skill_groups) if groups is None else groups

    def list_of(self, application: int) -> Listed:
        """Return which sessions the list of an application shows."""
        return self.application_lists.get(application, self.list)
