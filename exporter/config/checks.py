"""What must fit together in a configuration. Each check looks at values that are right by themselves."""

from __future__ import annotations

import math
import ssl
from pathlib import Path
from typing import Any

from exporter.config.schema import CollectionSettings
from exporter.durations import format_duration
from exporter.files import opened_regular_file
from exporter.yamlconf.described import described_text
from exporter.yamlconf.document import Document, Position


def check_collection(document: Document) -> None:
    """The offset is a part of the time-out, and what overruns is no younger than the time-out."""
    timeout = _collection_seconds(document, "timeout")
    offset = _collection_seconds(document, "timeout_offset")
    staleness = _collection_seconds(document, "max_staleness")
    if offset >= timeout:
        problem = f"is {format_duration(offset)}, allowed: less than the timeout, which is {format_duration(timeout)}"
        document.report(("collection", "timeout_offset"), problem)
    if staleness < timeout:
        problem = f"is {format_duration(staleness)}, allowed: no less than the timeout, {format_duration(timeout)}"
        document.report(("collection", "max_staleness"), problem)


def check_names(document: Document) -> None:
    """Names are unique, those that default to an id too, and an account lists an application once."""
    accounts: dict[Any, Position] = {}
    applications: dict[Any, Position] = {}
    ids: dict[Any, Position] = {}
    for position, value in document.values.items():
        match position:
            case ("accounts", int(), "name"):
                if first := _line_of_first(document, accounts, value, position):
                    _not_unique(document, position, f"found {described_text(value)} again", first)
            case ("accounts", int(), "applications", int(), "name"):
                if first := _line_of_first(document, applications, value, position):
                    _not_unique(document, position, f"found {described_text(value)} again", first)
            case ("accounts", int(account), "applications", int(), "sdk_app_id"):
                name = (*position[:-1], "name")
                if first := _line_of_first(document, ids, (account, value), position):
                    problem = f"found {value} again, allowed: once in an account; it is first in line {first}"
                    document.report(position, problem)
                elif name not in document.lines and (
                    first := _line_of_first(document, applications, str(value), position)
                ):
                    _not_unique(document, name, f"is {described_text(str(value))} where left out", first)


def check_credentials(document: Document) -> None:
    """A key pair is whole, and each part of it is given in one way."""
    for block in (position for position in document.mappings if position[-1:] == ("credentials",)):
        for name, required in (("secret_id", True), ("secret_key", True), ("token", False)):
            given = [key for key in (name, f"{name}_file") if (*block, key) in document.lines]
            if len(given) == 2:
                document.report((*block, given[1]), f"is given beside {name}, allowed: one of the two")
            elif required and not given:
                document.report((*block, name), f"is missing, allowed: {name} or {name}_file")


def check_ca_files(document: Document, directory: Path) -> None:
    """Certificates are there and readable, for endpoints that have a use for them."""
    for position, value in list(document.values.items()):
        if position[-1] == "ca_file":
            if document.values.get((*position[:-1], "endpoint"), "").startswith("http://"):
                document.report(position, "is given with an http:// endpoint, allowed: with https:// only")
            _check_certificates(document, position, directory / value)


def _collection_seconds(document: Document, key: str) -> float:
    # A value that is there and wrong compares as neither less nor more.
    position = ("collection", key)
    default: float = math.nan if position in document.lines else getattr(CollectionSettings(), key)
    seconds: float = document.values.get(position, default)
    return seconds


def _line_of_first(document: Document, seen: dict[Any, Position], value: Any, position: Position) -> int | None:
    first = seen.setdefault(value, position)
    return None if first == position else document.lines[first]


def _not_unique(document: Document, position: Position, found: str, first: int) -> None:
    document.report(
        position, f"{found}, allowed: a name that nothing else in the file has; it is first in line {first}"
    )


def _check_certificates(document: Document, position: Position, path: Path) -> None:
    try:
        with opened_regular_file(path):
            ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        document.report(position, f"found no certificate in {path}, allowed: a file of PEM certificates")
    except OSError as error:
        document.report(position, f"{path} cannot be read: {error.strerror}, allowed: a file of PEM certificates")
