"""Changes that are seen, and what is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.web.config import read_files
from exporter.web.config.read_files import ReadFiles

OLD, NEW = b"old content", b"new content"


def _in_place(path: Path) -> None:
    path.write_bytes(NEW)


def _renamed(path: Path) -> None:
    (path.parent / "next").write_bytes(NEW)
    (path.parent / "next").rename(path)


def _same_time(path: Path) -> None:
    before = path.stat()
    path.write_bytes(NEW)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _another_directory(path: Path) -> None:
    another = path.parent / "another"
    another.mkdir()
    (another / "file").write_bytes(NEW)
    (path.parent / "link").symlink_to(another / "file")
    (path.parent / "link").rename(path)


@pytest.mark.parametrize("change", [_in_place, _renamed, _same_time, _another_directory, Path.unlink])
@pytest.mark.parametrize("settled", [True, False])
def test_a_change_is_seen(
    change: Callable[[Path], None], settled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    if settled:
        monkeypatch.setattr(read_files, "SETTLING_TIME", 0.0)
        # Two changes within one tick of its clock are the same to the file system.
        time.sleep(0.02)
    files = ReadFiles()
    assert files.read(path) == OLD
    assert not files.have_changed()
    change(path)
    assert files.have_changed()


def test_a_file_that_was_not_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files = ReadFiles()
    with pytest.raises(FileNotFoundError):
        files.read(path)
    assert not files.have_changed()
    path.write_bytes(OLD)
    assert files.have_changed()


def test_the_same_content_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    files = ReadFiles()
    files.read(path)
    path.write_bytes(OLD)
    os.utime(path)
    assert not files.have_changed()


def test_a_file_that_is_left_alone_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    monkeypatch.setattr(read_files, "SETTLING_TIME", 0.0)
    files = ReadFiles()
    files.read(path)
    monkeypatch.setattr(read_files, "read_regular_file", None)
    assert not files.have_changed()
