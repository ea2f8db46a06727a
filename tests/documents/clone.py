"""A fresh clone of this repository, in which the commands of the documents run as they are written."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.documents.markdown import README, ROOT, document

SHIM = """\
#!/bin/sh
export PYTHONPATH={clone}
exec {python} {launcher} {module} "$@"
"""
LAUNCHER = """\
# Runs a program of the clone. Ports that the documents name may be taken here: it takes one that is free.
import re
import runpy
import sys

module, *arguments = sys.argv[1:]
LISTEN = "--web.listen-address="
given = [re.sub(r":[0-9]+$", ":0", one) if one.startswith(LISTEN) else one for one in arguments]
ends_at_once = {"--once", "--config.check", "--healthcheck"} & set(given)
if not ends_at_once and not any(one.startswith(LISTEN) for one in given):
    given.append(f"{LISTEN}127.0.0.1:0")
sys.argv = [module, *given]
runpy.run_module(module, run_name="__main__")
"""


class Clone:
    """The files of this repository as they would be committed, with a place for `/etc` and `/opt` beside them."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "tccc-exporter"
        self.root = directory / "root"
        self._programs = directory / "bin"
        _copy(self.path)
        [config, *_] = document(README).blocks("yaml")
        (self.path / "config.yaml").write_text(config)
        (self.path / "secret_key").write_text("xxxxxxxx\n")
        (self.root / "etc/systemd/system").mkdir(parents=True)

    def install(self) -> None:
        """Put programs where an installation puts them; they run the code of the clone."""
        launcher = self._programs / "launcher.py"
        self._programs.mkdir()
        launcher.write_text(LAUNCHER)
        places = (self._programs, self.root / "opt/tccc-exporter/bin", self.path / "env/bin", self.path / ".venv/bin")
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            for name, module in (("tccc-exporter", "exporter"), ("tccc-emulator", "exporter.emulator")):
                shim = SHIM.format(clone=self.path, python=sys.executable, launcher=launcher, module=module)
                _write_program(place / name, shim)
        # What `make` would do first.
        _write_program(self.path / ".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (self.path / ".venv/demo-installed").touch()

    def here(self, command: str) -> str:
        """Return a command with another root in the place of this machine's."""
        for directory in ("etc", "opt"):
            command = command.replace(f" /{directory}/", f" {self.root}/{directory}/")
            if command.startswith(f"/{directory}/"):
                command = f"{self.root}{command}"
        return command

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables by which the commands find their programs, and reach nothing outside this machine."""
        # The tests may be run by make themselves, and on a machine that has keys and proxies.
        names = ("MAKE", "MFLAGS", "TENCENTCLOUD_", "TCCC_SDK", "TCCC_ENDPOINT", "NO_PROXY", "no_proxy", "https_proxy")
        blank = {name: "" for name in os.environ if name.startswith(names)}
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        return {**blank, "PATH": path, "HOME": str(self.root), "HTTPS_PROXY": "http://127.0.0.1:1"}


def shell(command: str) -> list[str]:
    """Return what runs a command; signals reach the command itself."""
    assignments = shlex.split(command, posix=False)
    first = next(index for index, word in enumerate(assignments) if "=" not in word or word.startswith("-"))
    return ["sh", "-c", " ".join([*assignments[:first], "exec", *assignments[first:]])]


def _copy(to: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        # Not a clone itself, but what an sdist holds.
        left_out = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")
        shutil.copytree(ROOT, to, symlinks=True, ignore=left_out)
        return
    for name in listed.stdout.split("\0")[:-1]:
        source = ROOT / name
        if source.is_symlink() or source.exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name, follow_symlinks=False)


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
