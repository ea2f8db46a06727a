"""Durations as Prometheus writes them: `500ms`, `10s`, `1m30s`, `1d`."""

from __future__ import annotations

import re

_MILLISECONDS = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
_PATTERN = re.compile("".join(rf"(?:(?P<{unit}>[0-9]+){unit})?" for unit in _MILLISECONDS))
_LARGEST = (2**63 - 1) // 1_000_000


def parse_duration(text: str) -> float:
    """Return the seconds of a duration. Units go from large to small, each at most once; a bare `0` needs none.

    Raises ValueError for anything else and above some 292 years, as Prometheus's `model.ParseDuration` does:
    https://github.com/prometheus/common/blob/main/model/time.go
    """
    if text == "0":
        return 0.0
    match = _PATTERN.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is no duration such as 500ms, 10s or 1m30s")
    milliseconds = sum(int(count) * _MILLISECONDS[unit] for unit, count in match.groupdict("0").items())
    if milliseconds > _LARGEST:
        raise ValueError(f"{text!r} is longer than a duration can be")
    return milliseconds / 1000


def format_duration(seconds: float) -> str:
    """Return a duration in its shortest form with whole numbers, rounded to milliseconds."""
    rest = round(seconds * 1000)
    parts = []
    for unit, size in _MILLISECONDS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
