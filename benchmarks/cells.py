"""What is compared: a cell is one list at one latency, and a contender is who reads it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from exporter.emulator.listing import Order

PAGE_SIZE = 25
REQUESTS_PER_SECOND = 20
APPLICATION = 1400000000

SIZES = (25, 400, 900, 5_000, 20_000)
LATENCIES = (0.020, 0.060, 0.150)
ORDERS = (Order.OLDEST_FIRST, Order.NEWEST_FIRST, Order.BY_ID)


class Contender(StrEnum):
    """Who reads the list."""

    EXPORTER = "exporter"
    SDK = "SDK's loop"


@dataclass(frozen=True, slots=True)
class Cell:
    """A list of about so many sessions in an order, a round trip away that varies by `jitter` seconds either way."""

    sessions: int
    latency: float
    jitter: float = 0.0
    order: Order = Order.OLDEST_FIRST

    def __str__(self) -> str:
        return f"{self.sessions:,}, {self.latency * 1000:.0f} ms, jitter {self.jitter * 1000:.0f} ms, {self.order}"


def grid(
    sizes: Iterable[int] = SIZES,
    latencies: Iterable[float] = LATENCIES,
    jitter_shares: Iterable[float] = (0.0, 0.5),
    orders: Iterable[Order] = ORDERS,
) -> list[Cell]:
    """Return all combinations."""
    return [
        Cell(sessions, latency, latency * share, order)
        for sessions, latency, share, order in product(sizes, latencies, jitter_shares, orders)
    ]


def fewest_requests(sessions: int) -> int:
    """Return how many pages such a list fills; an empty one takes a request too."""
    return max(1, math.ceil(sessions / PAGE_SIZE))


def physical_limit(sessions: int, latency: float) -> float:
    """Return the seconds that nobody who keeps to the rate can be faster than.

    The last page has to wait for a second for every full burst before it, and then takes a round trip.
    """
    return (fewest_requests(sessions) - 1) // REQUESTS_PER_SECOND + latency
