"""Processes that answer lines on their stdin with lines of JSON on their stdout."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self, TypeVar

import msgspec

Answer = TypeVar("Answer")


class Child:
    """A module run as a process of its own, for as long as the context lasts."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def ask(self, line: str, answer: type[Answer]) -> Answer:
        """Send a line and return the answer to it. Raises RuntimeError where the process has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return self.receive(answer)

    def receive(self, answer: type[Answer]) -> Answer:
        """Return what the process says next. Raises RuntimeError where it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} has ended")
        return msgspec.json.decode(line, type=answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._process:
            self._process.kill()
