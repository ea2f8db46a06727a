"""Sections, tables and checks, and how they look in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NOTHING = "-"
"""Stands where there is no figure."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has a cell for every column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def markdown(self) -> str:
        """Return the table in Markdown, the columns aligned so that it can be read as it is."""
        lines = [[str(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(len(line[index]) for line in lines) for index in range(len(self.columns))]
        head, *body = (_line(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
        return "\n".join((head, _line("-" * width for width in widths), *body))


@dataclass(frozen=True, slots=True)
class Check:
    """A target and the worst that was measured against it."""

    target: str
    figure: str
    met: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document: a title, what was done, and what came of it."""

    title: str
    text: str
    table: Table
    checks: Sequence[Check] = field(default_factory=tuple)

    def markdown(self) -> str:
        """Return the section in Markdown."""
        return f"## {self.title}\n\n{self.text.strip()}\n\n{self.table.markdown()}\n"


def document(introduction: str, sections: Sequence[Section]) -> str:
    """Return the whole of it, the targets first."""
    checks = [check for section in sections for check in section.checks]
    rows = [(check.target, check.figure, "yes" if check.met else "**no**") for check in checks]
    targets = Section("Targets", _TARGETS, Table(("target", "worst measured", "met"), rows))
    return "\n".join([f"# Benchmarks\n\n{introduction.strip()}\n", *(one.markdown() for one in (targets, *sections))])


def milliseconds(seconds: float) -> str:
    """Return a time in whole milliseconds, with its unit."""
    return f"{seconds * 1000:.0f} ms"


def mebibytes(size: float) -> str:
    """Return a size in MiB, without its unit."""
    return f"{size / 1024**2:.1f}"


_TARGETS = "What this exporter is to keep, and the worst cell of the tables below that the target speaks of."


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
