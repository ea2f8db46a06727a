from __future__ import annotations

from dataclasses import dataclass

from exporter.metrics.application import ApplicationIdentity, show_application
from exporter.metrics.series import Series, families
from exporter.metrics.thresholds import SIGNALS, SKILL_GROUP_SIGNALS, Threshold, add_thresholds, in_force, of_collectors
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


def shown(at: float) -> dict[tuple[str, str, str], float]:
    identity = ApplicationIdentity("support", "main", 1400000000)
    return {
        (sample.labels["signal"], sample.labels["severity"], sample.labels["bound"]): sample.value
        for family in families([show_application(identity, THRESHOLDS, at)])
        if family.name == "tccc_alert_threshold"
        for sample in samples_of(family)
        if sample.labels["application"] == "support"
    }


def test_thresholds_are_shown_while_their_schedule_is_on() -> None:
    always = {("active_sessions", "critical", "above"): 100.0}
    assert shown(50.0) == always
    assert shown(350.0) == always
    assert shown(120.0) == always | {
        ("active_sessions", "warning", "above"): 80.0,
        ("active_sessions", "warning", "below"): 3.0,
    }


def test_of_several_that_are_on_the_first_one_listed_counts() -> None:
    assert shown(160.0)["active_sessions", "warning", "above"] == 80.0
    assert shown(260.0)["active_sessions", "warning", "above"] == 20.0


def test_those_of_skill_groups_carry_its_id_and_hide_nothing_of_others() -> None:
    series = Series("support")
    thresholds = [
        Threshold("queued_calls", "warning", "above", 9),
        Threshold("queued_calls", "warning", "above", 5, None, 12),
        Threshold("queued_calls", "warning", "above", 4, None, 2**63 - 1),
        Threshold("queued_calls", "warning", "above", 3, None, 12),
    ]
    add_thresholds(series, thresholds, 0.0)
    [family] = families([series])
    labels = {"application": "support", "signal": "queued_calls", "severity": "warning", "bound": "above"}
    assert [(sample.labels, sample.value) for sample in samples_of(family)] == [
        (labels, 9),
        (labels | {"skill_group_id": "12"}, 5),
        (labels | {"skill_group_id": "9223372036854775807"}, 4),
    ]


def test_each_signal_belongs_to_one_collector() -> None:
    every = [Threshold(signal, "warning", "above", 1) for signal in SIGNALS]
    parts = [[one.signal for one in of_collectors(every, {name})] for name in ("sessions", "inbound", "staff")]
    assert [signal for part in parts for signal in part] == list(SIGNALS)
    assert tuple(parts[1] + parts[2]) == SKILL_GROUP_SIGNALS
    assert of_collectors(every, {"exporter"}) == []
    assert of_collectors(every, {"sessions", "inbound", "staff", "exporter"}) == every


def test_choosing_collectors_and_choosing_what_is_in_force_go_in_any_order() -> None:
    thresholds = [*THRESHOLDS, Threshold("free_staff", "warning", "below", 1, NIGHT, 7)]
    for at in (120.0, 160.0, 260.0):
        assert of_collectors(in_force(thresholds, at), {"staff"}) == in_force(of_collectors(thresholds, {"staff"}), at)


def test_what_is_beyond_a_threshold() -> None:
    above, below = Threshold("active_sessions", "warning", "above", 80), Threshold("free_staff", "warning", "below", 3)
    assert [above.is_crossed_by(value) for value in (79, 80, 81)] == [False, False, True]
    assert [below.is_crossed_by(value) for value in (2, 3, 4)] == [True, False, False]
