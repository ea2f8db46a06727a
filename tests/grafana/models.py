"""The dashboards as they are in the repository, and what is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parents[2] / "grafana"

Model = Mapping[str, Any]

DASHBOARDS: dict[str, Model] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((DIRECTORY / "dashboards").glob("*.json"))
}

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::\w+)?\})")
_VALUES = {"__rate_interval": "1m", "__interval": "15s", "__range": "6h"}

RUNBOOK = "runbook"
"""The variable that Prometheus is not asked for."""


@dataclass(frozen=True, slots=True)
class Expression:
    """PromQL, and where in a dashboard it stands."""

    place: str
    text: str

    @property
    def filled_in(self) -> str:
        """The expression with something in the place of each variable."""
        return _VARIABLE.sub(lambda match: _VALUES.get(match[1] or match[2], ".+"), self.text)


def panels(dashboard: Model) -> Iterator[Model]:
    """Yield the panels, without the rows that they stand in."""
    yield from (panel for panel in dashboard["panels"] if panel["type"] != "row")


def variables(dashboard: Model) -> dict[str, Model]:
    """Return the variables by name."""
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def expressions(dashboard: Model) -> list[Expression]:
    """Return the PromQL of the panels and of the annotations."""
    return [
        Expression(f"{panel['title']}, {target['refId']}", target["expr"])
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    ] + [Expression(one["name"], one["expr"]) for one in dashboard["annotations"]["list"]]
