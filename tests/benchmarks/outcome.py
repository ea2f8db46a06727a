"""Outcomes made up for the tests."""

from __future__ import annotations

from typing import Any

from benchmarks.outcomes import Outcome


def outcome(**changes: Any) -> Outcome:
    """A reading of 1,000 sessions in 1.1 s with nothing to find fault with, but for the changes."""
    values: dict[str, Any] = {
        "listed": 1000,
        "wall": 1.1,
        "requests": 40,
        "throttled": 0,
        "missed": 0,
        "twice": 0,
        "proven": True,
        "failure": "",
        "cpu": None,
        "peak_memory": None,
        "cold": False,
    }
    return Outcome(**{**values, **changes})
