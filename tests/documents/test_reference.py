"""Flags, keys, variables, endpoints and signals stand in the documents as they are in the code."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import exporter
from exporter import advice
from exporter.config.loading import parse
from exporter.config.schema import Config
from exporter.emulator.cli import _parser as emulator_parser
from exporter.flags import _parser as exporter_parser
from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL, SKILL_GROUP_SIGNALS
from exporter.web.routes import ROUTES
from tests.config.test_example import EXAMPLE, paths_of_schema
from tests.documents.markdown import CHINESE, CHINESE_README, DOCS, README, Document, document, documents, names

ENGLISH = DOCS / "configuration.md"
BOTH = pytest.mark.parametrize(
    "configuration", [document(ENGLISH), document(CHINESE[ENGLISH])], ids=["english", "chinese"]
)
PROXIES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
OF_OTHER_PROGRAMS = {"--health-cmd"}
ACCOUNTS = "accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]\n"


def head(configuration: Document, english: str, chinese: str) -> str:
    return english if configuration.path == ENGLISH else chinese


def options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return {name: action for action in parser._actions for name in action.option_strings if name.startswith("--")}


@BOTH
def test_flags(configuration: Document) -> None:
    rows = configuration.table(head(configuration, "flag", "参数"))
    documented = {names(row[0])[0].partition("=")[0]: row for row in rows}
    assert documented.keys() == options(exporter_parser()).keys()
    for name, action in options(exporter_parser()).items():
        takes_value = "=" in documented[name][0]
        assert takes_value == (action.nargs != 0), name
        if takes_value and action.default not in (None, []):
            assert f"`{action.default}`" in documented[name][1], name
        for choice in action.choices or ():
            assert str(choice) in documented[name][0], name


def test_no_flag_is_invented() -> None:
    known = options(exporter_parser()).keys() | options(emulator_parser()).keys() | OF_OTHER_PROGRAMS
    others = ("prometheus ", "docker ", "podman ", "helm ", "uv ", "python ", "make ")
    found = [
        (one.path.name, flag)
        for one in documents()
        for code in one.code()
        if not code.startswith(others)
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z.-]*[a-z]", code)
    ]
    assert len(found) > 20
    assert [one for one in found if one[1] not in known] == []


@BOTH
def test_configuration_keys(configuration: Document) -> None:
    rows = configuration.table(head(configuration, "key", "配置项"))
    documented = [names(row[0])[0].replace("[]", "").replace("NAME", "office_hours") for row in rows]
    assert len(set(documented)) == len(documented)
    schema = {".".join(path) for path in paths_of_schema(Config)}
    assert set(documented) <= schema
    missing = schema - set(documented)
    # What only holds others has no line of its own.
    assert all(any(one.startswith(f"{key}.") for one in documented) for key in missing), missing


@BOTH
def test_defaults_of_configuration_keys(configuration: Document) -> None:
    example = yaml.safe_load(EXAMPLE.read_text())
    for row in configuration.table(head(configuration, "key", "配置项")):
        key = names(row[0])[0]
        block, _, name = key.partition(".")
        if block in {"collectors", "collection", "staff"}:
            assert yaml.safe_load(row[1].strip("`")) == example[block][name], key
    for name in ("endpoint", "requests_per_second"):
        [row] = [row for row in configuration.table(head(configuration, "key", "配置项")) if f"[].{name}`" in row[0]]
        assert row[1].strip("`") == str(example["accounts"][0][name])


def test_no_configuration_key_is_invented() -> None:
    schema = {".".join(path) for path in paths_of_schema(Config)}
    blocks = "collectors|collection|staff|credentials"
    for one in documents():
        named = [code for code in one.code() if re.fullmatch(rf"({blocks})\.[a-z_]+", code)]
        assert [code for code in named if not any(path.endswith(code) for path in schema)] == [], one.path


def configurations() -> Iterator[Any]:
    for one in documents():
        for number, block in enumerate(one.blocks("yaml")):
            loaded = yaml.safe_load(block)
            if isinstance(loaded, dict) and loaded.keys() & {"accounts", "collectors", "staff", "schedules"}:
                rest = "" if "accounts" in loaded else ACCOUNTS
                yield pytest.param(block + rest, id=f"{one.path.stem}-{one.path.parent.name}-{number}")


@pytest.mark.parametrize("block", list(configurations()))
def test_examples_of_configuration_are_right(block: str) -> None:
    assert parse(block.encode(), "example").accounts


@BOTH
def test_variables(configuration: Document) -> None:
    found = set(PROXIES)
    for path in Path(exporter.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^(?:TCCC|TENCENTCLOUD|TKE)_[A-Z_]+[A-Z]$", node.value))
    rows = configuration.table(head(configuration, "variable", "变量"))
    assert {name for row in rows for name in names(row[0])} == found


@BOTH
def test_endpoints(configuration: Document) -> None:
    rows = configuration.table(head(configuration, "path", "路径"))
    documented = [names(row[0])[0].partition("?")[0] for row in rows]
    assert sorted(documented) == sorted([options(exporter_parser())["--web.telemetry-path"].default, *paths()])


def paths() -> list[str]:
    return [route.path for route in ROUTES]


@BOTH
def test_signals(configuration: Document) -> None:
    rows = configuration.table(head(configuration, "signal", "信号"))
    assert {names(row[0])[0]: names(row[1])[0] for row in rows} == COLLECTOR_OF_SIGNAL
    assert {names(row[0])[0] for row in rows if row[2]} == set(SKILL_GROUP_SIGNALS)


@BOTH
def test_permissions(configuration: Document) -> None:
    rows = configuration.table(head(configuration, "action", "接口"))
    assert [names(row[0])[0] for row in rows] == [f"ccc:{action}" for action in advice.ACTIONS]


@pytest.mark.parametrize("readme", [README, CHINESE_README], ids=lambda path: path.name)
def test_the_policy_is_the_one_that_the_log_asks_for(readme: Path) -> None:
    [policy] = document(readme).blocks("json")
    assert json.loads(policy) == json.loads(advice.POLICY)


@pytest.mark.parametrize("english", CHINESE, ids=lambda path: path.stem)
def test_the_chinese_documents_have_the_same_blocks_of_code(english: Path) -> None:
    for language in ("sh", "json", ""):
        assert list(document(english).blocks(language)) == list(document(CHINESE[english]).blocks(language))
    # Prometheus's side of TLS is left to the English text.
    ours, theirs = document(english).blocks("yaml"), set(document(CHINESE[english]).blocks("yaml"))
    assert theirs <= set(ours)
