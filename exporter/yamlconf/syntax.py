"""What is wrong with a text that is no YAML, in words of our own: the line, what was found, what belongs there.

PyYAML has two parsers, which word their problems in two ways, and both in those of the YAML specification. Nothing but
punctuation is quoted from the text, since it may hold secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import yaml

ANCHOR = "found an anchor or an alias, allowed: text that starts with & or * in quotes"
TAG = "found a tag, allowed: text that starts with ! in quotes"


class Explanation(NamedTuple):
    """A line, counted from 1, and what is wrong there."""

    line: int
    problem: str


def explain(error: yaml.MarkedYAMLError, text: str) -> Explanation:
    """Explain why a text could not be parsed."""
    mark = error.problem_mark or error.context_mark
    assert mark is not None
    start = error.context_mark or mark
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)
    scene = _Scene(lines, mark.line, mark.column, start.line, start.column)
    if re.match(" *\t", scene.text):
        return Explanation(scene.line + 1, "found a tab at the start of the line, allowed: spaces")
    message = f"{error.context or ''}; {error.problem or ''}"
    explanation = next((explain(scene) for pattern, explain in _EXPLANATIONS if re.search(pattern, message)), None)
    return explanation or Explanation(scene.line + 1, "cannot be read as YAML from here on")


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where a parser stumbled, and where that began which it was reading; lines count from 0."""

    lines: list[str]
    line: int
    column: int
    start_line: int
    start_column: int

    @property
    def text(self) -> str:
        return self.text_of(self.line)

    @property
    def character(self) -> str:
        return self.text[self.column : self.column + 1]

    @property
    def before(self) -> str:
        return self.text[: self.column]

    def text_of(self, line: int) -> str:
        return self.lines[line] if line < len(self.lines) else ""

    def here(self, problem: str) -> Explanation:
        return Explanation(self.line + 1, problem)

    def at_start(self, problem: str) -> Explanation:
        return Explanation(self.start_line + 1, problem)

    def line_before(self) -> int | None:
        """The last line before this one that holds more than a comment."""
        return next((at for at in range(self.line - 1, -1, -1) if re.match(r"\s*[^\s#]", self.text_of(at))), None)

    def columns_before(self) -> list[int]:
        """The columns in which something could go on: those of the keys and entries around it, the innermost first."""
        columns: list[int] = []
        for text in self.lines[self.line - 1 :: -1] if self.line else []:
            if match := re.match(r"( *)((?:- +)*)[^\s#]", text):
                entries = [position for position, character in enumerate(match[0][:-1]) if character == "-"]
                for column in reversed([*entries, match.end() - 1]):
                    if not columns or column < columns[-1]:
                        columns.append(column)
        return columns


def _words(problem: str) -> Callable[[_Scene], Explanation]:
    return lambda scene: scene.here(problem)


def _words_at_start(problem: str) -> Callable[[_Scene], Explanation]:
    return lambda scene: scene.at_start(problem)


def _without_colon(scene: _Scene, line: int) -> Explanation:
    text = scene.text_of(line)
    if re.match(r"\s*(- +)*[\w.-]+:\S", text):
        return Explanation(line + 1, "found no space behind the colon, allowed: a key, a colon, a space and the value")
    if "\uff1a" in text:
        return Explanation(line + 1, "found a full-width colon, allowed: an ordinary one with a space behind it")
    return Explanation(line + 1, "found a line without a colon, allowed: a key, a colon, a space and the value")


def _missing_colon(scene: _Scene) -> Explanation:
    return _without_colon(scene, scene.start_line)


def _colon_too_many(scene: _Scene) -> Explanation:
    before = scene.line_before()
    if re.search(r":\s|^\s*\S+\s.*\s$", scene.before) or before is None:
        return scene.here("found a second colon with a space behind it, allowed: one; text that holds more in quotes")
    if not re.search(r":(\s|$)", scene.text_of(before)):
        return _without_colon(scene, before)
    return _indentation(scene)


