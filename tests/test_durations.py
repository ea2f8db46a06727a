from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.durations import format_duration, parse_duration

SECONDS = {"y": 365 * 24 * 3600, "w": 7 * 24 * 3600, "d": 24 * 3600, "h": 3600, "m": 60, "s": 1, "ms": 0.001}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("0ms", 0),
        ("1ms", 0.001),
        ("500ms", 0.5),
        ("10s", 10),
        ("1m30s", 90),
        ("90s", 90),
        ("007s", 7),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86_400),
        ("3w", 1_814_400),
        ("1y", 31_536_000),
        ("3d2h1m10s500ms", 266_470.5),
        ("1y1w1d1h1m1s1ms", 32_230_861.001),
        ("1000000000s", 1_000_000_000),
        ("292y", 292 * 31_536_000),
        ("9223372036854ms", 9_223_372_036.854),
    ],
)
def test_parses_what_prometheus_parses(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1",
        "00",
        "s",
        "1.5h",
        "-1s",
        "+1s",
        "1 s",
        " 1s",
        "1s ",
        "1s\n",
        "1S",
        "1us",
        "1ns",
        "1min",
        "30s1m",
        "1ms1s",
        "1h1h",
        "1_000s",
        "1e3s",
        "١s",
        "forever",
        "293y",
        "292y53w",
        "9223372036855ms",
        "9" * 5000 + "s",
    ],
)
def test_refuses_what_prometheus_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.0004, "0s"),
        (0.001, "1ms"),
        (0.5, "500ms"),
        (1.5, "1s500ms"),
        (60, "1m"),
        (90, "1m30s"),
        (120, "2m"),
        (3600, "1h"),
        (86_400, "1d"),
        (604_800, "1w"),
        (31_536_000, "1y"),
    ],
)
def test_formats_in_the_shortest_form(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(min_value=0, max_value=(2**63 - 1) // 10**6))
def test_what_is_formatted_parses_to_the_same(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.text(alphabet="0123456789ywdhms ", max_size=12))
def test_agrees_with_a_slow_reading_of_the_rules(text: str) -> None:
    assert_read_as(text, read_slowly(text))


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(list(SECONDS))), max_size=4))
def test_takes_units_from_large_to_small_and_each_once(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{count}{unit}" for count, unit in parts)
    assert_read_as(text, read_slowly(text))


def assert_read_as(text: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(ValueError, match=r"."):
            parse_duration(text)
    else:
        assert parse_duration(text) == pytest.approx(seconds, abs=0.0005)


def read_slowly(text: str) -> float | None:
    if text == "0":
        return 0
    parts = re.findall("([0-9]+)([a-z]+)", text)
    units = [unit for _, unit in parts]
    in_order = [unit for unit in SECONDS if unit in units]
    if not parts or units != in_order or "".join(count + unit for count, unit in parts) != text:
        return None
    seconds = sum(int(count) * SECONDS[unit] for count, unit in parts)
    return seconds if seconds * 1e9 < 2**63 else None
