"""Commands as processes of their own: started, waited for, asked over HTTP, and ended."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which something that ought to happen is taken not to happen any more."""

MOST_SECONDS_TO_END = 5.0
"""In which a command has ended after a signal, on a busy machine too. What is not told to end takes twice as long."""

EXPORTER = (sys.executable, "-m", "exporter")
EMULATOR = (sys.executable, "-m", "exporter.emulator")


class Process:
    """A running command; its stdout and stderr come together."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path | None,
        pass_fds: Sequence[int],
        with_children: bool,
    ) -> None:
        self._with_children = with_children
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            cwd=directory,
            pass_fds=pass_fds,
            start_new_session=with_children,
        )
        self.output = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read the output until a pattern is in it."""
        deadline = time.monotonic() + PATIENCE
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not (match := re.search(pattern, self.output)):
                ready = selector.select(deadline - time.monotonic())
                piece = os.read(self._process.stdout.fileno(), 65536).decode() if ready else ""
                assert piece, f"{pattern!r} never came; the output was:\n{self.output}"
                self.output += piece
        return match

    def signal(self, number: int) -> None:
        if self._with_children:
            os.killpg(self.pid, number)
        else:
            self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        rest, _ = self._process.communicate(timeout=PATIENCE)
        self.output += rest.decode()
        return self._process.returncode

    def kill(self) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGKILL)
        self._process.communicate()

    @property
    def pid(self) -> int:
        return self._process.pid


@contextmanager
def running(
    *command: str,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    pass_fds: Sequence[int] = (),
    with_children: bool = False,
) -> Iterator[Process]:
    """Run a command for as long as the context lasts. Signals go to its children as well where that is asked for."""
    process = Process(command, environment or {}, directory, pass_fds, with_children)
    try:
        yield process
    finally:
        process.kill()


def start_exporter(process: Process) -> str:
    """Wait until an exporter that was told to listen on a port of its choice listens, and return its URL."""
    address = process.wait_for(r"msg=listening .*(127\.0\.0\.1:\d+)")[1]
    return f"http://{address}"


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Return the status and the body of an answer."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
