"""Files that hold keys: read again whenever they have changed, and only then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from exporter.files import read_regular_file
from exporter.tencent.errors import UnreadableKeyFileError

Content = TypeVar("Content")

LARGEST_FILE = 64 * 1024
SETTLING_TIME = 2.0
"""Seconds after which a file that has changed is not looked into anew each time: some file systems count in these."""


class WatchedFile(Generic[Content]):
    """A small regular file, parsed once and again whenever it has changed.

    `parse` gets the text and the path, and raises NoCredentialsError with a message that shows none of the text.
    """

    def __init__(self, path: Path, parse: Callable[[str, Path], Content]) -> None:
        self._path = path
        self._parse = parse
        self._parsed: tuple[_State, Content] | None = None

    def read(self) -> Content:
        """Return what the file holds now. Raises NoCredentialsError where it cannot be read or parsed."""
        try:
            if self._parsed is None or self._parsed[0] != _state(self._path.stat()):
                content, status = read_regular_file(self._path, LARGEST_FILE)
                parsed = self._parse(content.decode("utf-8-sig"), self._path)
                # A change within the clock tick of the one before would leave no trace.
                is_settled = time.time() - status.st_ctime > SETTLING_TIME
                self._parsed = (_state(status) if is_settled else None, parsed)
        except OSError as error:
            raise UnreadableKeyFileError(f"cannot read {self._path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UnreadableKeyFileError(f"cannot read {self._path}: it is not UTF-8 text") from None
        return self._parsed[1]


_State = tuple[int, ...] | None
"""What tells that a file is still the same, None where nothing does."""


def _state(status: os.stat_result) -> _State:
    # Whoever keeps the size and sets the modification time back cannot set the time of that change back.
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev
