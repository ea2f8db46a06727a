"""Who is on the sessions: counts by staff member, remembered for a while, and kept within a number of series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from exporter.fields.texts import UNKNOWN
from exporter.metrics.status_labels import OTHER
from exporter.sessions.model import FINISHED, Session, Snapshot

StaffLabel = Literal["staff_number", "staff_email"]

_PARTS: dict[StaffLabel, str] = {"staff_number": "number", "staff_email": "email"}


@dataclass(frozen=True, slots=True)
class StaffTrackerOptions:
    """`labels` of the series (none: no series), seconds of `retention` after the last call, and the most series."""

    labels: Sequence[StaffLabel]
    retention: float
    max_series: int


@dataclass(slots=True)
class StaffSeries:
    """One series: its labels as they are written, the active sessions, and when the oldest of the connected ones was
    accepted.
    """

    labels: str
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


class _Member:
    """A staff member; `sessions` and `call_start` are those of the latest snapshot."""

    __slots__ = ("call_start", "email", "labels", "last_seen", "number", "sessions")

    def __init__(self) -> None:
        self.number = UNKNOWN
        self.email = UNKNOWN
        self.labels = ""
        """As they are written; empty where that is still to be done."""
        self.last_seen = 0.0
        """In the event loop's time."""
        self.sessions = 0
        self.call_start: float | None = None

    def add(self, session: Session) -> None:
        """Count a session that the member is on."""
        self.sessions += 1
        if session.staff_number and session.staff_number != self.number:
            self.number, self.labels = session.staff_number, ""
        if session.staff_email and session.staff_email != self.email:
            self.email, self.labels = session.staff_email, ""
        accepted = session.accepted
        if accepted is None or session.status == FINISHED:
            return
        if self.call_start is None or accepted < self.call_start:
            self.call_start = accepted


class StaffTracker:
    """The staff members of one application that were seen on a call within the retention.

    A member is known by the staff number; an email without one stands for the member whose it was seen to be. `write`
    makes of labels what stands in the exposition; it is called once for a member, not once for a snapshot.
    """

    def __init__(self, settings: StaffTrackerOptions, write: Callable[[Mapping[str, str]], str]) -> None:
        self._settings = settings
        self._write = write
        self._members: dict[str, _Member] = {}
        self._numbers: dict[str, str] = {}
        self._latest_at = 0.0
        self._counts = StaffCounts((), busiest=0, folded=0, unassigned=0)

    def change(self, settings: StaffTrackerOptions) -> StaffCounts:
        """Go on by other options, with everybody known so far; return the counts of the latest snapshot by them."""
        self._settings = settings
        self._forget(self._latest_at - settings.retention)
        for member in self._members.values():
            member.labels = ""
        series, folded = self._series()
        self._counts = replace(self._counts, series=series, folded=folded)
        return self._counts

    def count(self, snapshot: Snapshot) -> StaffCounts:
        """Take a snapshot into the book and return what is to be shown with it."""
        self._latest_at = snapshot.at
        self._forget(snapshot.at - self._settings.retention)
        for known in self._members.values():
            known.sessions, known.call_start = 0, None
        self._learn_numbers(snapshot.sessions)
        members, numbers, unassigned = self._members, self._numbers, 0
        for session in snapshot.sessions:
            key = session.staff_number or numbers.get(session.staff_email, session.staff_email)
            if not key:
                unassigned += 1
                continue
            member = members.get(key)
            if member is None:
                member = members[key] = _Member()
            member.add(session)
        for member in members.values():
            if member.sessions:
                member.last_seen = snapshot.at
        busiest = max([member.sessions for member in members.values()], default=0)
        series, folded = self._series()
        self._counts = StaffCounts(series, busiest, folded, unassigned)
        return self._counts

    def _forget(self, oldest: float) -> None:
        """Forget those not seen since `oldest`."""
        gone = [key for key, member in self._members.items() if member.last_seen < oldest]
        if gone:
            for key in gone:
                del self._members[key]
            self._numbers = {email: number for email, number in self._numbers.items() if number in self._members}

    def _learn_numbers(self, sessions: Sequence[Session]) -> None:
        numbers = self._numbers
        for session in sessions:
            email = session.staff_email
            if email and email not in numbers and session.staff_number:
                numbers[email] = session.staff_number
                self._members.pop(email, None)

    def _series(self) -> tuple[list[StaffSeries], int]:
        if not self._settings.labels:
            return [], 0
        by_labels: dict[str, StaffSeries] = {}
        shown, folded = self._ranked()
        for member in shown:
            if not member.labels:
                member.labels = self._write({label: getattr(member, _PARTS[label]) for label in self._settings.labels})
            _add(by_labels, member.labels, member)
        if folded:
            others = self._write(dict.fromkeys(self._settings.labels, OTHER))
            for member in folded:
                _add(by_labels, others, member)
        return list(by_labels.values()), len(folded)

    def _ranked(self) -> tuple[list[_Member], list[_Member]]:
        """Split the members into those with a series and those without.

        Those on a call come first, then those seen last, each in a steady order.
        """
        members, most = list(self._members.values()), self._settings.max_series
        if len(members) > most:
            members.sort(key=lambda one: (one.sessions == 0, -one.last_seen, one.number, one.email))
        return members[:most], members[most:]


def _add(by_labels: dict[str, StaffSeries], labels: str, member: _Member) -> None:
    series = by_labels.get(labels)
    if series is None:
        by_labels[labels] = StaffSeries(labels, member.sessions, member.call_start)
    else:
        series.add(member.sessions, member.call_start)
