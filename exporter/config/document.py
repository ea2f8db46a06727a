"""A YAML file as typed values, and every fault in it with its place.

What a document may hold is told by dataclasses: a field is another dataclass, a tuple of dataclasses, or a single
value, which is annotated with a Leaf. The walk goes on after a fault, so that all of them are reported at once.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from exporter.config.shown import shown_key, shown_node
from exporter.config.yaml_nodes import LARGEST_FILE, NULL_TAG, SyntaxFaultError, compose, plain_value

Position = tuple[str | int, ...]
"""A place in a document: the keys and indices that lead to it."""

Shape = TypeVar("Shape")


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; `line` counts from 1, 0 stands for no line in particular."""

    file: str
    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.problem) if part)


class ConfigurationError(Exception):
    """A configuration that cannot be used; `faults` tells all that is wrong with it, in the order of its lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))


@dataclasses.dataclass(frozen=True, slots=True)
class Leaf:
    """The rule of a single value: `parse` returns it in its type or raises ValueError, `allowed` says it in words."""

    parse: Callable[[Any], Any]
    allowed: str


class Document:
    """A YAML file under examination, in which faults gather.

    `lines` has the line of every position in the file, `leaves` the single values that are right, and `mappings` the
    positions of what is a mapping as it should be.
    """

    def __init__(self, file: str, hidden: str) -> None:
        """`hidden`: under this key no value and no unknown key is ever shown in a fault."""
        self.lines: dict[Position, int] = {}
        self.leaves: dict[Position, Any] = {}
        self.mappings: list[Position] = []
        self._file = file
        self._hidden = hidden
        self._faults: list[Fault] = []

    def build(self, content: bytes, shape: type[Shape]) -> Shape | None:
        """Return the document in the shape of a dataclass, None where there are faults."""
        try:
            node = compose(content)
        except SyntaxFaultError as error:
            self._faults.append(Fault(self._file, error.line, "", error.problem))
            return None
        built: Shape | None = self._mapping(node, shape, ())
        return built

    def fault(self, position: Position, problem: str) -> None:
        """Report a fault at a position, or at the nearest place around it that is in the file."""
        around = position
        while around and around not in self.lines:
            around = around[:-1]
        self._faults.append(Fault(self._file, self.lines.get(around, 1), _path(position), problem))

    def raise_faults(self) -> None:
        """Raise ConfigurationError where there are faults."""
        if self._faults:
            raise ConfigurationError(self._faults)

    def _mapping(self, node: yaml.Node, shape: Any, position: Position) -> Any:
        self.lines.setdefault(position, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode) and node.tag == NULL_TAG:
            node = yaml.MappingNode("tag:yaml.org,2002:map", [], node.start_mark, node.end_mark)
        hints = _hints(shape)
        if not isinstance(node, yaml.MappingNode):
            self.fault(position, f"found {self._shown(node, position)}, allowed: a mapping with {', '.join(hints)}")
            return None
        self.mappings.append(position)
        before = len(self._faults)
        values = {
            key: self._value(child, hints[key], (*position, key))
            for key, child in self._known_items(node, list(hints), position)
        }
        for field in dataclasses.fields(shape):
            if field.default is dataclasses.MISSING and (*position, field.name) not in self.lines:
                self.fault((*position, field.name), "is missing")
        return shape(**values) if len(self._faults) == before else None

    def _known_items(
        self, node: yaml.MappingNode, known: list[str], position: Position
    ) -> Iterator[tuple[str, yaml.Node]]:
        for key_node, child in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            line = key_node.start_mark.line + 1
            here = (*position, key)
            if key not in known:
                hidden = self._is_hidden(position)
                hint = "" if hidden else _did_you_mean(key, known)
                problem = f"found {shown_key(key_node, hidden)}{hint}, allowed: {', '.join(known)}"
                self._faults.append(Fault(self._file, line, _path(position), problem))
            elif here in self.lines:
                problem = f"is given twice, allowed: once; it is first in line {self.lines[here]}"
                self._faults.append(Fault(self._file, line, _path(here), problem))
            else:
                self.lines[here] = line
                yield key, child

    def _value(self, node: yaml.Node, hint: Any, position: Position) -> Any:
        leaf = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Leaf)), None)
        if leaf is not None:
            return self._leaf(node, leaf, position)
        if get_origin(hint) is tuple:
            return self._sequence(node, get_args(hint)[0], position)
        return self._mapping(node, _without_none(hint), position)

    def _sequence(self, node: yaml.Node, shape: Any, position: Position) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fault(position, f"found {self._shown(node, position)}, allowed: a list of one or more")
            return ()
        return tuple(self._mapping(child, shape, (*position, index)) for index, child in enumerate(node.value))

    def _leaf(self, node: yaml.Node, leaf: Leaf, position: Position) -> Any:
        try:
            value = leaf.parse(plain_value(node))
        except ValueError:
            self.fault(position, f"found {self._shown(node, position)}, allowed: {leaf.allowed}")
            return None
        self.leaves[position] = value
        return value

    def _is_hidden(self, position: Position) -> bool:
        return self._hidden in position

    def _shown(self, node: yaml.Node, position: Position) -> str:
        return shown_node(node, self._is_hidden(position))


def read_file(path: str | Path) -> bytes:
    """Return the content of a file. Raises ConfigurationError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError([Fault(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None


@cache
def _hints(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


def _path(position: Position) -> str:
    path = ""
    for part in position:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _did_you_mean(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _without_none(hint: Any) -> Any:
    return next((part for part in get_args(hint) if part is not type(None)), hint)
