"""Run the benchmarks and write their tables."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import collectors, many_accounts, shared_key, single
from benchmarks.comparison import FULL, QUICK, compare
from benchmarks.document import Section, document, machine

STARTED = time.monotonic()

PARTS: dict[str, Callable[[], Coroutine[None, None, list[Section]]]] = {
    "comparison": lambda: compare(FULL, log),
    "collectors": collectors.measure,
    "shared-key": lambda: shared_key.measure(scrapes=12),
    "many-accounts": many_accounts.measure,
    "start": single.measure_start,
    "cpu": single.measure_cpu,
    "memory": single.measure_memory,
}
QUICK_PARTS = {"comparison": lambda: compare(QUICK, log), "many-accounts": many_accounts.measure}


def main() -> None:
    """Run what the flags ask for."""
    flags = _parse_flags()
    measured_on = machine()
    sections: list[Section] = []
    for name in flags.only or (QUICK_PARTS if flags.quick else PARTS):
        log(name)
        part = QUICK_PARTS.get(name, PARTS[name]) if flags.quick else PARTS[name]
        sections += asyncio.run(part())
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    minutes = (time.monotonic() - STARTED) / 60
    introduction = f"By `{command}` on {datetime.now(UTC):%Y-%m-%d}, in {minutes:.0f} minutes, on this machine:"
    text = document(f"{introduction}\n\n{measured_on}", sections)
    if flags.output is None:
        sys.stdout.write(text)
        return
    flags.output.write_text(text)
    for section in sections:
        if section.data is not None:
            flags.output.with_suffix(".csv").write_text(section.data.csv())


def log(text: str) -> None:
    """Tell on stderr how far it has got."""
    sys.stderr.write(f"{time.monotonic() - STARTED:6.0f} s  {text}\n")


def _parse_flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="the cells of the first table only, and the accounts")
    parser.add_argument("--only", action="append", choices=PARTS, help="run this part only; repeatable")
    parser.add_argument(
        "--output", type=Path, metavar="FILE.md", help="write there, and the long table beside it, not to stdout"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
