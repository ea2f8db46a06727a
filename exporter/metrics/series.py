"""Samples gathered by family, and families made of the samples of several applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.exposition import RenderedFamily, render_labels, render_lines

NO_LABELS: Mapping[str, str] = {}


class Series:
    """The samples of one application, as they will be exposed. Every sample gets the label `application`."""

    def __init__(self, application: str) -> None:
        self._application = application
        self._lines: dict[str, str] = {}

    def add(self, family: Family, value: float, labels: Mapping[str, str] = NO_LABELS, *, suffix: str = "") -> None:
        """Add a sample; `suffix` is that of the sample's name, such as `_bucket`."""
        self.extend(family, [(self.labels(labels), value)], suffix=suffix)

    def labels(self, labels: Mapping[str, str]) -> str:
        """Return labels completed by `application` and written, as `extend` takes them."""
        return render_labels({"application": self._application, **labels})

    def extend(self, family: Family, rows: Iterable[tuple[str, float]], *, suffix: str = "") -> None:
        """Add many samples, each with its written labels and its value."""
        lines = render_lines(family.name + suffix, rows)
        self._lines[family.name] = self._lines.get(family.name, "") + lines

    def add_histogram(
        self, family: Family, labels: Mapping[str, str], bounds: Sequence[float], counts: Sequence[int], total: float
    ) -> None:
        """Add a histogram or a gauge histogram whose values add up to `total`.

        `counts` are those of each bucket by itself, the last one that of the values above all bounds.
        """
        g = "g" if family.type == "gaugehistogram" else ""
        cumulative = list(accumulate(counts))
        buckets = _bucket_labels(self._application, tuple(labels.items()), tuple(bounds))
        self.extend(family, zip(buckets, cumulative, strict=True), suffix="_bucket")
        self.add(family, cumulative[-1], labels, suffix=f"_{g}count")
        self.add(family, total, labels, suffix=f"_{g}sum")

    def remove(self, *families: Family) -> None:
        """Take out all samples of some families."""
        for family in families:
            self._lines.pop(family.name, None)

    def lines(self, family: Family) -> str:
        """Return the samples of a family, nothing where the application has no such family now."""
        return self._lines.get(family.name, "")


@lru_cache(maxsize=2048)
def _bucket_labels(application: str, labels: tuple[tuple[str, str], ...], bounds: tuple[float, ...]) -> list[str]:
    """The same ones are written for every snapshot."""
    whole = {"application": application, **dict(labels)}
    return [render_labels({**whole, "le": bound}) for bound in (*map(str, bounds), "+Inf")]


def families(series: Iterable[Series]) -> list[RenderedFamily]:
    """Merge the series of several applications into families; those without any sample are left out."""
    parts = list(series)
    merged = []
    for family in FAMILIES:
        pieces = [lines for part in parts if (lines := part.lines(family))]
        if pieces:
            merged.append(RenderedFamily(family.name, family.type, family.help, pieces, family.help_of_parts))
    return merged
