"""Since when each staff member has been in a status: series per person, kept within a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exporter.fields.texts import UNKNOWN
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.status_labels import OTHER, StatusLabels
from exporter.staff.model import OFFLINE, StaffReading, StaffStatus


class _Person:
    """A staff member with series of their own."""

    __slots__ = ("_email", "_number", "_written", "last_seen")

    def __init__(self) -> None:
        self.last_seen = 0.0
        """When the person was last on duty, in the event loop's time."""
        self._number = ""
        self._email = ""
        self._written: dict[str, str] = {}

    def is_known_as(self, number: str, email: str) -> None:
        """Take over what the labels are made of."""
        if (number, email) != (self._number, self._email):
            self._number, self._email = number, email
            self._written.clear()

    def labels(self, options: StaffTrackerOptions, status: str, write: Callable[[Mapping[str, str]], str]) -> str:
        """Return the labels in a status, each written once."""
        written = self._written.get(status)
        if written is None:
            parts = {"staff_number": self._number or UNKNOWN, "staff_email": self._email}
            labels: dict[str, str] = {label: parts[label] for label in options.labels}
            written = write({**labels, "status": status})
            self._written[status] = written
        return written

    def forget_labels(self) -> None:
        """Have all labels written anew."""
        self._written.clear()


class StatusSince:
    """Since when those on duty have been in their status.

    Where there are more of them than may have series, whoever has one keeps it until off duty for the retention, so
    that none comes and goes; who has come later is shown together with others until then. `write` makes of labels what
    stands in the exposition.
    """

    def __init__(self, options: StaffTrackerOptions, write: Callable[[Mapping[str, str]], str]) -> None:
        self._options = options
        self._write = write
        self._persons: dict[str, _Person] = {}

    def change(self, options: StaffTrackerOptions) -> None:
        """Go on by other options."""
        self._options = options
        self._persons = dict(list(self._persons.items())[: options.max_series])
        for person in self._persons.values():
            person.forget_labels()

    def rows(self, reading: StaffReading, statuses: StatusLabels) -> list[tuple[str, float]]:
        """Return the written labels and the times of a reading; none without labels or a staff list.

        Those whose labels are the same are together, with the oldest time.
        """
        if not self._options.labels or reading.staff_list is None:
            return []
        on_duty = [one for one in reading.members if one.key and one.since is not None and one.status != OFFLINE]
        self._admit(on_duty, reading.at)
        rows: dict[str, float] = {}
        others: dict[str, str] = {}
        for member in on_duty:
            status = statuses.label(member.status)
            person = self._persons.get(member.key)
            if person is None:
                labels = others.get(status) or self._write_others(status)
                others[status] = labels
            else:
                listed = reading.staff_list.members.get(member.key)
                person.is_known_as("" if listed is None else listed.number, member.email)
                labels = person.labels(self._options, status, self._write)
            assert member.since is not None
            rows[labels] = min(member.since, rows.get(labels, member.since))
        return list(rows.items())

    def _write_others(self, status: str) -> str:
        others: dict[str, str] = dict.fromkeys(self._options.labels, OTHER)
        return self._write({**others, "status": status})

    def _admit(self, on_duty: list[StaffStatus], at: float) -> None:
        persons = self._persons
        for key in [key for key, person in persons.items() if person.last_seen < at - self._options.retention]:
            del persons[key]
        newcomers = [member.key for member in on_duty if member.key not in persons]
        room = self._options.max_series - len(persons)
        if len(newcomers) > room:
            # The same ones in every exporter, whatever the order of the answer.
            newcomers.sort()
        for key in newcomers[:room]:
            persons[key] = _Person()
        for member in on_duty:
            if person := persons.get(member.key):
                person.last_seen = at
