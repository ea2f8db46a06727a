"""Samples gathered by family, and families made of the samples of several applications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.samples import Sample

from exporter.metrics.catalogue import FAMILIES, Family

NO_LABELS: Mapping[str, str] = {}


class Series:
    """The samples of one application. Every sample gets the label `application`."""

    def __init__(self, application: str) -> None:
        self._application = application
        self._samples: dict[str, list[Sample]] = {}

    def add(self, family: Family, value: float, labels: Mapping[str, str] = NO_LABELS, *, suffix: str = "") -> None:
        """Add a sample; `suffix` is that of the sample's name, such as `_bucket`."""
        self.extend(family, [(self.labels(labels), value)], suffix=suffix)

    def labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return labels completed by `application`, as `extend` takes them."""
        return {"application": self._application, **labels}

    def extend(self, family: Family, rows: Iterable[tuple[dict[str, str], float]], *, suffix: str = "") -> None:
        """Add many samples, each with its complete labels and its value."""
        name = family.name + suffix
        samples = [Sample(name, labels, float(value)) for labels, value in rows]
        self._samples.setdefault(family.name, []).extend(samples)

    def add_histogram(
        self, family: Family, labels: Mapping[str, str], bounds: Sequence[float], counts: Sequence[int], total: float
    ) -> None:
        """Add a histogram or a gauge histogram whose values add up to `total`.

        `counts` are those of each bucket by itself, the last one that of the values above all bounds.
        """
        g = "g" if family.type == "gaugehistogram" else ""
        cumulative = list(accumulate(counts))
        complete = self.labels(labels)
        buckets = zip((*map(str, bounds), "+Inf"), cumulative, strict=True)
        self.extend(family, [({**complete, "le": bound}, count) for bound, count in buckets], suffix="_bucket")
        self.extend(family, [(complete, cumulative[-1])], suffix=f"_{g}count")
        self.extend(family, [(complete, total)], suffix=f"_{g}sum")

    def samples(self, family: Family) -> list[Sample]:
        """Return the samples of a family, none where the application has no such family now."""
        return self._samples.get(family.name, [])


def families(series: Iterable[Series]) -> list[Metric]:
    """Merge the series of several applications into families; those without any sample are left out."""
    parts = list(series)
    merged = []
    for family in FAMILIES:
        samples = [sample for part in parts for sample in part.samples(family)]
        if samples:
            metric = Metric(family.name, family.help, family.type)
            metric.samples = samples
            merged.append(metric)
    return merged
