"""What every contender's process does: read the list once for every line on its stdin, and tell the costs on stdout."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.outcomes import Reading

READY = "ready"
"""What a contender says once it can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read, see Reading."""

    ids: list[str]
    proven: bool | None = None
    failure: str = ""


def serve(read: Callable[[], Read]) -> None:
    """Say that the process has started, and answer every line with a reading in JSON, until stdin ends."""
    _say(READY)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        result = read()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        # Taken before the answer is written, which is no work of the contender's.
        peak = peak_memory()
        reading = Reading(
            ids=result.ids, proven=result.proven, failure=result.failure, wall=wall, cpu=cpu, peak_memory=peak
        )
        _say(reading)


def _say(what: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


def peak_memory(process: int | str = "self") -> int:
    """Return the most resident memory that a process ever had, in bytes."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        # Only where there is no /proc: on Linux this counts what the parent held at the fork, too.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kibibytes) * 1024
