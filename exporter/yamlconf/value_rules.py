"""The rules of single values that any file may hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from exporter.durations import parse_duration
from exporter.yamlconf.names import problem_of
from exporter.yamlconf.value_rule import InvalidValueError, ValueRule


def text(most: int) -> ValueRule:
    """Return the rule of a text of at most so many characters."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError
        if problem := problem_of(value, most):
            raise InvalidValueError(problem)
        return value

    return ValueRule(
        parse,
        f"text of 1 to {most} characters without spaces around it; numbers, dates, yes and no in quotes",
    )


def whole_number(least: int, most: int) -> ValueRule:
    """Return the rule of a whole number within bounds."""

    def parse(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError
        return value

    return ValueRule(parse, f"a whole number from {least} to {most}")


def duration(least: str, most: str) -> ValueRule:
    """Return the rule of a duration within bounds; its value is in seconds."""

    def parse(value: Any) -> float:
        seconds = parse_duration(str(value)) if type(value) in {str, int} else math.nan
        if not parse_duration(least) <= seconds <= parse_duration(most):
            raise ValueError
        return seconds

    return ValueRule(parse, f"a duration from {least} to {most}, such as 500ms, 10s or 1m30s")


def one_of(values: Sequence[str]) -> ValueRule:
    """Return the rule of a text that is one of a few."""

    def parse(value: Any) -> str:
        if value not in values:
            raise ValueError
        return str(value)

    return ValueRule(parse, f"one of {', '.join(values)}")
