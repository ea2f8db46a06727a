"""The files that the package carries beside its code: the runbook, the dashboards and the rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exporter.files import read_regular_file

LARGEST_FILE = 16 * 2**20
"""Bytes; a larger file in the place of one of ours is none of ours."""

_PACKAGE = Path(__file__).parent
_REPOSITORY = _PACKAGE.parent
_PREFIX_OF_METRICS = b"tccc_"


class WriteError(Exception):
    """One line: which file could not be written, and why."""


def runbook() -> Path | None:
    """Return the runbook; None where the package came without it."""
    return next(_files(_PACKAGE / "data", _REPOSITORY / "docs", pattern="runbook.md"), None)


def dashboards() -> list[Path]:
    """Return the dashboards for Grafana."""
    return sorted(_files(_PACKAGE / "data/dashboards", _REPOSITORY / "grafana/dashboards", pattern="*.json"))


def rules() -> list[Path]:
    """Return the recording and alert rules for Prometheus."""
    return sorted(_files(_PACKAGE / "data/rules", _REPOSITORY / "prometheus/rules", pattern="*.yml"))


def write_copies(wanted: Mapping[Path, Sequence[Path]]) -> Iterator[Path]:
    """Write copies of files into directories, which are made; give the path of each copy once it is written.

    Replaces copies that were written before, and nothing else: where another file is in the way, nothing is written
    at all. Raises WriteError.
    """
    for directory, files in wanted.items():
        if not files:
            raise WriteError(f"cannot write into {directory}: the package came without these files")
    copies = {directory / file.name: file for directory, files in wanted.items() for file in files}
    for copy in copies:
        _check_replaceable(copy)
    for copy, file in copies.items():
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            _write(copy, file.read_bytes())
        except OSError as error:
            raise _write_error(copy, error) from None
        yield copy


def _files(installed: Path, in_repository: Path, *, pattern: str) -> Iterator[Path]:
    return (installed if installed.is_dir() else in_repository).glob(pattern)


def _check_replaceable(path: Path) -> None:
    try:
        content, _ = read_regular_file(path, LARGEST_FILE)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _write_error(path, error) from None
    # All of ours, of whatever version, name metrics.
    if _PREFIX_OF_METRICS not in content:
        raise WriteError(f"cannot write {path}: another file of this name is there; move it, or name another directory")


def _write(path: Path, content: bytes) -> None:
    # In one step: Prometheus and Grafana may be reading the directory, and a full disk costs no copy of before.
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("xb") as file:
            file.write(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _write_error(path: Path, error: OSError) -> WriteError:
    return WriteError(f"cannot write {path}: {error.strerror or error}")
