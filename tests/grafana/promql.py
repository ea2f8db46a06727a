"""As much of PromQL as it takes to find the selectors of an expression, and the ranges that functions look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*")
      | (?P<range>\[[^\]]*\])
      | (?P<name>[a-zA-Z_:][\w:]*)
      | (?P<other>=~|!~|!=|>=|<=|==|[-+*/%^<>=(){},]|\d[\w.]*|@)
      | \s+""",
    re.VERBOSE,
)
_OPERATORS = {"and", "or", "unless", "bool", "offset", "atan2"}
_BEFORE_LABELS = {"by", "without", "on", "ignoring", "group_left", "group_right"}


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector: its metric, its matchers as label to operator and value, its range, and the function around it."""

    metric: str
    matchers: dict[str, tuple[str, str]]
    range: str
    function: str


def selectors(expression: str) -> list[Selector]:
    """Return the selectors of an expression. Raises ValueError where it cannot be read."""
    tokens = _tokens(expression)
    found: list[Selector] = []
    functions: list[str] = []
    at = 0
    while at < len(tokens):
        token, following = tokens[at], (*tokens[at + 1 : at + 2], "")[0]
        if token == "(":
            functions.append(tokens[at - 1] if at else "")
        elif token == ")":
            functions.pop()
        elif token in _BEFORE_LABELS:
            at = tokens.index(")", at) if following == "(" else at
        elif _is_metric(token, following):
            selector, at = _selector(tokens, at, functions[-1] if functions else "")
            found.append(selector)
            continue
        at += 1
    return found


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise ValueError(f"cannot read {expression[at : at + 20]!r}")
        if not match[0].isspace():
            tokens.append(match[0])
        at = match.end()
    return tokens


def _is_metric(token: str, following: str) -> bool:
    if not re.match(r"[a-zA-Z_:]", token) or token in _OPERATORS:
        return False
    # Else it is a function, or an aggregation.
    return following not in {"(", "by", "without"}


def _selector(tokens: list[str], at: int, function: str) -> tuple[Selector, int]:
    metric, matchers, at = tokens[at], {}, at + 1
    if tokens[at : at + 1] == ["{"]:
        end = tokens.index("}", at)
        inner = [token for token in tokens[at + 1 : end] if token != ","]
        matchers = {inner[i]: (inner[i + 1], inner[i + 2][1:-1]) for i in range(0, len(inner), 3)}
        at = end + 1
    within = ""
    if at < len(tokens) and tokens[at].startswith("["):
        within = tokens[at][1:-1]
        at += 1
    return Selector(metric, matchers, within, function), at
