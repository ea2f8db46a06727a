"""What the panels that count must add up to, told by the emulator's own sessions and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.center import ContactCenter
from exporter.emulator.staff import StaffMember
from exporter.emulator.statuses import StaffStatus
from tests.end_to_end.dashboards import Panel

WALLBOARD, QUEUES, STAFF = "tccc-wallboard", "tccc-queues", "tccc-staff"

Key = tuple[str, ...]


def is_waiting(session: Call) -> bool:
    return session.accepted is None


def direction_of(session: Call) -> str:
    return session.direction.name.lower()


def sessions(center: ContactCenter) -> Iterable[Call]:
    return center.sessions


def people(center: ContactCenter) -> Iterable[StaffMember]:
    return center.staff.members


def sessions_of_groups(center: ContactCenter) -> Iterable[tuple[Call, str]]:
    names = {group.id: group.name for group in center.skill_groups}
    return [(one, names[one.skill_group]) for one in center.sessions if one.skill_group is not None]


def people_of_groups(center: ContactCenter) -> Iterable[tuple[StaffMember, str]]:
    names = {group.id: group.name for group in center.skill_groups}
    return [(member, names[group]) for member in center.staff.members for group in member.skill_groups]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the numbers of a panel must add up to, or of one query of it.

    `key` gives the values of the `labels` that one `of` a center's sessions or people counts under, of the name of the
    application and that one; None where it does not count.
    """

    dashboard: str
    panel: str
    labels: Key
    key: Callable[[str, Any], Key | None]
    ref: str | None = None
    panel_type: str | None = None
    of: Callable[[ContactCenter], Iterable[object]] = sessions

    def __str__(self) -> str:
        return "-".join(filter(None, [self.dashboard, self.panel, self.panel_type, self.ref]))

    def is_about(self, panel: Panel) -> bool:
        return panel.title == self.panel and self.panel_type in {None, panel.type}

    def count(self, centers: Mapping[str, ContactCenter]) -> Counter[Key]:
        """Count what there is in each application by its keys."""
        keys = [self.key(application, one) for application, center in centers.items() for one in self.of(center)]
        return Counter(key for key in keys if key is not None)


def at_stage(session: Call) -> str | None:
    """Return the stage that an inbound call is at."""
    if session.direction is not CallDirection.INBOUND:
        return None
    if session.accepted is not None:
        return "connected"
    if session.rang is not None:
        return "ringing"
    return "ivr" if session.queued is None else "queue"


def _with(status: StaffStatus, *labels: str) -> Callable[[str, StaffMember], Key | None]:
    return lambda application, member: (application,)[: len(labels)] if member.status is status else None


def _of_group_at(stage: str) -> Callable[[str, tuple[Call, str]], Key | None]:
    return lambda application, one: (application, one[1]) if at_stage(one[0]) == stage else None


def _of_group_with(*statuses: StaffStatus) -> Callable[[str, tuple[StaffMember, str]], Key | None]:
    return lambda application, one: (application, one[1]) if one[0].status in statuses else None


GROUP = ("application", "skill_group")

OF_QUEUES = [
    *(
        Truth(QUEUES, "All queues", GROUP, _of_group_at(stage), ref, of=sessions_of_groups)
        for ref, stage in [
            ("queued", "queue"),
            ("ringing", "ringing"),
            ("connected", "connected"),
        ]
    ),
    *(
        Truth(QUEUES, "All queues", GROUP, _of_group_with(*statuses), ref, of=people_of_groups)
        for ref, statuses in [
            ("free", [StaffStatus.FREE]),
            ("busy", [StaffStatus.BUSY]),
            ("absent", [StaffStatus.NOT_READY, StaffStatus.REST]),
            ("wrap", [StaffStatus.AFTER_CALL_WORK]),
        ]
    ),
]
"""Each skill group by itself."""

