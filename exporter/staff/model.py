"""The staff of a contact center, in this project's own terms. Names and phone numbers are left out on purpose."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exporter.tencent.errors import TencentError

STATUSES = ("free", "busy", "rest", "notReady", "afterCallWork", "offline")
"""The documented statuses; others may come."""
OFFLINE = "offline"
AFTER_CALL_WORK = "afterCallWork"
FREE = "free"


class StaffStatus(msgspec.Struct, frozen=True, gc=False):
    """The status of one staff member, and since when it has been that, in Unix seconds of the server's clock.

    `key` is what the staff list knows the member by. It is empty, as `email` is, where the API gave no email; `since`
    is None where it gave no time that can be.
    """

    key: str
    email: str
    status: str
    since: float | None = None


class StaffMember(msgspec.Struct, frozen=True):
    """What the staff list tells of a member: the staff number, empty where there is none, and the ids of the skill
    groups that the member belongs to, None in place of those that are not told apart.
    """

    number: str
    groups: tuple[int | None, ...] = ()


class StaffList(msgspec.Struct, frozen=True):
    """Who works there: the members by key, see StaffStatus, and the names of the skill groups by id.

    `read_at` is when it was read, in the event loop's time.
    """

    members: Mapping[str, StaffMember]
    groups: Mapping[int, str]
    read_at: float


class StaffReading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read at one time.

    `staff_list` is the latest that is known, None where there is none. Then `list_error` tells why; it is None where
    the list is known or still being read for the first time.

    `server_time` is the server's clock when the statuses came, `finished` this machine's, both in Unix seconds; `at` is
    the same in the event loop's time. `duration` is in seconds. `requests` counts retries too, and what was asked for
    the staff list since the reading before.
    """

    members: tuple[StaffStatus, ...]
    staff_list: StaffList | None = None
    list_error: TencentError | None = None
    requests: int
    server_time: float
    finished: float
    at: float
    duration: float


def member_key(email: str) -> str:
    """Return what a staff member is known by; emails differ in capitals from one action to the other."""
    return email.strip().casefold()
