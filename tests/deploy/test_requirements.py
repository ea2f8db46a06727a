from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy.chart import SOURCE

pytestmark = pytest.mark.end_to_end

DIRECTORY = SOURCE / "requirements"
PROJECT = tomllib.loads((SOURCE / "pyproject.toml").read_text())


def pinned(name: str) -> dict[str, str]:
    """Return the distributions of a file and their versions."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (DIRECTORY / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["run.txt", "build.txt"])
def test_they_name_no_registry(name: str) -> None:
    text = (DIRECTORY / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-|--(index|extra|find)", text, re.MULTILINE)
    assert text.count("--hash=sha256:") >= len(pinned(name))


def test_everything_that_the_project_requires_is_pinned() -> None:
    for name, requirements in (
        ("run.txt", PROJECT["project"]["dependencies"]),
        ("build.txt", PROJECT["build-system"]["requires"]),
    ):
        for one in map(Requirement, requirements):
            assert pinned(name)[one.name.lower()] in one.specifier


def test_what_the_wheel_is_built_with_is_what_the_project_says() -> None:
    lines = (DIRECTORY / "build.in").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == PROJECT["build-system"]["requires"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("name", ["run.txt", "build.txt"])
def test_there_are_wheels_for_the_machines_of_the_image(name: str, machine: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--implementation=cp", "--python-version=3.13"]
    command += [f"--platform=manylinux_2_{minor}_{machine}" for minor in range(17, 42)]
    command += [f"--platform=manylinux2014_{machine}", f"--dest={tmp_path}", f"--requirement={DIRECTORY / name}"]
    subprocess.run(command, check=True, timeout=300)
    assert len(list(tmp_path.glob("*.whl"))) >= len(pinned(name)) - 1
