"""How long it takes to import the command, and from its start to the first answered scrape."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from benchmarks.processes import running_emulator, running_exporter

ROUNDS = 7


def main() -> None:
    """Print the table."""
    imports = [_import_seconds() for _ in range(ROUNDS)]
    starts = [_start_seconds() for _ in range(ROUNDS)]
    print("\nSeconds to start, without network delay\n")
    print("| what | median | best |")
    print("| --- | --- | --- |")
    print(f"| import of exporter.cli | {median(imports):.2f} | {min(imports):.2f} |")
    print(f"| from the start of the process to the first answered scrape | {median(starts):.2f} | {min(starts):.2f} |")


def _import_seconds() -> float:
    code = "import time; started = time.perf_counter(); import exporter.cli; print(time.perf_counter() - started)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def _start_seconds() -> float:
    with running_emulator(60) as endpoint:
        started = time.perf_counter()
        with running_exporter(endpoint, ["staff_number"]) as exporter:
            assert 'tccc_up{application="bench"} 1.0' in exporter.scrape()
            return time.perf_counter() - started


if __name__ == "__main__":
    main()
