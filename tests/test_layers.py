"""Layers only look down: what each part of the package may import of the others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import exporter

ROOT = Path(exporter.__file__).parent

MAY_IMPORT = {
    "exporter.tencent": {"exporter", "exporter.durations", "exporter.files", "exporter.hosts"},
    "exporter.fields": {"exporter.tencent"},
    "exporter.sessions": {"exporter.fields", "exporter.tencent"},
    "exporter.inbound": {"exporter.fields", "exporter.tencent"},
    "exporter.staff": {"exporter.fields", "exporter.tencent"},
    "exporter.metrics": {
        "exporter",
        "exporter.fields",
        "exporter.inbound",
        "exporter.internal_errors",
        "exporter.sessions",
        "exporter.staff",
    },
    "exporter.account": {
        "exporter.config",
        "exporter.files",
        "exporter.inbound",
        "exporter.metrics",
        "exporter.sessions",
        "exporter.staff",
        "exporter.tencent",
        "exporter.yamlconf",
    },
    "exporter.advice": {"exporter.inbound", "exporter.sessions", "exporter.staff", "exporter.tencent"},
    "exporter.application": {
        "exporter.account",
        "exporter.collection",
        "exporter.collectors",
        "exporter.inbound",
        "exporter.internal_errors",
        "exporter.metrics",
        "exporter.sessions",
        "exporter.staff",
    },
    "exporter.carried_files": {"exporter.files"},
    "exporter.collection": {
        "exporter.collection_log",
        "exporter.internal_errors",
        "exporter.metrics",
        "exporter.tencent",
    },
    "exporter.collectors": {
        "exporter.collection",
        "exporter.durations",
        "exporter.inbound",
        "exporter.metrics",
        "exporter.sessions",
        "exporter.staff",
    },
    "exporter.collection_log": {
        "exporter.advice",
        "exporter.durations",
        "exporter.internal_errors",
        "exporter.metrics",
        "exporter.tencent",
    },
    "exporter.durations": set(),
    "exporter.files": set(),
    "exporter.hosts": set(),
    "exporter.memory": set(),
    "exporter.config": {
        "exporter.durations",
        "exporter.files",
        "exporter.hosts",
        "exporter.metrics",
        "exporter.tencent",
        "exporter.yamlconf",
    },
    "exporter.reload": {"exporter.config", "exporter.service", "exporter.yamlconf"},
    "exporter.service": {
        "exporter.account",
        "exporter.application",
        "exporter.collection",
        "exporter.config",
        "exporter.internal_errors",
        "exporter.metrics",
        "exporter.tencent",
    },
    "exporter.web": {
        "exporter",
        "exporter.advice",
        "exporter.application",
        "exporter.carried_files",
        "exporter.collection",
        "exporter.config",
        "exporter.durations",
        "exporter.files",
        "exporter.internal_errors",
        "exporter.hosts",
        "exporter.metrics",
        "exporter.reload",
        "exporter.service",
        "exporter.tencent",
        "exporter.yamlconf",
    },
    "exporter.emulator": {"exporter", "exporter.streams", "exporter.tencent.signing"},
    "exporter.internal_errors": set(),
    "exporter.log_lines": set(),
    "exporter.streams": set(),
    "exporter.systemd": {"exporter.internal_errors"},
    "exporter.yamlconf": {"exporter.durations", "exporter.files"},
}


def modules(part: str) -> Iterator[Path]:
    path = ROOT / part.removeprefix("exporter").removeprefix(".").replace(".", "/")
    return path.rglob("*.py") if path.is_dir() else iter([path.with_suffix(".py")])


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_only_what_is_below_is_imported(part: str) -> None:
    allowed = MAY_IMPORT[part] | {part}
    found = {name for module in modules(part) for name in imports(module) if name.split(".")[0] == "exporter"}
    strangers = {
        name
        for name in found
        if not any(name == one or (one != "exporter" and name.startswith(f"{one}.")) for one in allowed)
    }
    assert strangers == set()


def test_every_part_but_the_command_line_is_listed() -> None:
    parts = {
        f"exporter.{path.stem}" for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    command_line = {
        f"exporter.{name}"
        for name in (
            "__init__",
            "__main__",
            "cli",
            "command",
            "configuration_source",
            "demo",
            "flags",
            "healthcheck",
            "logs",
        )
    }
    assert parts - command_line == set(MAY_IMPORT)


def test_every_part_is_in_the_table_for_contributors() -> None:
    text = (ROOT.parent / "CONTRIBUTING.md").read_text()
    parts = {f"{path.name}/" for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    parts |= {path.name for path in ROOT.glob("[!_]*.py")}
    assert {part for part in parts if f"`exporter/{part}`" not in text} == set()
    assert {name for name in re.findall(r"`exporter/([\w/]+\.py)`", text) if not (ROOT / name).exists()} == set()
