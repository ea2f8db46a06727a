"""Which permits of a rate limit are in use, and when each is free again.

Tencent Cloud counts requests as they arrive, and does not say whether its second is fixed or sliding. A request takes
one of N permits when it is sent, and the permit is free again one second after the request was answered, less half of
the smallest round trip r. Let the request leave at s, arrive at a and be answered at b, and let the next one with its
permit leave at s' >= b + 1 - r/2 and arrive at a'. What lies between the arrivals is (a' - s') + (s' - b) + (b - a) >=
1 - r/2 plus the way there of the one and the way back of the other. However both vary, they take what the bare network
takes, and of that the smallest round trip is at most the double. So N permits let no N + 1 requests arrive within one
second, whatever second the server counts. A request that is given up is taken to have arrived by then.
"""

from __future__ import annotations

import heapq

WINDOW = 1.0
"""Seconds in which the server counts."""
WARM_AFTER = 2
"""Round trips per permit until the smallest is believed: the first ones contain the making of a connection."""
CLOCK_RESOLUTION = 1e-6
"""Seconds by which a timer may fire early."""


class PermitWindow:
    """The permits in use. All times are those of one clock, in seconds."""

    def __init__(self) -> None:
        self.in_use = 0
        """Permits under way or not yet free again."""
        self.release_times: list[float] = []
        """When permits are free again whose requests have ended: a heap, the earliest first."""
        self._smallest_round_trip = WINDOW
        self._round_trips = 0

    def take(self) -> None:
        """Take a permit."""
        self.in_use += 1

    def put_back(self) -> None:
        """Put back a permit for which no request was sent: it is free at once."""
        self.in_use -= 1

    def end(self, now: float, round_trip: float | None, permits: int) -> None:
        """End a request, answered after `round_trip` seconds, or given up (None); `permits` is how many there are."""
        seconds = WINDOW
        if round_trip is not None:
            self._smallest_round_trip = min(self._smallest_round_trip, round_trip)
            self._round_trips += 1
            if self._round_trips > WARM_AFTER * permits:
                seconds -= self._smallest_round_trip / 2
        # Later by what a timer may fire early.
        heapq.heappush(self.release_times, now + seconds + CLOCK_RESOLUTION)

    def release_due(self, now: float) -> None:
        """Set those permits free whose time has come."""
        while self.release_times and self.release_times[0] <= now:
            heapq.heappop(self.release_times)
            self.in_use -= 1
