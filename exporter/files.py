"""Reading files of settings and secrets without waiting for what never comes: no FIFO, no device, no end of bytes."""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30.0
"""Seconds that a pipe may keep its reader waiting."""


@contextmanager
def opened_regular_file(path: str | Path) -> Iterator[int]:
    """Open a regular file for reading, as a descriptor. Raises OSError, at once, for anything else."""
    with _opened(path) as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Not a regular file")
        yield descriptor


def read_regular_file(path: str | Path, largest: int) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file, and its status from before it was read.

    Raises OSError for anything else, and where it is larger than so many bytes.
    """
    with opened_regular_file(path) as descriptor:
        status = os.fstat(descriptor)
        content = b""
        while len(content) <= largest and (part := os.read(descriptor, largest + 1 - len(content))):
            content += part
    if len(content) > largest:
        raise OSError(errno.EFBIG, f"Larger than {largest // 1024} KiB")
    return content, status


def read_file_or_pipe(path: str | Path, largest: int) -> bytes:
    """Return the content of a file, of a pipe such as /dev/stdin or a shell's `<(...)` up to its end; at most so many
    bytes of it. Raises OSError, for a pipe that nothing comes from too, after PATIENCE: so call it in a thread where
    something else must go on meanwhile.
    """
    content = b""
    with _opened(path) as descriptor:
        readable = select.poll()
        readable.register(descriptor, select.POLLIN)
        deadline = time.monotonic() + PATIENCE
        while len(content) < largest:
            if not readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise OSError(errno.ETIMEDOUT, f"Nothing more came from this pipe within {PATIENCE:g} s")
            part = os.read(descriptor, largest - len(content))
            if not part:
                break
            content += part
    return content


@contextmanager
def _opened(path: str | Path) -> Iterator[int]:
    # Without O_NONBLOCK, opening a FIFO waits for its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        yield descriptor
    finally:
        os.close(descriptor)
