"""What `make` offers, and what it says where the Python that it is to use will not do."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory in which `make test` would have to make an environment."""
    shutil.copy(MAKEFILE, tmp_path)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def refusal(project: Path, python: Path | str) -> str:
    """Return all that `make test` says."""
    # The tests are run by make themselves, and what it hands down would be heeded here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    result = subprocess.run(
        ["make", "--no-print-directory", "test", f"PYTHON={python}"],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    *said, last = result.stdout.splitlines()
    assert last.startswith("make: ***")
    return "\n".join(said)


def test_a_python_without_venv(project: Path) -> None:
    executable(project / "python", f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    assert refusal(project, "./python") == (
        "./python lacks its module venv; on Debian and Ubuntu: apt install python3-venv"
    )
    assert not (project / ".venv").exists()


def test_a_python_that_is_too_old(project: Path) -> None:
    executable(project / "python", "exit 1")
    assert refusal(project, "./python") == (
        "Python 3.11 or newer is needed; name one: make test PYTHON=/path/to/python3"
    )


def test_an_environment_of_another_python_is_not_used_in_its_stead(project: Path) -> None:
    executable(project / ".venv/bin/python", "echo 3.11.0")
    assert platform.python_version() != "3.11.0"
    assert refusal(project, sys.executable) == (
        f".venv is of Python 3.11.0, not of {sys.executable}; remove it first: make clean"
    )


@pytest.mark.parametrize(
    ("flags", "given"),
    [
        ("", "--demo --web.listen-address=127.0.0.1:10820"),
        ("--log.level=debug", "--demo --web.listen-address=127.0.0.1:10820 --log.level=debug"),
        ("--web.listen-address=:9999", "--demo --web.listen-address=:9999"),
        ("--once --web.listen-address [::1]:1", "--demo --once --web.listen-address [::1]:1"),
    ],
)
def test_the_demonstration_is_for_this_machine_unless_told_otherwise(project: Path, flags: str, given: str) -> None:
    executable(project / ".venv/bin/tccc-exporter", 'echo "$*"')
    executable(project / ".venv/bin/python", f'exec {sys.executable} "$@"')
    (project / ".venv/demo-installed").touch()
    result = subprocess.run(
        ["make", "--no-print-directory", "demo", f"FLAGS={flags}"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, f"{given}\n")


def test_help_lists_every_target() -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", MAKEFILE.read_text(), re.MULTILINE))
    assert set(re.findall(r"^\.PHONY: (.*)", MAKEFILE.read_text(), re.MULTILINE)[0].split()) == targets
    for arguments in ([], ["help"]):
        result = subprocess.run(
            ["make", *arguments], cwd=MAKEFILE.parent, capture_output=True, text=True, timeout=60, check=True
        )
        assert set(re.findall(r"^make ([a-z0-9-]+) ", result.stdout, re.MULTILINE)) == targets - {"help", "same-python"}
