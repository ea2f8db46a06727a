"""The parameters of `DescribePSTNActiveSessionList`, from a JSON body or a query string.

All three are required: https://www.tencentcloud.com/document/product/1229/59767.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from exporter.emulator.errors import RequestRefusedError

MAXIMUM_LIMIT = 25

_NAMES = ("SdkAppId", "Offset", "Limit")
_INT64_DIGITS = 18


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of which application's list is asked for."""

    sdk_app_id: int
    offset: int
    limit: int


def parse_body(content_type: str, body: bytes) -> PageRequest:
    """Parse the JSON of a POST request. Raises RequestRefusedError."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefusedError("InvalidParameter", "The content type of a POST request must be application/json.")
    try:
        parameters = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RequestRefusedError("InvalidParameter", "The body must be a JSON object.") from None
    return _page_request(parameters)


def parse_query(query: str) -> PageRequest:
    """Parse the query string of a GET request, where numbers are texts. Raises RequestRefusedError."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return _page_request({name: _number(value) for name, value in pairs})


def _number(text: str) -> int | str:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _INT64_DIGITS else text


def _page_request(parameters: Mapping[str, object]) -> PageRequest:
    for name in parameters:
        if name not in _NAMES:
            raise RequestRefusedError("UnknownParameter", f"The parameter `{name}` is not defined.")
    sdk_app_id, offset, limit = (_integer(parameters, name) for name in _NAMES)
    if offset < 0:
        raise RequestRefusedError("InvalidParameterValue", "The parameter `Offset` must not be negative.")
    if limit < 1:
        raise RequestRefusedError("InvalidParameterValue", "The parameter `Limit` must be at least 1.")
    if limit > MAXIMUM_LIMIT:
        raise RequestRefusedError(
            "LimitExceeded.OutOfCountLimit", f"The parameter `Limit` must be at most {MAXIMUM_LIMIT}."
        )
    return PageRequest(sdk_app_id, offset, limit)


def _integer(parameters: Mapping[str, object], name: str) -> int:
    if name not in parameters:
        raise RequestRefusedError("MissingParameter", f"The parameter `{name}` is missing.")
    value = parameters[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise RequestRefusedError("InvalidParameter", f"The parameter `{name}` must be an integer.")
    return value
