"""What a dashboard asks Prometheus, read from its JSON, and put as Grafana would put it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parents[2] / "grafana" / "dashboards"

SCRAPE_INTERVAL = 15
"""Seconds; what Grafana assumes where the data source is told nothing else."""

DATA_POINTS = 1000
"""About as many as a panel is pixels wide."""

ALL = ".+"

_STEPS = (15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_VARIABLE = re.compile(r"\$(?:([a-zA-Z_]\w*)|\{(\w+)(?::\w+)?\})|\[\[(\w+)(?::\w+)?\]\]")
_LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),\s*)?(?P<label>\w+)\)", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_BRACES = re.compile(r"\{[^}]*\}|\[[^]]*\]")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*\b(?!\s*\()")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "group_left", "group_right", "Inf", "NaN"}


@dataclass(frozen=True, slots=True)
class Query:
    """One that is not `instant` is asked for over the whole range, at points `min_step` seconds apart or more."""

    ref: str
    expression: str
    instant: bool
    min_step: int = SCRAPE_INTERVAL

    @property
    def metrics(self) -> set[str]:
        """The names in the expression that are no functions, keywords, labels or texts."""
        rest = self.expression
        for pattern in (_STRING, _BRACES, _LABELS):
            rest = pattern.sub(" ", rest)
        return set(_NAME.findall(rest)) - _KEYWORDS

    def step(self, length: int) -> int:
        """Return the seconds from one point to the next on a range of so many seconds."""
        return max(self.min_step, min(_STEPS, key=lambda step: abs(step - length / DATA_POINTS)))


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, or an annotation, whose `type` is `annotation`."""

    type: str
    title: str
    queries: Sequence[Query]

    def only(self, ref: str | None) -> Panel:
        """Return the panel with one of its queries, None for all."""
        return replace(self, queries=[query for query in self.queries if ref in {None, query.ref}])


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable whose values are those that a label has on the series of a selector; on all for no selector."""

    name: str
    selector: str
    label: str
    all_value: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`constants` are the variables with values of their own, as they are when the dashboard is opened."""

    uid: str
    panels: Sequence[Panel]
    variables: Sequence[Variable]
    constants: Mapping[str, str]

    def filled_in(self, text: str, length: int, step: int, chosen: Mapping[str, str]) -> str:
        """Put values in the place of variables, for points `step` apart on a range of `length`, both in seconds.

        `chosen` are regular expressions by variable; a variable of Prometheus's that is not there is at All. Raises
        KeyError for a variable that the dashboard does not have.
        """
        values = {
            **{variable.name: variable.all_value for variable in self.variables},
            **self.constants,
            **chosen,
            "__interval": f"{step}s",
            "__rate_interval": f"{max(step + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL)}s",
            "__range": f"{length}s",
            "__range_s": f"{length}",
        }
        return _VARIABLE.sub(lambda match: values[match[1] or match[2] or match[3]], text)


def read_dashboards(directory: Path = DIRECTORY) -> list[Dashboard]:
    return [read_dashboard(json.loads(path.read_text())) for path in sorted(directory.glob("*.json"))]


def read_dashboard(model: Mapping[str, Any]) -> Dashboard:
    variables, constants = [], {}
    for variable in model["templating"]["list"]:
        if variable["type"] == "query":
            variables.append(_variable(variable))
        elif variable["type"] != "datasource":
            constants[variable["name"]] = str(variable.get("current", {}).get("value") or variable["query"])
    panels = [*_panels(model["panels"]), *_annotations(model.get("annotations", {}).get("list", []))]
    return Dashboard(model["uid"], panels, variables, constants)


def _panels(models: Sequence[Mapping[str, Any]]) -> Iterator[Panel]:
    for model in models:
        yield from _panels(model.get("panels", []))
        if queries := [_query(model, target) for target in model.get("targets", [])]:
            yield Panel(model["type"], model["title"], queries)


def _query(panel: Mapping[str, Any], target: Mapping[str, Any]) -> Query:
    # Grafana lets both be set, and then asks for both; a panel draws the range.
    instant = bool(target.get("instant")) and not target.get("range")
    min_step = target.get("interval") or panel.get("interval") or f"{SCRAPE_INTERVAL}s"
    return Query(target["refId"], target["expr"], instant, int(min_step[:-1]) * _UNITS[min_step[-1]])


def _annotations(models: Sequence[Mapping[str, Any]]) -> Iterator[Panel]:
    for model in models:
        if not model.get("builtIn"):
            expression = model.get("expr") or model["target"]["expr"]
            yield Panel("annotation", model["name"], [Query("annotation", expression, instant=False)])


def _variable(model: Mapping[str, Any]) -> Variable:
    asked = model["query"]
    text = asked["query"] if isinstance(asked, dict) else asked
    match = _LABEL_VALUES.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"the variable {model['name']} asks {text!r}, which is not understood here")
    return Variable(model["name"], match["selector"] or "", match["label"], model.get("allValue") or ALL)
