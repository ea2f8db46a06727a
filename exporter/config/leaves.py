"""The rules of single values in the configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from yarl import URL

from exporter.config.document import Leaf
from exporter.durations import parse_duration
from exporter.metrics.staff import StaffLabel

STAFF_LABELS: tuple[StaffLabel, ...] = ("staff_number", "staff_email")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_DAY = 24 * 60


def whole_number(least: int, most: int) -> Leaf:
    """Return the rule of a whole number within bounds."""

    def parse(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError
        return value

    return Leaf(parse, f"a whole number from {least} to {most}")


def duration(least: str, most: str) -> Leaf:
    """Return the rule of a duration within bounds; its value is in seconds."""

    def parse(value: Any) -> float:
        seconds = parse_duration(str(value)) if type(value) in {str, int} else math.nan
        if not parse_duration(least) <= seconds <= parse_duration(most):
            raise ValueError
        return seconds

    return Leaf(parse, f"a duration from {least} to {most}, such as 500ms, 10s or 1m30s")


def text(most: int, convert: Callable[[str], Any] = str) -> Leaf:
    """Return the rule of a text of at most so many characters; `convert` gives it its type."""

    def parse(value: Any) -> Any:
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= most
            or not value.isprintable()
            or value != value.strip()
        ):
            raise ValueError
        return convert(value)

    return Leaf(
        parse,
        f"text of 1 to {most} characters without spaces around it; numbers, dates, yes and no in quotes",
    )


def endpoint() -> Leaf:
    """Return the rule of an endpoint: a URL of nothing but scheme, host and port."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not _ENDPOINT.fullmatch(value):
            raise ValueError
        url = URL(value)
        if not url.port or not _HOST.fullmatch(url.raw_host or ""):
            raise ValueError
        return str(url.origin())

    return Leaf(parse, "http:// or https:// with a host, perhaps a port, and nothing else")


def staff_labels() -> Leaf:
    """Return the rule of a list of labels, each at most once."""

    def parse(value: Any) -> tuple[StaffLabel, ...]:
        if not isinstance(value, list) or any(label not in STAFF_LABELS for label in value):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(value)

    return Leaf(parse, f"a list of {', '.join(STAFF_LABELS)}, each at most once")


def one_of(values: Sequence[str]) -> Leaf:
    """Return the rule of a text that is one of a few."""

    def parse(value: Any) -> str:
        if value not in values:
            raise ValueError
        return str(value)

    return Leaf(parse, f"one of {', '.join(values)}")


def severity() -> Leaf:
    """Return the rule of the label by which alerts are routed."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not _SEVERITY.fullmatch(value):
            raise ValueError
        return value

    return Leaf(parse, "a word of lower-case letters, digits, _ and -, such as warning or critical")


def days() -> Leaf:
    """Return the rule of a list of days; its value has their numbers, 0 for Monday."""

    def parse(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list) or not value or any(day not in DAYS for day in value):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(sorted(map(DAYS.index, value)))

    return Leaf(parse, f"a list of {', '.join(DAYS)}, one or more, each at most once")


def time_of_day(least: int, most: int) -> Leaf:
    """Return the rule of a time by the clock within bounds; all are in minutes since midnight."""

    def parse(value: Any) -> int:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match[2]) > 59:
            raise ValueError
        minutes = int(match[1]) * 60 + int(match[2])
        if not least <= minutes <= most:
            raise ValueError
        return minutes

    return Leaf(parse, f'a time in quotes from "{_clock(least)}" to "{_clock(most)}"')


def time_zone() -> Leaf:
    """Return the rule of a time zone, by its name in the IANA database."""

    def parse(value: Any) -> ZoneInfo:
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError
        try:
            return ZoneInfo(value)
        except (KeyError, OSError):
            raise ValueError from None

    return Leaf(parse, "the name of an IANA time zone, such as Asia/Shanghai or UTC")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_SEVERITY = re.compile("[a-z][a-z0-9_-]{0,30}")
_TIME = re.compile("([0-9]{2}):([0-9]{2})")
_ENDPOINT = re.compile(r"https?://[^\s/?#@]+/?", re.IGNORECASE)
_HOST = re.compile("[a-z0-9._:-]+")
