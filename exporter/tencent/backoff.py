"""How the rate yields to others on the same key, and comes back.

Somebody else may use the same key, most likely a second exporter. When the server throttles all the same, the rate
falls at once to what one of two may take, and to less while refusals come close together; it recovers the faster the
longer nothing is refused. Whoever sends bursts in the same rhythm as another one keeps getting all or nothing of the
server's second, and the one who gets all never learns of the other: so while the rate is reduced, requests go out
apart, by pauses of random length.
"""

from __future__ import annotations

import math

BACKOFF_FACTOR = 0.55
"""What is left of the configured rate after the server has throttled. A little more than half, so that two who share
a key use all of it; what is too much of that is refused and comes again."""
REPEAT_WINDOW = 2.0
"""A refusal is a repeated one, so that even the reduced rate is too much, where it comes within the time in which the
configured rate allows so many requests."""
REPEAT_BACKOFF = 0.97
"""What is left of the rate in force after a repeated refusal."""
RECOVERY_RATE = 0.001
"""What part of the configured rate comes back in the first second without a refusal; in t seconds it is t squared times
as much."""
PACING = 0.9
"""The mean pause between requests while the rate is reduced, as a share of what would be even."""


class RateBackoff:
    """The rate in force, in requests a second. All times are those of one clock, in seconds."""

    def __init__(self, configured: int) -> None:
        self._configured = configured
        self._reduced_to = float(configured)
        self._throttled_at = -math.inf

    @property
    def configured(self) -> int:
        """The requests a second that may be sent at best."""
        return self._configured

    def configure(self, configured: int) -> None:
        """Allow so many requests a second from now on. What the server has refused counts on."""
        self._configured = configured

    def rate(self, now: float) -> float:
        """Return the requests a second that are allowed now: the configured ones, or fewer since the last refusal."""
        if self._reduced_to >= self._configured:
            return float(self._configured)
        calm = now - self._throttled_at
        return min(float(self._configured), self._reduced_to + RECOVERY_RATE * self._configured * calm**2)

    def throttled(self, now: float) -> None:
        """Slow down: the server has refused a request for its rate."""
        allowed = min(self.rate(now), self._configured * BACKOFF_FACTOR)
        if now - self._throttled_at < REPEAT_WINDOW / self._configured:
            allowed *= REPEAT_BACKOFF
        self._reduced_to, self._throttled_at = max(1.0, allowed), now

    def pause(self, now: float, chance: float) -> float:
        """Return the seconds to let pass until the next request; `chance`, from 0 to 1, spreads them."""
        rate = self.rate(now)
        return PACING / rate * (0.5 + chance) if rate < self._configured else 0.0

    def recovered_at(self, rate: float) -> float:
        """Return when the rate in force will have come back to so many requests a second, infinity for never."""
        if rate > self._configured:
            return math.inf
        return self._throttled_at + math.sqrt((rate - self._reduced_to) / (RECOVERY_RATE * self._configured))
