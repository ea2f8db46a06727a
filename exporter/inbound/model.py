"""The inbound calls of a contact center at one moment, in this project's own terms."""

from __future__ import annotations

import msgspec

STAGES = ("ivr", "queue", "ringing", "connected", "transferred_out")
"""Where an inbound call can be, in the order in which it gets there."""
TIMED_STAGES = ("queue", "ringing", "connected")
"""The stages for which it is known how long the longest call has been there."""


class StageCounts(msgspec.Struct, frozen=True, gc=False):
    """How many calls are in each stage, and for how many seconds the longest has been there; 0 for none."""

    ivr: int = 0
    queue: int = 0
    ringing: int = 0
    connected: int = 0
    transferred_out: int = 0
    longest_queue: int = 0
    longest_ringing: int = 0
    longest_connected: int = 0

    def merged(self, other: StageCounts) -> StageCounts:
        """Return the calls of both together."""
        return StageCounts(
            self.ivr + other.ivr,
            self.queue + other.queue,
            self.ringing + other.ringing,
            self.connected + other.connected,
            self.transferred_out + other.transferred_out,
            max(self.longest_queue, other.longest_queue),
            max(self.longest_ringing, other.longest_ringing),
            max(self.longest_connected, other.longest_connected),
        )


class SkillGroupCalls(msgspec.Struct, frozen=True, gc=False):
    """The calls of a skill group, whose name is empty where the API gave none."""

    id: int
    name: str
    counts: StageCounts


class InboundCalls(msgspec.Struct, frozen=True):
    """All inbound calls, and those of each skill group.

    `other` are the calls of the skill groups that are not told apart, None where there are no such groups.
    """

    total: StageCounts
    groups: tuple[SkillGroupCalls, ...] = ()
    other: StageCounts | None = None


class InboundReading(msgspec.Struct, frozen=True, kw_only=True):
    """The calls read at one time.

    `server_time` is the server's clock when the answer came, `finished` this machine's, both in Unix seconds; `at` is
    the same in the event loop's time. `duration` is in seconds, `requests` counts retries too.
    """

    calls: InboundCalls
    requests: int
    server_time: float
    finished: float
    at: float
    duration: float
