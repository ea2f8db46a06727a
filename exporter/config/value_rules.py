"""The rules of single values in the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from yarl import URL

from exporter.hosts import HostError, parse_host_and_port
from exporter.metrics.staff import StaffLabel
from exporter.metrics.thresholds import SIGNALS, SKILL_GROUP_SIGNALS
from exporter.tencent.key_text import ALLOWED, KeyTextError, check_key_text
from exporter.yamlconf.value_rule import InvalidValueError, QuotedText, ValueRule
from exporter.yamlconf.value_rules import text
from exporter.yamlconf.yaml_nodes import key_text, quoted_text, scalar_text

STAFF_LABELS: tuple[StaffLabel, ...] = ("staff_number", "staff_email")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_DAY = 24 * 60
LARGEST_SDK_APP_ID = 2**32 - 1
LARGEST_SKILL_GROUP_ID = 2**63 - 1
REDACTED = "<secret>"


def sdk_app_id() -> ValueRule:
    """Return the rule of the id of an application: a number, in quotes or not, also in the floating-point notation
    that templates turn large numbers into. Its parser takes text.
    """
    return _id(LARGEST_SDK_APP_ID)


def skill_group_id() -> ValueRule:
    """Return the rule of the id of a skill group, written as that of an application may be."""
    return _id(LARGEST_SKILL_GROUP_ID)


def skill_group_signal() -> ValueRule:
    """Return the rule of a signal that skill groups have."""

    def parse(value: Any) -> str:
        if value in SIGNALS and value not in SKILL_GROUP_SIGNALS:
            raise InvalidValueError("which only a whole application has")
        if value not in SKILL_GROUP_SIGNALS:
            raise ValueError
        return str(value)

    return ValueRule(parse, f"of a skill group one of {', '.join(SKILL_GROUP_SIGNALS)}")


def key(name: str, convert: Callable[[str], Any] = str) -> ValueRule:
    """Return the rule of a part of a key to Tencent Cloud, such as `secret_id`; `convert` gives it its type."""

    def parse(value: str) -> Any:
        try:
            return convert(check_key_text(value))
        except KeyTextError as error:
            allowed = _instead_of_placeholder(name) if error.is_placeholder else None
            raise InvalidValueError(str(error), allowed=allowed) from None

    allowed = f"{ALLOWED}; numbers, dates, yes and no in quotes"
    return ValueRule(parse, allowed, read=key_text, write=lambda _: REDACTED)


def key_file() -> ValueRule:
    """Return the rule of the path of a file that holds a part of a key, in whose place the key itself may be."""
    path = text(4096)

    def parse(value: Any) -> Any:
        if isinstance(value, str) and _KEY_ITSELF.fullmatch(value):
            raise InvalidValueError("that looks like a key itself", allowed="the path of a file that holds it")
        return path.parse(value)

    return ValueRule(parse, path.allowed)


def endpoint() -> ValueRule:
    """Return the rule of an endpoint: a URL of nothing but scheme, host and port."""

    def parse(value: Any) -> str:
        match = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError
        try:
            host, port = parse_host_and_port(match[2])
        except HostError as error:
            raise InvalidValueError(f"whose {error}") from None
        return str(URL.build(scheme=match[1].lower(), host=host, port=port).origin())

    return ValueRule(parse, "http:// or https:// with a host, perhaps a port, and nothing else")


def staff_labels() -> ValueRule:
    """Return the rule of a list of labels, each at most once."""

    def parse(value: Any) -> tuple[StaffLabel, ...]:
        if not isinstance(value, list) or any(label not in STAFF_LABELS for label in value):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(value)

    return ValueRule(parse, f"a list of {', '.join(STAFF_LABELS)}, each at most once", write=list)


def severity() -> ValueRule:
    """Return the rule of the label by which alerts are routed."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not _SEVERITY.fullmatch(value):
            raise ValueError
        return value

    return ValueRule(parse, "a word of lower-case letters, digits, _ and -, such as warning or critical")


def days() -> ValueRule:
    """Return the rule of a list of days; its value has their numbers, 0 for Monday."""

    def parse(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list) or not value or any(day not in DAYS for day in value):
            raise ValueError
        if len(set(value)) < len(value):
            raise ValueError
        return tuple(sorted(map(DAYS.index, value)))

    allowed = f"a list of {', '.join(DAYS)}, one or more, each at most once"
    return ValueRule(parse, allowed, write=lambda numbers: [DAYS[number] for number in numbers])


def time_of_day(least: int, most: int) -> ValueRule:
    """Return the rule of a time by the clock within bounds; all are in minutes since midnight."""

    def parse(value: tuple[str, bool]) -> int:
        written, is_quoted = value
        if not is_quoted and _LIKE_A_TIME.fullmatch(written):
            raise InvalidValueError("without quotes", shown=written)
        match = _TIME.fullmatch(written)
        if match is None or int(match[2]) > 59:
            raise ValueError
        minutes = int(match[1]) * 60 + int(match[2])
        if not least <= minutes <= most:
            raise ValueError
        return minutes

    allowed = f'a time in quotes from "{_clock(least)}" to "{_clock(most)}"'
    return ValueRule(parse, allowed, read=quoted_text, write=lambda minutes: QuotedText(_clock(minutes)))


def time_zone() -> ValueRule:
    """Return the rule of a time zone, by its name in the IANA database."""

    def parse(value: Any) -> ZoneInfo:
        if not isinstance(value, str) or not value:
            raise ValueError
        try:
            return ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError from None

    return ValueRule(parse, "the name of an IANA time zone, such as Asia/Shanghai or UTC", write=str)


def _id(most: int) -> ValueRule:
    def parse(value: str) -> int:
        number = Decimal(value) if _NUMBER.fullmatch(value) else Decimal(0)
        if not 1 <= number <= most or number != number.to_integral_value():
            raise ValueError
        return int(number)

    return ValueRule(parse, f"a whole number from 1 to {most}", read=scalar_text)


def _instead_of_placeholder(name: str) -> str:
    variable = f"TENCENTCLOUD_{name.upper()}"
    return (
        f"the {name} itself, as nothing fills in placeholders; or {name}_file with the path of a file that holds it; "
        f"or no credentials here, and {variable} in the environment"
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_SEVERITY = re.compile("[a-z][a-z0-9_-]{0,30}")
_TIME = re.compile("([0-9]{2}):([0-9]{2})")
_KEY_ITSELF = re.compile("[A-Za-z0-9]{32,}|AKID[^/]*")
_LIKE_A_TIME = re.compile("[0-9]{1,2}(:[0-9]{1,2}){1,2}")
_NUMBER = re.compile(r"[1-9][0-9]{0,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_ENDPOINT = re.compile(r"(https?)://([^\s/?#@]*)/?", re.IGNORECASE)