def _indentation(scene: _Scene) -> Explanation:
    found = len(scene.text) - len(scene.text.lstrip(" "))
    columns = [column for column in scene.columns_before() if column != found]
    if not columns:
        return scene.here("cannot be read as YAML from here on")
    *others, last = map(str, columns)
    expected = f"{', '.join(others)} or {last}" if others else last
    spaces = "1 space" if found == 1 else f"{found} spaces"
    return scene.here(f"found {spaces} before the text of this line, expected {expected}, as in the lines above")


def _no_key(scene: _Scene) -> Explanation:
    """In a mapping, something comes that is no key of it."""
    if scene.character in {"]", "}"}:
        return scene.here(f"found a {scene.character} that nothing has opened")
    if scene.character == ":":
        return scene.here("found a colon without a key before it")
    if scene.before.strip(" -"):
        return scene.here("found more behind the end of a value, allowed: one value; text in quotes as a whole")
    if scene.column not in scene.columns_before():
        return _indentation(scene)
    if scene.text[scene.column :].startswith("-"):
        return scene.here("found an entry of a list (-) among keys, expected a key, or - in line with other entries")
    return _without_colon(scene, scene.line)


def _no_entry(scene: _Scene) -> Explanation:
    """In a list, something comes that is no entry of it."""
    if scene.column not in scene.columns_before():
        return _indentation(scene)
    return scene.here("found a key among the entries of a list, expected - before it, or the indentation of other keys")


def _after_the_end(scene: _Scene) -> Explanation:
    first = next((text for text in scene.lines if re.match(r"\s*[^\s#%]", text)), "")
    if scene.column < len(first) - len(first.lstrip(" ")):
        return _indentation(scene)
    return scene.here("found more behind what should be the end, allowed: one mapping of keys and values")


def _still_open(scene: _Scene) -> Explanation:
    opened = scene.text_of(scene.start_line)[scene.start_column : scene.start_column + 1]
    closing = "]" if opened == "[" else "}"
    where = "of this line" if scene.start_line == scene.line else f"of line {scene.start_line + 1}"
    return scene.here(
        f"found neither a comma nor {closing} where one belongs: the {opened or '{'} {where} is still open"
    )


def _no_value(scene: _Scene) -> Explanation:
    shown = scene.character if re.fullmatch(r"[\]}\[{,:?|>-]", scene.character) else "something else"
    return scene.here(f"found {shown} in place of a value, allowed: a value, text in quotes")


def _strange_start(scene: _Scene) -> Explanation:
    if scene.character == "\t":
        return scene.here("found a tab, allowed: spaces")
    shown = scene.character if scene.character in {"@", "`", "%"} else "this"
    return scene.here(f"found {shown or 'this'} at the start of text, allowed: text that starts with {shown} in quotes")


_EXPLANATIONS: tuple[tuple[str, Callable[[_Scene], Explanation]], ...] = (
    ("could not find expected ':'", _missing_colon),
    ("mapping values are not allowed", _colon_too_many),
    ("tab character|'\\\\t'", _words("found a tab, allowed: spaces")),
    ("cannot start any token", _strange_start),
    ("sequence entries are not allowed", _words("found - behind a key, allowed: - at the start of a line, or [a, b]")),
    (
        "mapping keys are not allowed",
        _words("found ? at the start of text, allowed: text that starts with ? in quotes"),
    ),
    (
        "escape code",
        _words("found an escape that stands for no character, allowed: the character itself"),
    ),
    (
        "unknown escape|hexa?decimal|escape sequence",
        _words("found a backslash that begins no escape, allowed: text with backslashes in single quotes"),
    ),
    ("quoted scalar", _words_at_start("found a quotation mark without the one that ends the text")),
    ("block scalar", _words("found more behind | or >, allowed: text that starts with | or > in quotes")),
    (
        "directive|incompatible YAML",
        _words("found % at the start of the line, allowed: text that starts with % in quotes"),
    ),
    ("anchor|alias", _words(ANCHOR)),
    (r"\btag\b|URI", _words(TAG)),
    ("while parsing a flow (mapping|sequence)", _still_open),
    ("node content", _no_value),
    ("document start", _after_the_end),
    ("while parsing a block mapping", _no_key),
    ("while parsing a block collection", _no_entry),
)
