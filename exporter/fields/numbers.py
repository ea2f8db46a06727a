"""Counts and ids as the API gives them: as numbers or texts."""

from __future__ import annotations

import re

MOST = 10**9
"""The largest count that can be."""
MOST_IDS = 10_000
"""How many different ids of one kind are told apart in an answer, whatever the API sends."""
LONGEST_NUMBER = 20
"""Characters of a number that comes as text."""

Number = str | int | float | None

_SMALLEST_ID, _LARGEST_ID = -(2**63), 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]+")


def read_count(value: str | float, name: str) -> int:
    """Read a count from 0 to 10^9. Raises ValueError, which calls it by its name."""
    count = value if type(value) is int else _whole(value, name)
    if count < 0:
        raise ValueError(f"{name} is negative")
    if count > MOST:
        raise ValueError(f"{name} is over {MOST}")
    return count


def read_id(value: Number, name: str) -> int | None:
    """Read an id, an integer of 64 bits; None where there is none. Raises ValueError, which calls it by its name."""
    if value is None or value == "":
        return None
    number = value if type(value) is int else _whole(value, name)
    if not _SMALLEST_ID <= number <= _LARGEST_ID:
        raise ValueError(f"{name} has more than 64 bits")
    return number


def _whole(value: str | float, name: str) -> int:
    if isinstance(value, str):
        if len(value) <= LONGEST_NUMBER and _WHOLE.fullmatch(value):
            return int(value)
    elif isinstance(value, int) or value.is_integer():
        return int(value)
    raise ValueError(f"{name} is no whole number")
