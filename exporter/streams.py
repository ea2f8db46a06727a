"""The standard streams of a command, each of which may be closed, full, or read by nobody."""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn, TextIO


class StdoutError(Exception):
    """Stdout could not be written; `reason` is the operating system's."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"cannot write to stdout: {reason}")


class OneLineParser(argparse.ArgumentParser):
    """A parser of flags that tells a wrong one in one line, exits with 2, and writes by the functions here."""

    def error(self, message: str) -> NoReturn:
        """End the process with the message."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: object = None) -> None:
        """Python's own either raises what the stream does or passes over it, depending on the version."""
        if file is sys.stdout:
            write_stdout(message)
        else:
            write_stderr(message)


def run_as_process(main: Callable[[], int], program: str) -> NoReturn:
    """Run a command as this process, and end the process with its exit code, whatever its threads still wait for."""
    open_closed_streams()
    try:
        code = main()
    except StdoutError as error:
        write_stderr(f"{program}: error: {error}\n")
        code = 1
    except SystemExit as exit_of_parser:
        code = exit_of_parser.code if isinstance(exit_of_parser.code, int) else 0
    except KeyboardInterrupt:
        code = 130
    os._exit(code)


def open_closed_streams() -> None:
    """Put something that cannot be written in place of the standard streams that are closed.

    A file or a socket opened later would get the number of a closed one, and be read and written in its stead.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, and those below are not free.
            os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def write_stdout(text: str) -> None:
    """Write a text to stdout. Raises StdoutError."""
    try:
        write_all(sys.stdout, text)
    except OSError as error:
        raise StdoutError(error.strerror or str(error)) from None


def write_stderr(text: str) -> None:
    """Write a text to stderr, if it can be written."""
    with suppress(OSError):
        write_all(sys.stderr, text)


def write_all(stream: TextIO, text: str) -> None:
    """Write a text as UTF-8, past the buffer of the stream: it would keep what failed, and fail again. Raises OSError.

    Waits where the stream is full, also where another process has made it one that does not wait.
    """
    content = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        number = stream.fileno()
    except OSError:
        # A stream in memory, as tests have it.
        stream.write(text)
        stream.flush()
        return
    while content:
        try:
            content = content[os.write(number, content) :]
        except BlockingIOError:
            select.select([], [number], [])
