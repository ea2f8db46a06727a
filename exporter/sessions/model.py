"""What a contact center's list of active sessions holds, in this project's own terms.

Phone numbers are left out on purpose: nothing here needs them, and what is not held cannot leak.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PAGE_SIZE = 25
"""The most sessions that the API puts on a page."""

Direction = Literal["inbound", "outbound", "unknown"]
DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound", "unknown")

STATUSES = ("ringing", "seatJoining", "inProgress")
"""The statuses of a call that is up, as documented for `DescribeTelSession`; others may come."""
FINISHED = "finished"


class Session(msgspec.Struct, frozen=True, gc=False):
    """One phone session. Times are Unix seconds of the server's clock, None where the API gave none.

    `id` is empty where the API gave none; so are `staff_number` and `staff_email` while nobody is on the session.
    `accepted_untimed`: it was accepted, but the time that the API gives for it is none that can be.
    """

    id: str
    status: str
    direction: Direction
    started: float | None = None
    accepted: float | None = None
    staff_number: str = ""
    staff_email: str = ""
    accepted_untimed: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether somebody has accepted it, at whatever time."""
        return self.accepted is not None or self.accepted_untimed


class Page(msgspec.Struct, frozen=True):
    """One response: the sessions from `offset` on, and how many there are in all as the API counts them.

    All of it is one view of the list, taken at some time between `sent` and `received` (the event loop's clock).
    """

    offset: int
    total: int
    sessions: tuple[Session, ...]
    server_time: float
    sent: float = 0.0
    received: float = 0.0


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole list, each session once.

    `total` is the count the API reported last. Of the `requests` that it took, retries included, `repairs` closed gaps
    between pages. `complete` is True only where it is proven that every session that was
    up throughout is in `sessions`. `server_time` is the server's clock when the last page came, `finished` this
    machine's, both in Unix seconds; `duration` is in seconds. `at` is when the last page came in the event loop's time:
    by it goes what depends on how long ago something was, as other clocks are set back and forth.
    """

    sessions: tuple[Session, ...]
    total: int
    complete: bool
    requests: int
    repairs: int = 0
    server_time: float
    finished: float
    at: float
    duration: float
