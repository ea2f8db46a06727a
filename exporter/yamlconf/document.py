"""A YAML file as typed values, and every problem in it with its place.

Dataclasses describe what a document may hold: a field is another dataclass, or a single value, which is annotated with
a ValueRule, or a tuple of either, or a dict of either by name. A field whose key is a Python keyword has an underscore
behind it, and one whose key is no name in Python has the key in its metadata (`key`). The walk goes on after a problem,
so that all of them are reported at once.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from exporter.files import read_file_or_pipe
from exporter.yamlconf.described import described_key, described_node
from exporter.yamlconf.names import problem_of
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError
from exporter.yamlconf.value_rule import InvalidValueError, ValueRule
from exporter.yamlconf.yaml_nodes import LARGEST_FILE, NULL_TAG, TEXT_TAG, SyntaxProblemError, compose

LONGEST_NAME = 100

Position = tuple[str | int, ...]
"""A place in a document: the keys and indices that lead to it."""

Shape = TypeVar("Shape")


class Document:
    """A YAML file under examination, in which problems gather.

    `lines` has the line of every position in the file, `values` the single values that are right, `mappings` the
    positions of what is a mapping as it should be, and `built` what has become of those without any problem.
    """

    def __init__(self, file: str, redacted: Collection[str]) -> None:
        """`redacted`: under these keys no value and no unknown key is ever shown in a problem."""
        self.lines: dict[Position, int] = {}
        self.values: dict[Position, Any] = {}
        self.mappings: list[Position] = []
        self.built: dict[Position, Any] = {}
        self._file = file
        self._redacted = redacted
        self._suggested: set[Position] = set()
        self._problems: list[ConfigProblem] = []

    def build(self, content: bytes, shape: type[Shape]) -> Shape | None:
        """Return the document in the shape of a dataclass, None where there are problems."""
        try:
            node = compose(content)
        except SyntaxProblemError as error:
            self._problems.append(ConfigProblem(self._file, error.line, "", error.problem))
            return None
        built: Shape | None = self._mapping(node, shape, ())
        return built

    def report(self, position: Position, problem: str) -> None:
        """Report a problem at a position, or at the nearest place around it that is in the file."""
        self._problems.append(self.problem_at(position, problem))

    def problem_at(self, position: Position, problem: str) -> ConfigProblem:
        """Return a problem with its place, without reporting it."""
        around = position
        while around and around not in self.lines:
            around = around[:-1]
        return ConfigProblem(self._file, self.lines.get(around, 1), _path(position), problem)

    def raise_problems(self) -> None:
        """Raise ConfigurationError where there are problems."""
        if self._problems:
            raise ConfigurationError(self._problems)

    def _mapping(self, node: yaml.Node, shape: Any, position: Position) -> Any:
        self.lines.setdefault(position, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode) and node.tag == NULL_TAG:
            node = yaml.MappingNode("tag:yaml.org,2002:map", [], node.start_mark, node.end_mark)
        fields = _fields(shape)
        if not isinstance(node, yaml.MappingNode):
            self.report(
                position, f"found {_in_place_of_a_block(node, fields)}, allowed: a mapping with {', '.join(fields)}"
            )
            return None
        self.mappings.append(position)
        before = len(self._problems)
        values = {
            fields[key].name: self._field(child, fields[key], (*position, key))
            for key, child in self._known_items(node, list(fields), position)
        }
        for key, field in fields.items():
            here = (*position, key)
            if field.is_required and here not in self.lines and here not in self._suggested:
                self.report(here, "is missing")
        if len(self._problems) > before:
            return None
        self.built[position] = shape(**values)
        return self.built[position]

    def _known_items(
        self, node: yaml.MappingNode, known: list[str], position: Position
    ) -> Iterator[tuple[str, yaml.Node]]:
        for key_node, child in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            line = key_node.start_mark.line + 1
            here = (*position, key)
            if key not in known:
                redacted = self._is_redacted(position)
                meant = None if redacted else _nearest(key, known)
                hint = f" (did you mean {meant}?)" if meant else ""
                if meant:
                    # One slip of the pen is one problem: what it was meant to be is not told as missing, too.
                    self._suggested.add((*position, meant))
                problem = f"found {described_key(key_node, redacted)}{hint}, allowed: {', '.join(known)}"
                self._problems.append(ConfigProblem(self._file, line, _path(position), problem))
            elif self._is_first(here, line):
                yield key, child

    def _is_first(self, position: Position, line: int) -> bool:
        """Note the line of a key, or report that it is given again."""
        if position not in self.lines:
            self.lines[position] = line
            return True
        problem = f"is given twice, allowed: once; it is first in line {self.lines[position]}"
        self._problems.append(ConfigProblem(self._file, line, _path(position), problem))
        return False

    def _field(self, node: yaml.Node, field: _Field, position: Position) -> Any:
        if _rule_of(field.hint) is None and get_origin(field.hint) is tuple:
            return self._sequence(node, get_args(field.hint)[0], position, needs_one=field.is_required)
        if _rule_of(field.hint) is None and get_origin(field.hint) is dict:
            return self._named(node, get_args(field.hint)[1], position)
        return self._value(node, field.hint, position)

    def _value(self, node: yaml.Node, hint: Any, position: Position) -> Any:
        rule = _rule_of(hint)
        if rule is None:
            return self._mapping(node, _without_none(hint), position)
        self.lines.setdefault(position, node.start_mark.line + 1)
        return self._single_value(node, rule, position)

    def _sequence(self, node: yaml.Node, hint: Any, position: Position, *, needs_one: bool) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode) or (needs_one and not node.value):
            allowed = "a list of one or more" if needs_one else "a list"
            self.report(position, f"found {_in_place_of_a_block(node)}, allowed: {allowed}")
            return ()
        return tuple(self._value(child, hint, (*position, index)) for index, child in enumerate(node.value))

    def _named(self, node: yaml.Node, hint: Any, position: Position) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode) and node.tag == NULL_TAG:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.report(position, f"found {_in_place_of_a_block(node)}, allowed: a mapping of names")
            return {}
        named: dict[str, Any] = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            is_text = isinstance(key_node, yaml.ScalarNode) and key_node.tag == TEXT_TAG
            name = key_node.value if is_text else ""
            here = (*position, name)
            if reason := problem_of(name, LONGEST_NAME):
                found = f"a name {reason}" if is_text else "a key that is no name"
                problem = f"found {found}, allowed: text of 1 to {LONGEST_NAME} characters"
                self._problems.append(ConfigProblem(self._file, line, _path(position), problem))
            elif self._is_first(here, line):
                named[name] = self._value(child, hint, here)
        return named

    def _single_value(self, node: yaml.Node, rule: ValueRule, position: Position) -> Any:
        try:
            value = rule.parse(rule.read(node))
        except InvalidValueError as error:
            found = f"{error.shown or self._described(node, position)} {error.reason}"
            self.report(position, f"found {found}, allowed: {error.allowed or rule.allowed}")
            return None
        except ValueError:
            self.report(position, f"found {self._described(node, position)}, allowed: {rule.allowed}")
            return None
        self.values[position] = value
        return value

    def _is_redacted(self, position: Position) -> bool:
        return any(key in position for key in self._redacted)

    def _described(self, node: yaml.Node, position: Position) -> str:
        return described_node(node, self._is_redacted(position))


def read_file(path: str | Path) -> bytes:
    """Return the content of a file or a pipe. Raises ConfigurationError where it cannot be read."""
    try:
        return read_file_or_pipe(path, LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError([ConfigProblem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    hint: Any
    is_required: bool


@cache
def _fields(shape: Any) -> dict[str, _Field]:
    """Return the fields of a dataclass by their keys in a file."""
    hints = get_type_hints(shape, include_extras=True)
    return {
        field.metadata.get("key", field.name.removesuffix("_")): _Field(
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(shape)
    }


def _in_place_of_a_block(node: yaml.Node, fields: Iterable[str] = ()) -> str:
    """Return the words for what stands where a mapping or a list should. Of text nothing is shown: it may be a file of
    another format, with a secret in it.
    """
    if isinstance(node, yaml.ScalarNode) and not node.style:
        key, colon, rest = node.value.partition(":")
        if colon and rest and not rest[0].isspace() and key in fields:
            return f"{key} without a space behind its colon"
    return described_node(node, redacted=True)


def _path(position: Position) -> str:
    path = ""
    for part in position:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _nearest(key: str, known: list[str]) -> str | None:
    return next(iter(difflib.get_close_matches(key, known, n=1)), None)


def _rule_of(hint: Any) -> ValueRule | None:
    return next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, ValueRule)), None)


def _without_none(hint: Any) -> Any:
    return next((part for part in get_args(hint) if part is not type(None)), hint)
