"""What is shown of an application itself, whatever becomes of the collectors that read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exporter.metrics import catalog
from exporter.metrics.series import Series
from exporter.metrics.thresholds import Threshold, add_thresholds


@dataclass(frozen=True, slots=True)
class ApplicationIdentity:
    """How an application is known: its name is the label `application`, the rest stands in `tccc_application_info`."""

    name: str
    account: str
    sdk_app_id: int


def show_application(identity: ApplicationIdentity, thresholds: Iterable[Threshold] = (), at: float = 0.0) -> Series:
    """Return the series of an application itself, with the thresholds that are on at a time in Unix seconds."""
    series = Series(identity.name)
    labels = {"account": identity.account, "sdk_app_id": str(identity.sdk_app_id)}
    series.add(catalog.APPLICATION, 1, labels, suffix="_info")
    add_thresholds(series, thresholds, at)
    return series
