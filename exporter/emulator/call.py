"""One phone session of the simulated contact center, from its first ring to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import UUID

from exporter.emulator.staff import StaffMember


class CallDirection(IntEnum):
    """Who called whom, as the API counts it."""

    INBOUND = 0
    OUTBOUND = 1


class Status(StrEnum):
    """The API's `SessionStatus`, as far as the emulator uses it.

    `SEAT_JOINING`: a caller hears the greeting or stands in the queue, no staff member is there yet. `RINGING`: a
    phone rings, the staff member's for an inbound call, the customer's for an outbound one.
    """

    SEAT_JOINING = "seatJoining"
    RINGING = "ringing"
    IN_PROGRESS = "inProgress"


class Outcome(StrEnum):
    """How a session ended."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"


@dataclass(slots=True, eq=False)
class Call:
    """A phone call.

    Times are seconds since the start of the center, negative before it. `number` counts the sessions in the order of
    their starts; `key` is random, and the identifiers are made of it, so that they show no order. An inbound call has a
    `skill_group` (its id) from the moment `queued` on, when the greeting is over.
    """

    number: int
    key: UUID
    direction: CallDirection
    started: float
    staff_member: StaffMember | None = None
    rang: float | None = None
    accepted: float | None = None
    skill_group: int | None = None
    queued: float | None = None
    ended: bool = field(default=False, repr=False)
    encoded: tuple[object, bytes] | None = field(default=None, repr=False)
    """What was last sent of the session, beside the state that it tells of."""

    @property
    def session_id(self) -> str:
        """The session's identifier, a UUID."""
        return str(self.key)

    @property
    def status(self) -> Status:
        """The phase that the session is in."""
        if self.accepted is not None:
            return Status.IN_PROGRESS
        return Status.RINGING if self.rang is not None else Status.SEAT_JOINING
