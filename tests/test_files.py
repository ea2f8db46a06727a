from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from exporter import files
from exporter.files import opened_regular_file, read_file_or_pipe, read_regular_file


def test_a_regular_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 2048)
    content, status = read_regular_file(path, 2048)
    assert (len(content), status.st_size) == (2048, 2048)
    with pytest.raises(OSError, match="Larger than 1 KiB"):
        read_regular_file(path, 1024)
    assert read_file_or_pipe(path, 1024) == b"x" * 1024


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, problem in (
        (tmp_path / "fifo", "Not a regular file"),
        (Path("/dev/zero"), "Not a regular file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "nothing", "No such file"),
    ):
        with pytest.raises(OSError, match=problem):
            read_regular_file(path, 1024)
        with pytest.raises(OSError, match=problem), opened_regular_file(path):
            pass


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"x" * 200_000))
    writer.start()
    assert read_file_or_pipe(path, 1_000_000) == b"x" * 200_000
    writer.join()


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.01)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="Nothing more came from this pipe within 0.01 s"):
        read_file_or_pipe(tmp_path / "fifo", 1024)


def test_a_device_without_an_end_is_read_to_the_limit() -> None:
    assert read_file_or_pipe("/dev/zero", 1024) == bytes(1024)
    with pytest.raises(IsADirectoryError):
        read_file_or_pipe("/", 1024)
