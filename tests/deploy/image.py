"""The container image, built and run without an engine, by a program that IMAGE_BUILD names."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.chart import SOURCE
from tests.processes import Process, running

TAG = "tccc-exporter:test"

# Other formats have no health checks.
_ENVIRONMENT = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs", "BUILDAH_FORMAT": "docker"}
_SHELLS = ("bash", "dash", "sh")


def image_build() -> str:
    """Return the program that builds images. Without it the test is skipped."""
    path = os.environ.get("IMAGE_BUILD", "")
    if not path:
        pytest.skip("IMAGE_BUILD names no program that builds images")
    return path


def build() -> dict[str, Any]:
    """Build the image and return its configuration."""
    _run(image_build(), "build", SOURCE, TAG)
    configuration: dict[str, Any] = json.loads(_run("buildah", "inspect", "--type=image", TAG))["Docker"]["config"]
    return configuration


class Image:
    """The files of the image, and how it is run."""

    def __init__(self, root: Path, configuration: dict[str, Any]) -> None:
        self._root = root
        self._configuration = configuration

    @contextmanager
    def running(self, *arguments: str, mounts: Sequence[tuple[Path, str]] = ()) -> Iterator[Process]:
        """Run the image's program as its user, on a file system that is read-only and has no shell."""
        steps = [f'mount --bind "{self._root}" "{self._root}"']
        for source, target in (*mounts, (Path("/proc"), "/proc"), (Path("/dev"), "/dev")):
            inside = self._root / target.lstrip("/")
            if not source.is_dir():
                inside.parent.mkdir(parents=True, exist_ok=True)
                inside.touch()
            steps.append(f'mount --bind "{source}" "{inside}"')
        steps += [
            f'mount --bind /dev/null "{path}"'
            for path in (self._root / "usr/bin" / name for name in _SHELLS)
            if path.is_file() and not path.is_symlink()
        ]
        steps.append(f'mount -o remount,bind,ro "{self._root}"')
        user = self._configuration["User"]
        steps.append(f'exec chroot --userspec={user} --groups={user.partition(":")[2]} "{self._root}" "$@"')
        variables = [*self._configuration["Env"], "PYTHONUNBUFFERED=1"]
        directory = f"--chdir={self._configuration['WorkingDir']}"
        command = ("/usr/bin/env", "-i", directory, *variables, *self._configuration["Entrypoint"], *arguments)
        with running("unshare", "--mount", "sh", "-ec", "\n".join(steps), "sh", *command) as process:
            yield process


@contextmanager
def unpacked(configuration: dict[str, Any]) -> Iterator[Image]:
    """Lay the files of the image out."""
    container = _run("buildah", "from", "--pull-never", TAG).strip()
    try:
        yield Image(Path(_run("buildah", "mount", container).strip()), configuration)
    finally:
        _run("buildah", "rm", container)


def _run(*command: str | Path) -> str:
    result = subprocess.run(
        command, env={**os.environ, **_ENVIRONMENT}, capture_output=True, text=True, check=False, timeout=900
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    return result.stdout