OF_THE_QUEUE = [
    Truth(WALLBOARD, "In the queue", (), lambda _, session: () if at_stage(session) == "queue" else None),
    Truth(
        WALLBOARD,
        "In the queue, by application",
        ("application",),
        lambda application, session: (application,) if at_stage(session) == "queue" else None,
        "A",
    ),
    Truth(
        WALLBOARD,
        "Applications",
        ("application",),
        lambda application, session: (application,) if at_stage(session) == "queue" else None,
        "queue",
    ),
]
"""What the collector inbound reads."""

OF_PEOPLE = [
    Truth(WALLBOARD, "Free", (), lambda _, member: () if member.status is StaffStatus.FREE else None, of=people),
    Truth(WALLBOARD, "On calls", (), lambda _, member: () if member.status is StaffStatus.BUSY else None, of=people),
    *(
        Truth(
            WALLBOARD,
            "Applications",
            ("application",),
            _with(status, "application"),
            ref,
            of=people,
        )
        for ref, status in (("free", StaffStatus.FREE), ("calls", StaffStatus.BUSY))
    ),
    *(
        Truth(
            dashboard,
            "Staff, by status",
            (),
            _with(status),
            ref,
            of=people,
        )
        for dashboard in (WALLBOARD, STAFF)
        for ref, status in (
            ("free", StaffStatus.FREE),
            ("busy", StaffStatus.BUSY),
            ("wrap", StaffStatus.AFTER_CALL_WORK),
            ("unready", StaffStatus.NOT_READY),
            ("rest", StaffStatus.REST),
        )
    ),
]
"""What the collector staff reads."""

OF_THE_LIST = [
    Truth(WALLBOARD, "Active sessions", (), lambda _, session: ()),
    Truth(
        WALLBOARD, "Active sessions and their thresholds", ("application",), lambda application, _: (application,), "A"
    ),
    Truth(WALLBOARD, "Applications", ("application",), lambda application, _: (application,), "active"),
    Truth(WALLBOARD, "Sessions, by status", ("status",), lambda _, session: (session.status.value,)),
    Truth(WALLBOARD, "Sessions, by direction", ("direction",), lambda _, session: (direction_of(session),)),
    Truth(
        WALLBOARD,
        "Ages of waiting calls",
        ("le",),
        lambda _, session: ("+Inf",) if is_waiting(session) else None,
    ),
    Truth(
        WALLBOARD,
        "Ages of connected calls",
        ("le",),
        lambda _, session: None if is_waiting(session) else ("+Inf",),
    ),
    # In the emulator nobody is on two calls at once.
    Truth(STAFF, "People on calls", (), lambda _, session: () if session.staff_member else None, panel_type="stat"),
    Truth(
        STAFF,
        "People on calls",
        ("application",),
        lambda application, session: (application,) if session.staff_member else None,
        panel_type="timeseries",
    ),
    Truth(
        STAFF,
        "Who is on a call",
        ("application", "staff_number"),
        lambda application, session: (application, session.staff_member.number) if session.staff_member else None,
        "sessions",
    ),
    Truth(STAFF, "Sessions of nobody", (), lambda _, session: None if session.staff_member else (), panel_type="stat"),
    Truth(
        STAFF,
        "Sessions of nobody",
        ("application",),
        lambda application, session: None if session.staff_member else (application,),
        panel_type="timeseries",
    ),
]

TRUTHS = [*OF_THE_LIST, *OF_THE_QUEUE, *OF_PEOPLE, *OF_QUEUES]

FROM_THE_LIST = [
    Truth(
        WALLBOARD,
        "In the queue",
        (),
        lambda _, session: () if is_waiting(session) and session.direction is CallDirection.INBOUND else None,
    ),
    Truth(
        WALLBOARD,
        "Applications",
        ("application",),
        lambda application, session: (
            (application,) if is_waiting(session) and session.direction is CallDirection.INBOUND else None
        ),
        "queue",
    ),
    Truth(WALLBOARD, "On calls", (), lambda _, session: () if session.staff_member else None),
]
"""What the list has to say where the collectors beside it say nothing."""
