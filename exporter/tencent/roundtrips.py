"""How long requests take, and how much that varies."""

from __future__ import annotations

import math

import msgspec

WEIGHT = 0.05
"""What the newest round trip weighs in the averages."""

UNKNOWN = 0.25
"""By what part of their mean round trips are taken to deviate as long as only one is known."""


class RoundTrips(msgspec.Struct, frozen=True, gc=False):
    """Moving averages of round trips: `mean` in seconds, `variance` in square seconds. Begins with a guess."""

    mean: float = 0.1
    variance: float = 0.0
    count: int = 0

    @property
    def deviation(self) -> float:
        """The standard deviation in seconds; wider than what was seen as long as little was."""
        return math.sqrt(self.variance + (UNKNOWN * self.mean / max(1, self.count)) ** 2)

    def updated(self, round_trip: float) -> RoundTrips:
        """Return the averages with one more round trip taken in."""
        weight = max(WEIGHT, 1.0 / (self.count + 1))
        mean = self.mean + weight * (round_trip - self.mean)
        variance = (1.0 - weight) * (self.variance + weight * (round_trip - self.mean) ** 2)
        return RoundTrips(mean, variance, self.count + 1)
