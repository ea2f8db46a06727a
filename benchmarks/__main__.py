"""Run the benchmarks and write their tables."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import cpu, memory, startup
from benchmarks.comparison import comparison
from benchmarks.document import Section, document
from benchmarks.machine import description
from benchmarks.plan import full_plan, quick_plan
from benchmarks.scenarios import concurrent_scrapes, many_accounts, shared_key

Part = Callable[[], Sequence[Section]]

_STARTED = time.monotonic()


def main() -> None:
    """Run what the flags ask for."""
    flags = _parser().parse_args()
    parts = _quick_parts() if flags.quick else _full_parts()
    names = flags.only or list(parts)
    if unknown := set(names) - set(parts):
        _parser().error(f"found {min(unknown)}, allowed: {', '.join(parts)}")
    machine = description()
    sections: list[Section] = []
    for name in names:
        _tell(name)
        sections += parts[name]()
    text = document(_introduction(machine), sections)
    if flags.output is None:
        sys.stdout.write(text)
    else:
        flags.output.parent.mkdir(exist_ok=True)
        flags.output.write_text(text)


def _full_parts() -> dict[str, Part]:
    return {
        "comparison": lambda: comparison(full_plan(), _tell),
        "concurrent-scrapes": lambda: [concurrent_scrapes.section()],
        "shared-key": lambda: [shared_key.section(scrapes=12)],
        "many-accounts": lambda: [many_accounts.section()],
        "startup": lambda: [startup.section()],
        "cpu": lambda: [cpu.section()],
        "memory": lambda: [memory.section()],
    }


def _quick_parts() -> dict[str, Part]:
    """Without what takes its minutes to be seen."""
    parts = _full_parts()
    return {
        "comparison": lambda: comparison(quick_plan(), _tell),
        "concurrent-scrapes": parts["concurrent-scrapes"],
        "many-accounts": parts["many-accounts"],
    }


def _introduction(machine: str) -> str:
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    minutes = (time.monotonic() - _STARTED) / 60
    return f"""
Written by `{command}` on {datetime.now(UTC):%Y-%m-%d}, in {minutes:.0f} minutes, on this machine:

{machine}
"""


def _tell(text: str) -> None:
    sys.stderr.write(f"{time.monotonic() - _STARTED:6.0f} s  {text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a few cells, for daily use")
    parser.add_argument("--only", action="append", metavar="PART", help="run this part only; repeatable")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there rather than to stdout")
    return parser


if __name__ == "__main__":
    main()
