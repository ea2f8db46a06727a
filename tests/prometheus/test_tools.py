"""Prometheus's and Alertmanager's own tools over the files that are shipped."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.tools import tool
from tests.prometheus.files import DIRECTORY, RULE_FILES, TEST_FILES


def run(program: str, *arguments: str | Path) -> str:
    """Run a tool, which has to succeed, and return what it says."""
    result = subprocess.run([tool(program), *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_linter_finds_nothing() -> None:
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_the_alerts_do_what_their_tests_say(path: Path) -> None:
    run("promtool", "test", "rules", path)


@pytest.mark.parametrize("path", sorted(DIRECTORY.glob("prometheus*.yml")), ids=lambda path: path.stem)
def test_the_examples_of_prometheus_are_valid_and_find_the_rules(path: Path) -> None:
    said = run("promtool", "check", "config", path)
    assert f"{len(RULE_FILES)} rule files found" in said


def test_the_example_of_alertmanager_is_valid() -> None:
    run("amtool", "check-config", DIRECTORY / "alertmanager.yml")


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "page"), ("warning", "chat"), ("info", "chat")])
def test_alerts_are_routed_by_severity(severity: str, receiver: str) -> None:
    config = f"--config.file={DIRECTORY / 'alertmanager.yml'}"
    labels = (f"severity={severity}", "application=support", "job=tccc")
    assert run("amtool", "config", "routes", "test", config, *labels).strip() == receiver
