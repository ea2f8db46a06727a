"""What the panels that count sessions must add up to, told by the emulator's own sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.emulator.call import Call, CallDirection
from tests.end_to_end.dashboards import Panel

WALLBOARD, STAFF = "tccc-wallboard", "tccc-staff"

Key = tuple[str, ...]


def is_waiting(session: Call) -> bool:
    return session.accepted is None


def direction_of(session: Call) -> str:
    return session.direction.name.lower()


@dataclass(frozen=True, slots=True)
class Truth:
    """What the numbers of a panel must add up to, or of one query of it.

    `key` gives the values of the `labels` that a session counts under, of its application's name and the session; None
    where it does not count.
    """

    dashboard: str
    panel: str
    labels: Key
    key: Callable[[str, Call], Key | None]
    ref: str | None = None
    panel_type: str | None = None

    def __str__(self) -> str:
        return "-".join(filter(None, [self.panel, self.panel_type]))

    def is_about(self, panel: Panel) -> bool:
        return panel.title == self.panel and self.panel_type in {None, panel.type}

    def count(self, sessions: Mapping[str, Sequence[Call]]) -> Counter[Key]:
        """Count the sessions of each application by their keys."""
        keys = [self.key(application, session) for application in sessions for session in sessions[application]]
        return Counter(key for key in keys if key is not None)


TRUTHS = [
    Truth(WALLBOARD, "Active sessions", (), lambda _, session: ()),
    Truth(
        WALLBOARD,
        "Waiting callers",
        (),
        lambda _, session: () if is_waiting(session) and session.direction is CallDirection.INBOUND else None,
    ),
    Truth(
        WALLBOARD, "Active sessions and their thresholds", ("application",), lambda application, _: (application,), "A"
    ),
    Truth(WALLBOARD, "Applications", ("application",), lambda application, _: (application,), "active"),
    Truth(
        WALLBOARD,
        "Waiting, by direction",
        ("direction",),
        lambda _, session: (direction_of(session),) if is_waiting(session) else None,
    ),
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
