"""What every contender's process does: read the list once for every line on its stdin, and tell the costs on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from benchmarks.truth import Reading


def serve(read: Callable[[], Reading]) -> None:
    """Say that the process has started, and answer every line with a reading in JSON, until stdin ends."""
    _say("ready")
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        reading = read()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        # Taken before the answer is written, which is no work of the contender's.
        _say(replace(reading, wall=wall, cpu=cpu, peak_memory=memory_of("VmHWM")))


def memory_of(kind: str, process: int | str = "self") -> int:
    """Return the resident memory of a process in bytes: `VmRSS` now, `VmHWM` the most that it ever was."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition(f"{kind}:")[2].split()[0]) * 1024


def _say(what: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()
