"""What was written, read back."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from exporter.metrics.exposition import RenderedFamily


def samples_of(family: RenderedFamily) -> list[Sample]:
    return [sample for part in text_string_to_metric_families(family.lines) for sample in part.samples]
