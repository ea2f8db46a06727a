"""What a reading is turned into."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.metrics.series import Series
from exporter.metrics.thresholds import Signals


@dataclass(frozen=True, slots=True)
class Observation:
    """The series of a reading, and the values that its signals have."""

    series: Series
    signals: Signals
