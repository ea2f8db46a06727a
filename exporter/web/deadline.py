"""How long a scrape may take."""

from __future__ import annotations

import math

HEADER = "X-Prometheus-Scrape-Timeout-Seconds"

LONGEST_BUDGET = 600.0
"""Seconds that no scrape has more than, whatever it asks for: each one holds a connection."""


def scrape_budget(header: str | None, timeout: float, offset: float) -> float:
    """Return the seconds that a scrape has for collecting.

    `header` is Prometheus's own time-out, of which `offset` seconds are kept back for rendering and the way home, but
    never more than half of it. Without the header, or with one that makes no sense, it is `timeout`. `LONGEST_BUDGET`
    is the most.
    """
    try:
        seconds = float(header or "")
    except ValueError:
        seconds = math.nan
    budget = max(seconds - offset, seconds / 2) if 0 < seconds / 2 < math.inf else timeout
    return min(budget, LONGEST_BUDGET)
