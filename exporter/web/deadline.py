"""How long a scrape may take."""

from __future__ import annotations

import math

HEADER = "X-Prometheus-Scrape-Timeout-Seconds"


def scrape_budget(header: str | None, timeout: float, offset: float) -> float:
    """Return the seconds that a scrape has for collecting.

    `header` is Prometheus's own time-out, of which `offset` seconds are kept back for rendering and the way home, but
    never more than half of it. Without the header, or with one that makes no sense, it is `timeout`.
    """
    try:
        seconds = float(header or "")
    except ValueError:
        return timeout
    if not 0 < seconds / 2 < math.inf:
        return timeout
    return max(seconds - offset, seconds / 2)
