"""Who is on the sessions: counts by staff member, remembered for a while, and kept within a number of series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from exporter.sessions.model import UNKNOWN, Session, Snapshot

StaffLabel = Literal["staff_number", "staff_email"]
OTHER = "other"
"""Stands in every staff label for the staff members without a series of their own."""


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """`labels` of the series (none: no series), seconds of `retention` after the last call, and the most series."""

    labels: Sequence[StaffLabel]
    retention: float
    max_series: int


@dataclass(slots=True)
class StaffSeries:
    """One series: its label values, the active sessions, and when the oldest of the connected ones was accepted."""

    labels: dict[str, str]
    sessions: int = 0
    call_start: float | None = None

    def add(self, sessions: int, call_start: float | None) -> None:
        """Add sessions, the oldest of which was accepted at `call_start`, None where none was."""
        self.sessions += sessions
        if call_start is not None and (self.call_start is None or call_start < self.call_start):
            self.call_start = call_start


@dataclass(frozen=True, slots=True)
class StaffCounts:
    """What one snapshot says about staff. `folded` staff members are added up under `other`."""

    series: Sequence[StaffSeries]
    busiest: int
    folded: int
    unassigned: int


@dataclass(slots=True)
class _Member:
    number: str = ""
    email: str = ""
    last_seen: float = 0.0
    sessions: int = 0
    call_start: float | None = None


class StaffBook:
    """The staff members of one application that were seen on a call within the retention.

    A member is known by the staff number, or by the email where a session has no number.
    """

    def __init__(self, settings: StaffSettings) -> None:
        self._settings = settings
        self._members: dict[str, _Member] = {}

    def count(self, snapshot: Snapshot) -> StaffCounts:
        """Take a snapshot into the book and return what is to be shown with it."""
        oldest = snapshot.finished - self._settings.retention
        self._members = {key: member for key, member in self._members.items() if member.last_seen >= oldest}
        for member in self._members.values():
            member.sessions, member.call_start = 0, None
        unassigned = sum(not self._note(session, snapshot.finished) for session in snapshot.sessions)
        busiest = max((member.sessions for member in self._members.values()), default=0)
        series, folded = self._series() if self._settings.labels else ([], 0)
        return StaffCounts(series, busiest, folded, unassigned)

    def _note(self, session: Session, seen: float) -> bool:
        """Add a session to its staff member; False where it has none."""
        key = session.staff_number or session.staff_email
        if not key:
            return False
        member = self._members.get(key)
        if member is None:
            member = self._members[key] = _Member()
        member.number = session.staff_number or member.number
        member.email = session.staff_email or member.email
        member.last_seen = seen
        member.sessions += 1
        accepted = session.accepted
        if (
            accepted is not None
            and session.is_connected
            and (member.call_start is None or accepted < member.call_start)
        ):
            member.call_start = accepted
        return True

    def _series(self) -> tuple[list[StaffSeries], int]:
        by_labels: dict[tuple[str, ...], StaffSeries] = {}
        shown, folded = self._ranked()
        for member in shown:
            values = {"staff_number": member.number or UNKNOWN, "staff_email": member.email or UNKNOWN}
            self._add(by_labels, tuple(values[label] for label in self._settings.labels), member)
        for member in folded:
            self._add(by_labels, (OTHER,) * len(self._settings.labels), member)
        return list(by_labels.values()), len(folded)

    def _ranked(self) -> tuple[list[_Member], list[_Member]]:
        """Split the members into those with a series and those without.

        Those on a call come first, then those seen last, each in a steady order.
        """
        members, most = list(self._members.values()), self._settings.max_series
        if len(members) > most:
            members.sort(key=lambda one: (one.sessions == 0, -one.last_seen, one.number, one.email))
        return members[:most], members[most:]

    def _add(self, by_labels: dict[tuple[str, ...], StaffSeries], values: tuple[str, ...], member: _Member) -> None:
        series = by_labels.get(values)
        if series is None:
            labels: dict[str, str] = dict(zip(self._settings.labels, values, strict=True))
            series = by_labels[values] = StaffSeries(labels)
        series.add(member.sessions, member.call_start)
