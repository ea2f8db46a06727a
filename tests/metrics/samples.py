"""What was written, read back."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from exporter.metrics.catalog import Family
from exporter.metrics.exposition import RenderedFamily
from exporter.metrics.series import Series, families


def samples_of(family: RenderedFamily) -> list[Sample]:
    return [sample for part in text_string_to_metric_families(family.lines) for sample in part.samples]


def values_of(series: Series, family: Family, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the values of a family by those labels; each set of labels must be there once."""
    found = [rendered for rendered in families([series]) if rendered.name == family.name]
    samples = [sample for rendered in found for sample in samples_of(rendered)]
    values = {tuple(sample.labels[label] for label in labels): sample.value for sample in samples}
    assert len(values) == len(samples)
    assert all(sample.labels.keys() == {"application", *labels} for sample in samples)
    return values
