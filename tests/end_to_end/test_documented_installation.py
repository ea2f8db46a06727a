"""What the documents say to install, installed as they say it, from a fresh clone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.clone import Clone, shell
from tests.documents.test_commands import INSTALL

pytestmark = pytest.mark.end_to_end

CHECK = "--config.file=config.yaml --config.check"


def run(command: str, clone: Clone) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    pipx = {f"PIPX_{name}": str(clone.root / "opt/pipx" / name.lower()) for name in ("HOME", "BIN_DIR", "MAN_DIR")}
    result = subprocess.run(
        shell(clone.here(command)),
        cwd=clone.path,
        env={**os.environ, "PATH": path, **pipx},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("commands", "installed"),
    [
        (INSTALL[:2], "env/bin/tccc-exporter"),
        (INSTALL[2:4], "/opt/tccc-exporter/bin/tccc-exporter"),
        (INSTALL[4:], "/opt/pipx/bin_dir/tccc-exporter"),
    ],
    ids=["README", "deployment", "pipx"],
)
def test_an_installation(commands: tuple[str, ...], installed: str, tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    for command in commands:
        run(command, clone)
    assert "config.yaml: ok" in run(f"{installed} {CHECK}", clone)
