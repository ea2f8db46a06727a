"""The files under prometheus/, as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "prometheus"
RULE_FILES = sorted((DIRECTORY / "rules").glob("*.yml"))
TEST_FILES = sorted((DIRECTORY / "tests").glob("*.yml"))
RUNBOOK = ROOT / "docs" / "runbook.md"


@dataclass(frozen=True, slots=True)
class Case:
    """What a test of promtool expects of one alert, time after time: the alerts that fire."""

    name: str
    alert: str
    expected: Sequence[Sequence[dict[str, Any]]]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULE_FILES for group in load(path)["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alerting rules by name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def cases() -> Iterator[Case]:
    for path in TEST_FILES:
        for group in load(path)["tests"]:
            tests = sorted(group.get("alert_rule_test", []), key=lambda test: seconds(test["eval_time"]))
            for alert in dict.fromkeys(test["alertname"] for test in tests):
                expected = [test["exp_alerts"] for test in tests if test["alertname"] == alert]
                yield Case(group["name"], alert, expected)


def seconds(duration: str) -> int:
    """Return a duration of Prometheus's in seconds; what is in tests has no fractions."""
    units = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    assert re.fullmatch(r"(\d+[wdhms])+", duration), duration
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([wdhms])", duration))
