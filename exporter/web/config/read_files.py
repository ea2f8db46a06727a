"""Files that are read again once they have changed, told by their status alone."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from exporter.files import read_regular_file

LARGEST_FILE = 1024 * 1024

SETTLING_TIME = 1.0
"""Seconds after a change in which another one might leave the status as it is: clocks of file systems are coarse."""


class ReadFiles:
    """Reads files, and remembers which, in what state, and what was in them."""

    def __init__(self) -> None:
        self._status: dict[Path, tuple[int, ...] | None] = {}
        self._content: dict[Path, bytes | int | None] = {}

    def read(self, path: str | Path) -> bytes:
        """Return the content of a regular file of at most 1 MiB. Raises OSError."""
        path = Path(path)
        self._status[path] = _settled(_status(path))
        try:
            content, _ = read_regular_file(path, LARGEST_FILE)
        except OSError as error:
            self._content[path] = error.errno
            raise
        self._content[path] = content
        return content

    def have_changed(self) -> bool:
        """Tell whether one of the files is no longer as it was read."""
        if all(seen is not None and seen == _status(path) for path, seen in self._status.items()):
            return False
        again = ReadFiles()
        for path in self._status:
            with suppress(OSError):
                again.read(path)
        if again._content != self._content:
            return True
        self._status = again._status
        return False


def _status(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)


def _settled(status: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return a status by which a change can be told; None where it is too young for that."""
    changed = status[-2] / 1e9 if len(status) > 1 else 0.0
    return None if abs(time.time() - changed) < SETTLING_TIME else status
