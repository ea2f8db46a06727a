"""How log lines are written without anyone waiting for it, and how those of libraries are kept from being too many."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MOST_LINES = 1000
"""How many lines wait at most to be written."""

PERIOD = 60.0
MOST_RECORDS = 10
"""How many records of one kind are let through in a period, in seconds."""
MOST_KINDS = 100
"""How many kinds are told apart at most; the rest counts as one."""

Kind = tuple[str, str, str]
"""The logger of a record, its message, and the name of the exception that goes with it."""

OTHERS: Kind = ("", "others", "")


class LineWriter:
    """Writes lines in a thread, so that a pipe that nobody reads holds up nobody. Safe to use from any thread.

    `write` writes one line and raises OSError where it cannot. The thread lives for as long as there are lines.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self.dropped = 0
        """How many lines are lost: they could not be written, or too many waited already."""
        self._write = write
        self._waiting: deque[str] = deque()
        self._is_writing = False
        # Reentrant, because the garbage collector may come at any moment, and what it finds may log.
        self._changed = threading.Condition(threading.RLock())

    def put(self, line: str) -> None:
        """Have a line written soon. Never waits and never raises."""
        with self._changed:
            if len(self._waiting) >= MOST_LINES:
                self.dropped += 1
                return
            self._waiting.append(line)
            if self._is_writing:
                return
            self._is_writing = True
            try:
                threading.Thread(target=self._write_all, name="log", daemon=True).start()
            except RuntimeError:
                # No thread can be had now. The next line tries again.
                self._is_writing = False

    def drop(self) -> None:
        """Count a line that was lost before it could be handed over."""
        with self._changed:
            self.dropped += 1

    def flush(self, timeout: float) -> None:
        """Wait until all lines are written, for at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_writing, timeout)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._is_writing = False
                    self._changed.notify_all()
                    return
                line = self._waiting.popleft()
            try:
                self._write(line)
            except (OSError, ValueError):
                # ValueError: the stream has been closed.
                self.drop()


class RecordLimit:
    """Counts records by kind, a period at a time, so that no more than `MOST_RECORDS` of each are logged.

    `clock` gives seconds. Safe to use from any thread.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._periods: dict[Kind, _Period] = {}
        self._left_out: dict[Kind, int] = {}
        self._lock = threading.RLock()

    def count(self, kind: Kind) -> int:
        """Count a record and return how many of its kind there have been in the period."""
        with self._lock:
            self._end_periods()
            if kind not in self._periods and len(self._periods) >= MOST_KINDS:
                kind = OTHERS
            period = self._periods.setdefault(kind, _Period(self._clock()))
            period.records += 1
            return period.records

    def take_left_out(self) -> dict[Kind, int]:
        """Return how many records were too many in the periods that have ended since the last time."""
        with self._lock:
            self._end_periods()
            left_out, self._left_out = self._left_out, {}
            return left_out

    def _end_periods(self) -> None:
        now = self._clock()
        for kind in [kind for kind, period in self._periods.items() if now - period.begun >= PERIOD]:
            records = self._periods.pop(kind).records
            if records > MOST_RECORDS:
                self._left_out[kind] = self._left_out.get(kind, 0) + records - MOST_RECORDS


@dataclass(slots=True)
class _Period:
    begun: float
    records: int = 0
