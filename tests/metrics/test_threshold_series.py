from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exporter.metrics.application import ApplicationIdentity, ApplicationMetrics, Exposure
from exporter.metrics.series import families
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.thresholds import Threshold
from tests.metrics.samples import samples_of


@dataclass(frozen=True)
class Between:
    """On between two times in Unix seconds."""

    begin: float
    end: float

    def is_on(self, at: float) -> bool:
        return self.begin <= at < self.end


DAY, NIGHT = Between(100.0, 200.0), Between(200.0, 300.0)
THRESHOLDS = (
    Threshold("active_sessions", "warning", "above", 80, DAY),
    Threshold("active_sessions", "warning", "above", 20, NIGHT),
    Threshold("active_sessions", "warning", "above", 5, Between(150.0, 300.0)),
    Threshold("active_sessions", "critical", "above", 100),
    Threshold("active_sessions", "warning", "below", 3, DAY),
)


def shown(now: Callable[[], float], exposure: Exposure) -> dict[tuple[str, str, str], float]:
    identity = ApplicationIdentity("support", "main", 1400000000)
    application = ApplicationMetrics(identity, StaffTrackerOptions((), 0.0, 1), THRESHOLDS, now)
    return {
        (sample.labels["signal"], sample.labels["severity"], sample.labels["bound"]): sample.value
        for family in families(application.show(exposure))
        if family.name == "tccc_alert_threshold"
        for sample in samples_of(family)
        if sample.labels["application"] == "support"
    }


def test_thresholds_are_shown_while_their_schedule_is_on() -> None:
    always = {("active_sessions", "critical", "above"): 100.0}
    assert shown(lambda: 50.0, Exposure(up=True)) == always
    assert shown(lambda: 350.0, Exposure(up=True)) == always
    assert shown(lambda: 120.0, Exposure(up=True)) == always | {
        ("active_sessions", "warning", "above"): 80.0,
        ("active_sessions", "warning", "below"): 3.0,
    }


def test_of_several_that_are_on_the_first_one_listed_counts() -> None:
    assert shown(lambda: 160.0, Exposure(up=True))["active_sessions", "warning", "above"] == 80.0
    assert shown(lambda: 260.0, Exposure(up=True))["active_sessions", "warning", "above"] == 20.0


def test_they_stay_where_a_collection_has_failed() -> None:
    assert shown(lambda: 120.0, Exposure(up=False)) == shown(lambda: 120.0, Exposure(up=True))
