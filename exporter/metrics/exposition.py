"""Families as text, in the text format and in OpenMetrics.

The lines of the samples are the same in both formats, so they are written once, when a snapshot is taken, and kept as
text: that is smaller than samples are, and a scrape has no more to do than to put the parts together.

The output is that of prometheus_client's own encoders, byte for byte, for families as this exporter has them: plain
names, and samples without timestamps and exemplars. Those encoders check and escape every name of every sample anew,
which for hundreds of staff series costs more than reading the sessions does; here only values can be odd.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from prometheus_client import Metric
from prometheus_client.utils import floatToGoString

_TEXT_TYPES = {"info": "gauge", "stateset": "gauge", "gaugehistogram": "histogram", "unknown": "untyped"}
_TEXT_SUFFIXES = {"counter": "_total", "info": "_info"}
_OPENMETRICS_ONLY = ("_gcount", "_gsum")
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True, slots=True)
class RenderedFamily:
    """A metric family whose samples are written already: a line each, every one with its line feed.

    They come in several pieces, as many applications together are too large to be copied without need.
    """

    name: str
    type: str
    help: str
    pieces: Sequence[str]
    help_of_parts: Mapping[str, str] = field(default_factory=dict)
    """The help texts of what the text format shows as families of their own, by suffix; that of the family without."""

    @property
    def lines(self) -> str:
        """All samples in one text."""
        return "".join(self.pieces)


def render_family(metric: Metric) -> RenderedFamily:
    """Write the samples of a family of prometheus_client's."""
    lines = [render_lines(sample.name, [(render_labels(sample.labels), sample.value)]) for sample in metric.samples]
    return RenderedFamily(metric.name, metric.type, metric.documentation, lines)


def render_lines(name: str, rows: Iterable[tuple[str, float]]) -> str:
    """Write samples of one name, a line each: their labels, as `render_labels` returns them, and their values."""
    return "".join([f"{name}{labels} {_number(value)}\n" for labels, value in rows])


def render_labels(labels: Mapping[str, str]) -> str:
    """Write labels with their braces, sorted by name; nothing for none."""
    return _labels(tuple(labels.items()))


def select(families: Iterable[RenderedFamily], names: Collection[str]) -> list[RenderedFamily]:
    """Return the families and samples with these names, all for no names.

    A name is that of a family (`tccc_session_age_seconds`) or of its samples (`tccc_session_age_seconds_bucket`).
    """
    wanted, selected = frozenset(names), []
    for family in families:
        if not wanted or family.name in wanted:
            selected.append(family)
        # Splitting the lines of hundreds of applications is for those that can be meant alone.
        elif any(name.startswith(family.name) for name in wanted) and (
            lines := [line for line in _split(family.lines) if _name_of(line) in wanted]
        ):
            selected.append(replace(family, pieces=lines))
    return selected


def text(families: Iterable[RenderedFamily]) -> Iterator[str]:
    """Give families in the text format, part by part; its versions 0.0.4 and 1.0.0 are the same for plain names.

    https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    for family in families:
        name = family.name + _TEXT_SUFFIXES.get(family.type, "")
        yield f"# HELP {name} {_help(family.help)}\n# TYPE {name} {_TEXT_TYPES.get(family.type, family.type)}\n"
        if family.type != "gaugehistogram":
            yield from family.pieces
            continue
        together: list[str] = []
        apart = {family.name + suffix: list[str]() for suffix in _OPENMETRICS_ONLY}
        for line in _split(family.lines):
            apart.get(_name_of(line), together).append(line)
        yield from together
        for suffix, (other, lines) in zip(_OPENMETRICS_ONLY, apart.items(), strict=True):
            if lines:
                documentation = _help(family.help_of_parts.get(suffix, family.help))
                yield f"# HELP {other} {documentation}\n# TYPE {other} gauge\n"
                yield from lines


OPENMETRICS_END = "# EOF\n"
"""What ends a page in OpenMetrics, behind all families."""


def openmetrics(families: Iterable[RenderedFamily]) -> Iterator[str]:
    """Give families in OpenMetrics 1.0.0, part by part, without the end of the page."""
    for family in families:
        documentation = family.help.translate(_ESCAPES)
        yield f"# HELP {family.name} {documentation}\n# TYPE {family.name} {family.type}\n"
        yield from family.pieces


_number = lru_cache(maxsize=4096)(floatToGoString)
"""Counts and zeros come again and again; formatting a float as Go does is slow."""


@lru_cache(maxsize=4096)
def _labels(items: tuple[tuple[str, str], ...]) -> str:
    """Most labels are those of the snapshot before."""
    pairs = [f'{name}="{value.translate(_ESCAPES)}"' for name, value in sorted(items)]
    if not pairs:
        return ""
    # What is no text would fail when the page is encoded, and take all other applications with it.
    return f"{{{','.join(pairs)}}}".encode(errors="replace").decode()


def _help(documentation: str) -> str:
    return documentation.replace("\\", r"\\").replace("\n", r"\n")


def _split(lines: str) -> list[str]:
    # Not splitlines: a label may hold what Python takes for the end of a line, and the formats do not.
    return [f"{line}\n" for line in lines.split("\n")[:-1]]


def _name_of(line: str) -> str:
    return line.partition(" ")[0].partition("{")[0]
