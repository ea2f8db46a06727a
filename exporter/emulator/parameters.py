"""The parameters of a request, from a JSON body or a query string, and the API's errors about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from exporter.emulator.errors import RequestRefusedError

Value = TypeVar("Value")

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_ELEMENT = re.compile(r"(?P<name>[A-Za-z]+)\.[0-9]{1,6}")
_BOOLEANS = {"true": True, "false": False}


class Parameters:
    """Named values, read one by one as the types that an action has them in.

    Every method raises RequestRefusedError where a value is of another type, those without a default also where there
    is none. An optional one may be null. In a query string everything is text, which is read as the type wanted.
    """

    def __init__(self, values: Mapping[str, object], *, are_texts: bool = False) -> None:
        self._values = values
        self._are_texts = are_texts

    def check_names(self, known: Collection[str]) -> None:
        """Refuse names that the action does not have."""
        for name in self._values:
            if name not in known:
                raise RequestRefusedError("UnknownParameter", f"The parameter `{name}` is not defined.")

    def integer(self, name: str) -> int:
        """Return an integer that must be there."""
        if name not in self._values:
            raise RequestRefusedError("MissingParameter", f"The parameter `{name}` is missing.")
        return self._typed(name, self._values[name], int, "an integer")

    def optional_integer(self, name: str) -> int | None:
        """Return an integer, None where there is none."""
        return None if self._values.get(name) is None else self.integer(name)

    def optional_text(self, name: str) -> str | None:
        """Return a text, None where there is none."""
        value = self._values.get(name)
        return None if value is None else self._typed(name, value, str, "a string")

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return a boolean."""
        value = self._values.get(name)
        return default if value is None else self._typed(name, value, bool, "a boolean")

    def integers(self, name: str) -> frozenset[int]:
        """Return the integers of a list, none where there is no list."""
        return frozenset(self._typed(name, value, int, "an array of integers") for value in self._list(name))

    def texts(self, name: str) -> frozenset[str]:
        """Return the texts of a list, none where there is no list."""
        return frozenset(self._typed(name, value, str, "an array of strings") for value in self._list(name))

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        return [] if value is None else self._typed(name, value, list, "an array")

    def _typed(self, name: str, value: object, kind: type[Value], expected: str) -> Value:
        if self._are_texts and isinstance(value, str):
            value = _read(value, kind)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RequestRefusedError("InvalidParameter", f"The parameter `{name}` must be {expected}.")
        return value


def parse_body(content_type: str, body: bytes) -> Parameters:
    """Parse the JSON of a POST request. Raises RequestRefusedError."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefusedError("InvalidParameter", "The content type of a POST request must be application/json.")
    try:
        return Parameters(msgspec.json.decode(body, type=dict[str, object]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RequestRefusedError("InvalidParameter", "The body must be a JSON object.") from None


def parse_query(query: str) -> Parameters:
    """Parse the query string of a GET request, where a list is `NAME.0=...&NAME.1=...`. Raises RequestRefusedError."""
    values: dict[str, object] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        match = _ELEMENT.fullmatch(name)
        if match is None:
            values[name] = text
            continue
        elements = values.setdefault(match["name"], [])
        if not isinstance(elements, list):
            raise RequestRefusedError("InvalidParameter", f"The parameter `{match['name']}` must be an array.")
        elements.append(text)
    return Parameters(values, are_texts=True)


def _read(text: str, kind: type) -> object:
    if kind is int and _INTEGER.fullmatch(text):
        return int(text)
    return _BOOLEANS.get(text.lower(), text) if kind is bool else text
