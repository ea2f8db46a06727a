"""How long it takes to import the command, from its start to the first answered scrape, and for an emulator to open."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from benchmarks.document import Section, Table
from benchmarks.processes import running_emulator, running_exporter
from exporter.emulator.center import ContactCenter

ROUNDS = 7
LARGE = 20_000


def section() -> Section:
    """Measure, and return the table."""
    imports = [_import_seconds() for _ in range(ROUNDS)]
    starts = [_start_seconds() for _ in range(ROUNDS)]
    openings = [_opening_seconds() for _ in range(ROUNDS)]
    rows = [
        ("import of exporter.cli", f"{median(imports):.2f}", f"{min(imports):.2f}"),
        ("from the start of the process to the first answered scrape", f"{median(starts):.2f}", f"{min(starts):.2f}"),
        (
            f"opening of an emulated contact center of {LARGE:,} sessions",
            f"{median(openings):.2f}",
            f"{min(openings):.2f}",
        ),
    ]
    text = "Seconds, without network delay. A scrape of 60 sessions."
    return Section("Start", text, Table(("what", "median", "best"), rows))


def _import_seconds() -> float:
    code = "import time; started = time.perf_counter(); import exporter.cli; print(time.perf_counter() - started)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def _opening_seconds() -> float:
    started = time.perf_counter()
    ContactCenter(seed=1, start=1_700_000_000, sessions=LARGE)
    return time.perf_counter() - started


def _start_seconds() -> float:
    with running_emulator(60) as endpoint:
        started = time.perf_counter()
        with running_exporter(endpoint, ["staff_number"]) as exporter:
            assert 'tccc_up{application="bench"} 1.0' in exporter.scrape()
            return time.perf_counter() - started
