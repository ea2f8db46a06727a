"""Sections, tables and checks, how they are written down, and what they were measured on."""

from __future__ import annotations

import csv
import io
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

NOTHING = "-"
"""Stands where there is no figure."""
_PACKAGES = ("tccc-exporter", "aiohttp", "msgspec", "tencentcloud-sdk-python-ccc")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row names its columns, the same ones in the same order."""

    rows: Sequence[Mapping[str, object]]

    def markdown(self) -> str:
        """Return the table in Markdown, the columns aligned so that it can be read as it is."""
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        head, *body = (_line(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
        return "\n".join((head, _line("-" * width for width in widths), *body))

    def csv(self) -> str:
        """Return the table as comma-separated values."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._lines())
        return text.getvalue()

    def _lines(self) -> list[list[str]]:
        return [list(self.rows[0]), *([str(cell) for cell in row.values()] for row in self.rows)]


@dataclass(frozen=True, slots=True)
class Check:
    """A target and the worst that was measured against it."""

    target: str
    figure: str
    met: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document: a title, what was done, and what came of it; `data` is a table for a file of its own."""

    title: str
    text: str
    table: Table
    checks: Sequence[Check] = ()
    data: Table | None = None

    def markdown(self) -> str:
        """Return the section in Markdown."""
        return f"## {self.title}\n\n{self.text.strip()}\n\n{self.table.markdown()}\n"


def document(introduction: str, sections: Sequence[Section]) -> str:
    """Return the whole of it: the first section, the targets of all, the other sections, and how it was made."""
    rows = [
        {"target": one.target, "worst measured": one.figure, "met": "yes" if one.met else "**no**"}
        for section in sections
        for one in section.checks
    ]
    text = "What the exporter is to keep, and the worst that was measured of what the target speaks of."
    targets = [Section("Targets", text, Table(rows))] if rows else []
    parts = [one.markdown() for one in (*sections[:1], *targets, *sections[1:])]
    return "\n".join(["# Benchmarks\n", *parts, f"## How it was measured\n\n{introduction.strip()}\n"])


def milliseconds(seconds: float) -> str:
    """Return a time in whole milliseconds, without its unit."""
    return f"{seconds * 1000:.0f}"


def mebibytes(size: float) -> str:
    """Return a size in MiB, without its unit."""
    return f"{size / 1024**2:.1f}"


def machine() -> str:
    """Return the machine, its load and the versions, as a list in Markdown."""
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    return (
        f"- {cpu.partition(': ')[2]}, {os.cpu_count()} cores, {memory:.0f} GiB memory, load {os.getloadavg()[0]:.1f}\n"
        f"- {platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}\n"
        f"- {', '.join(f'{name} {version(name)}' for name in _PACKAGES)}"
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
