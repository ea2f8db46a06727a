"""Families as text, in the text format and in OpenMetrics.

The output is that of prometheus_client's own encoders, byte for byte, for families as this exporter has them: plain
names, and samples without timestamps and exemplars. Those encoders check and escape every name of every sample anew,
which for hundreds of staff series costs more than reading the sessions does; here only values can be odd.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import Metric
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

_TEXT_TYPES = {"info": "gauge", "stateset": "gauge", "gaugehistogram": "histogram", "unknown": "untyped"}
_TEXT_SUFFIXES = {"counter": "_total", "info": "_info"}
_OPENMETRICS_ONLY = ("_gcount", "_gsum")
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def encode_text(families: Iterable[Metric]) -> bytes:
    """Encode families in the text format, of which versions 0.0.4 and 1.0.0 are the same for plain names.

    https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    lines: list[str] = []
    for family in families:
        name = family.name + _TEXT_SUFFIXES.get(family.type, "")
        documentation = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
        lines.append(f"# HELP {name} {documentation}\n# TYPE {name} {_TEXT_TYPES.get(family.type, family.type)}\n")
        apart = {family.name + suffix: list[str]() for suffix in _OPENMETRICS_ONLY}
        for sample in family.samples:
            apart.get(sample.name, lines).append(_line(sample))
        for other, samples in apart.items():
            if samples:
                lines.append(f"# HELP {other} {documentation}\n# TYPE {other} gauge\n")
                lines += samples
    return "".join(lines).encode()


def encode_openmetrics(families: Iterable[Metric]) -> bytes:
    """Encode families in OpenMetrics 1.0.0."""
    lines: list[str] = []
    for family in families:
        documentation = family.documentation.translate(_ESCAPES)
        lines.append(f"# HELP {family.name} {documentation}\n# TYPE {family.name} {family.type}\n")
        lines += map(_line, family.samples)
    lines.append("# EOF\n")
    return "".join(lines).encode()


_number = lru_cache(maxsize=4096)(floatToGoString)
"""Counts and zeros come again and again; formatting a float as Go does is slow."""


def _line(sample: Sample) -> str:
    labels = ",".join(
        [
            f'{name}="{value if value.isalnum() else value.translate(_ESCAPES)}"'
            for name, value in sorted(sample.labels.items())
        ]
    )
    if labels:
        labels = f"{{{labels}}}"
    return f"{sample.name}{labels} {_number(sample.value)}\n"
