from __future__ import annotations

import math

import pytest

from exporter.web.ages import written_age, written_time


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-0.5, "0 s"),
        (-2, ""),
        (12.9, "12 s"),
        (59.99, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d 0 h"),
        (400 * 86_400, "400 d 0 h"),
        (1e10, ""),
        (math.inf, ""),
        (math.nan, ""),
    ],
)
def test_ages(seconds: float, words: str) -> None:
    assert written_age(1000.0, 1000.0 + seconds) == words


@pytest.mark.parametrize(
    ("timestamp", "words"),
    [
        (0.0, "1970-01-01 00:00:00 UTC"),
        (253_402_300_799.0, "9999-12-31 23:59:59 UTC"),
        (253_402_300_800.0, "2.53402e+11 s of Unix time"),
        (math.inf, "inf s of Unix time"),
        (math.nan, "nan s of Unix time"),
    ],
)
def test_times(timestamp: float, words: str) -> None:
    assert written_time(timestamp) == words
