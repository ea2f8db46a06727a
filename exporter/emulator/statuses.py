"""What a staff member is doing, since when, and for how long today."""

from __future__ import annotations

from enum import StrEnum

from exporter.emulator.arrivals import SECONDS_PER_DAY

START_OF_DAY = 8.5 * 3600
"""The time of day at which every center starts: the load is at its mean, and rising."""


class StaffStatus(StrEnum):
    """The API's statuses of staff members.

    `BUSY` is what the console shows as in a call, from the first ring to the end of the talk; `NOT_READY` is what it
    shows as busy. `REST` is a break.
    """

    FREE = "free"
    BUSY = "busy"
    REST = "rest"
    NOT_READY = "notReady"
    AFTER_CALL_WORK = "afterCallWork"
    OFFLINE = "offline"


_ONLINE = tuple(status for status in StaffStatus if status is not StaffStatus.OFFLINE)
_INDEX = {status: index for index, status in enumerate(StaffStatus)}
_TYPICAL_SHARES = (0.2, 0.63, 0.08, 0.02, 0.07, 0.0)
"""What a shift is spent on, in the order of the statuses."""


class Timesheet:
    """One person's status of now, and how long each status has lasted since the day began.

    Times are seconds since the start of the center, negative before it. `since` is when the status began,
    `online_since` when the person last came online, None for whoever never did.
    """

    __slots__ = ("_totals", "online_since", "since", "status")

    def __init__(
        self, status: StaffStatus = StaffStatus.OFFLINE, since: float = 0.0, online_since: float | None = None
    ) -> None:
        """Begin in a status.

        What came between `online_since` and `since` is taken for a typical part of a shift.
        """
        self.status = status
        self.since = since
        self.online_since = online_since
        self._totals: list[float] | None = None

    def change(self, status: StaffStatus, now: float) -> None:
        """Go over to another status."""
        self._totals = self._add_up(now, self._totals)
        if self.status is StaffStatus.OFFLINE:
            self.online_since = now
        self.status = status
        self.since = now

    def durations(self, now: float) -> dict[StaffStatus, float]:
        """Return how many seconds of the current day each status but `OFFLINE` has lasted."""
        totals = self._add_up(now, None if self._totals is None else self._totals.copy())
        return dict(zip(_ONLINE, totals, strict=False))

    def _add_up(self, now: float, totals: list[float] | None) -> list[float]:
        midnight = now - (now + START_OF_DAY) % SECONDS_PER_DAY
        begun = self.since
        if begun < midnight:
            begun = midnight
            totals = [0.0] * len(_INDEX)
        elif totals is None:
            online = 0.0 if self.online_since is None else max(begun - max(self.online_since, midnight), 0.0)
            totals = [share * online for share in _TYPICAL_SHARES]
        totals[_INDEX[self.status]] += now - begun
        return totals
