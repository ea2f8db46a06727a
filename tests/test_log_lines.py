from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from exporter.log_lines import MOST_KINDS, MOST_LINES, MOST_RECORDS, PERIOD, Kind, LineWriter, RecordLimit
from tests.processes import PATIENCE


def test_lines_come_in_their_order() -> None:
    written: list[str] = []
    lines = LineWriter(written.append)
    for number in range(500):
        lines.put(str(number))
    lines.flush(PATIENCE)
    assert written == [str(number) for number in range(500)]
    assert lines.dropped == 0


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_what_cannot_be_written_is_counted_and_stops_nothing(error: Exception) -> None:
    written: list[str] = []

    def write(line: str) -> None:
        if line == "bad":
            raise error
        written.append(line)

    lines = LineWriter(write)
    for line in ("one", "bad", "bad", "two"):
        lines.put(line)
    lines.flush(PATIENCE)
    assert (written, lines.dropped) == (["one", "two"], 2)


def test_nobody_waits_for_a_reader_that_does_not_read() -> None:
    written: list[str] = []
    reads = threading.Event()

    def write(line: str) -> None:
        reads.wait(PATIENCE)
        written.append(line)

    lines = LineWriter(write)
    begun = time.monotonic()
    for number in range(MOST_LINES + 500):
        lines.put(str(number))
    lines.flush(0.01)
    assert time.monotonic() - begun < PATIENCE / 2
    assert (written, lines.dropped) in (([], 499), ([], 500))
    reads.set()
    lines.flush(PATIENCE)
    # The thread takes one line at any moment, and that makes room for another.
    assert written[:MOST_LINES] == [str(number) for number in range(MOST_LINES)]
    assert written == sorted(written, key=int)
    assert len(written) + lines.dropped == MOST_LINES + 500


def test_without_threads_lines_wait_for_better_times(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot_start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    written: list[str] = []
    lines = LineWriter(written.append)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", cannot_start)
        lines.put("one")
    lines.flush(PATIENCE)
    assert written == []
    lines.put("two")
    lines.flush(PATIENCE)
    assert written == ["one", "two"]


def kind(number: int) -> Kind:
    return "asyncio", f"message {number}", "NoneType"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def counted(count: Callable[[Kind], int], times: int, number: int = 0) -> int:
    return [count(kind(number)) for _ in range(times)][-1]


def test_records_are_counted_by_kind_and_period() -> None:
    clock = Clock()
    limit = RecordLimit(clock)
    assert counted(limit.count, MOST_RECORDS + 3) == MOST_RECORDS + 3
    assert counted(limit.count, 1, number=1) == 1
    clock.now = PERIOD - 0.1
    assert counted(limit.count, 1) == MOST_RECORDS + 4
    assert limit.take_left_out() == {}
    clock.now = PERIOD
    assert counted(limit.count, 1) == 1
    assert limit.take_left_out() == {kind(0): 4}
    assert limit.take_left_out() == {}


def test_kinds_beyond_those_told_apart_count_as_one() -> None:
    limit = RecordLimit(Clock())
    numbers = [limit.count(kind(number)) for number in range(MOST_KINDS + 50)]
    assert numbers == [1] * MOST_KINDS + list(range(1, 51))
    assert limit.count(kind(0)) == 2
