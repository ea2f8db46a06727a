"""What the rule of a single value in a document is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import yaml

from exporter.yamlconf.yaml_nodes import plain_value


class InvalidValueError(ValueError):
    """A value that breaks its rule, and how: `reason` follows the words for the value, such as `of 101 characters`.

    It is shown even where the value is redacted. `shown` takes the place of the words for the value, `allowed` that of
    the rule's own words.
    """

    def __init__(self, reason: str, *, shown: str | None = None, allowed: str | None = None) -> None:
        self.reason = reason
        self.shown = shown
        self.allowed = allowed
        super().__init__(reason)


@dataclasses.dataclass(frozen=True, slots=True)
class ValueRule:
    """The rule of a single value: `parse` returns it in its type or raises ValueError, `allowed` says it in words.

    A InvalidValueError of `parse` says what is wrong. `read` makes what `parse` gets from a node, or raises ValueError.
    """

    parse: Callable[[Any], Any]
    allowed: str
    read: Callable[[yaml.Node], Any] = plain_value
