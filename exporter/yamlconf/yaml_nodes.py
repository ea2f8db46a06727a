"""From the bytes of a YAML file to nodes that know their lines. What plain settings never need is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from exporter.yamlconf.names import named
from exporter.yamlconf.syntax import ANCHOR, TAG, explain

LARGEST_FILE = 1024 * 1024
DEEPEST_NESTING = 20
TOO_DEEP = f"is nested too deep, allowed: {DEEPEST_NESTING} levels"

NULL_TAG = "tag:yaml.org,2002:null"
INTEGER_TAG = "tag:yaml.org,2002:int"
FLOAT_TAG = "tag:yaml.org,2002:float"
TEXT_TAG = "tag:yaml.org,2002:str"

DECIMAL = re.compile("0|-?[1-9][0-9]*")


class SyntaxProblemError(Exception):
    """A file that is no usable YAML: the line, 0 for none in particular, and the problem."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        self.problem = problem
        super().__init__(line, problem)


def compose(content: bytes) -> yaml.Node:
    """Return the root node of a document. Raises SyntaxProblemError, which shows nothing of what the file holds."""
    if len(content) > LARGEST_FILE:
        raise SyntaxProblemError(0, f"is too large, allowed: at most {LARGEST_FILE // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SyntaxProblemError(line, "found bytes that are not UTF-8, allowed: text in UTF-8") from None
    if match := _FORBIDDEN.search(text):
        problem = f"found {named(match[0])}, allowed: text, tabs and line ends"
        raise SyntaxProblemError(text.count("\n", 0, match.start()) + 1, problem)
    try:
        _refuse_what_surprises(yaml.parse(text, Loader=_Loader))
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_problem(error, text) from None
    except (ValueError, OverflowError):
        # The parser written in Python makes a character of any number.
        problem = "found an escape that stands for no character, allowed: the character itself"
        raise SyntaxProblemError(_line_of_code_point(text), problem) from None
    if node is None:
        raise SyntaxProblemError(0, "is empty")
    return node


def plain_value(node: yaml.Node) -> Any:
    """Return a text, a whole number, or a list of these. Raises ValueError where a node is anything else.

    Whole numbers are decimal: that YAML reads `010` as 8 and `1:30` as 90 is a trap for all who do not know it.
    """
    if isinstance(node, yaml.SequenceNode):
        return [plain_value(child) for child in node.value]
    if node.tag == TEXT_TAG:
        return node.value
    if node.tag == INTEGER_TAG and DECIMAL.fullmatch(node.value):
        return int(node.value)
    raise ValueError("found neither text nor a whole number")


def number_text(node: yaml.Node) -> str:
    """Return a number as it is written, with quotes or without. Raises ValueError where a node can be none."""
    if isinstance(node, yaml.ScalarNode) and node.tag in {TEXT_TAG, INTEGER_TAG, FLOAT_TAG}:
        return str(node.value)
    raise ValueError("found no number")


def quoted_text(node: yaml.Node) -> tuple[str, bool]:
    """Return a text as it is written, and whether it stands in quotes. Raises ValueError where a node is no scalar."""
    if isinstance(node, yaml.ScalarNode):
        return node.value, bool(node.style)
    raise ValueError("found no single value")


def key_text(node: yaml.Node) -> str:
    """Return the text of a key; a `{{ placeholder }}` without quotes too, which is a mapping. Raises ValueError."""
    if isinstance(node, yaml.MappingNode) and any(isinstance(key, yaml.MappingNode) for key, _ in node.value):
        return "{{}}"
    if isinstance(node, yaml.ScalarNode) and node.tag == TEXT_TAG:
        return str(node.value)
    raise ValueError("found no text")


_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _refuse_what_surprises(events: Iterator[yaml.Event]) -> None:
    """Refuse what settings have no use for, and do so before anything recurses over it."""
    depth = documents = 0
    for event in events:
        assert event.start_mark is not None
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if depth > DEEPEST_NESTING:
            raise SyntaxProblemError(line, TOO_DEEP)
        if documents > 1:
            raise SyntaxProblemError(line, "found a second document, allowed: one")
        if getattr(event, "anchor", None) is not None:
            raise SyntaxProblemError(line, ANCHOR)
        if getattr(event, "tag", None) is not None:
            raise SyntaxProblemError(line, TAG)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str) -> SyntaxProblemError:
    # The C parser has a limit of its own, higher than ours, that it may come to first.
    if "nesting depth" in (error.problem or "") and error.problem_mark is not None:
        return SyntaxProblemError(error.problem_mark.line + 1, TOO_DEEP)
    return SyntaxProblemError(*explain(error, text))


def _line_of_code_point(text: str) -> int:
    """Return the line of the first escape for a number beyond all characters."""
    match = re.search(r"\\U(?!000|0010)", text)
    return text.count("\n", 0, match.start()) + 1 if match else 0
