from __future__ import annotations

import pytest

from exporter.fields.texts import UNKNOWN
from exporter.metrics.application import ApplicationIdentity, show_application
from exporter.metrics.catalog import FAMILIES
from exporter.metrics.collector_state import SESSIONS, Exposure, show_collector
from exporter.metrics.series import Series, families
from exporter.metrics.session_metrics import SessionMetrics
from exporter.metrics.staff import StaffTrackerOptions
from exporter.metrics.status_labels import MOST_STATUSES
from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL
from exporter.sessions.model import FINISHED, STATUSES, Session, Snapshot
from tests.metrics.samples import samples_of

DOCUMENTED = (*STATUSES, FINISHED, UNKNOWN)
IDENTITY = ApplicationIdentity("support", "main", 1400000000)


def metrics() -> SessionMetrics:
    return SessionMetrics("support", StaffTrackerOptions(("staff_number",), 3600.0, 2000))


def snapshot(*sessions: Session, total: int | None = None, complete: bool = True) -> Snapshot:
    return Snapshot(
        sessions=sessions,
        total=len(sessions) if total is None else total,
        complete=complete,
        requests=3,
        server_time=1000.0,
        finished=2000.0,
        at=3000.0,
        duration=0.25,
    )


LABELS = ("collector", "status", "phase", "direction", "outcome", "staff_number", "staff_email", "account", "le")


def values(series: list[Series]) -> dict[str, float]:
    """Return every sample as text without the label `application`, with its value."""
    result: dict[str, float] = {}
    for family in families(series):
        for sample in samples_of(family):
            assert sample.labels["application"] == "support"
            names = [name for name in LABELS if name in sample.labels]
            assert len(names) == len(sample.labels) - 1
            labels = ",".join(f"{name}={sample.labels[name]}" for name in names)
            key = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert key not in result
            result[key] = sample.value
    return result


def of(*sessions: Session, **options: bool | int) -> dict[str, float]:
    return values([metrics().observe(snapshot(*sessions, **options)).series])  # type: ignore[arg-type]


WAITING = Session("a", "ringing", "inbound", 960.0)
TALKING = Session("b", "inProgress", "outbound", 700.0, 730.0, "7")


def test_an_idle_center_shows_documented_zeros() -> None:
    shown = of()
    for status in ("ringing", "seatJoining", "inProgress"):
        for direction in ("inbound", "outbound"):
            assert shown[f"tccc_sessions{{status={status},direction={direction}}}"] == 0
    for name in ("tccc_waiting_sessions", "tccc_longest_wait_seconds", "tccc_longest_call_seconds"):
        assert shown[f"{name}{{direction=inbound}}"] == 0
        assert shown[f"{name}{{direction=outbound}}"] == 0
    for phase in ("waiting", "connected"):
        assert shown[f"tccc_session_age_seconds_gcount{{phase={phase}}}"] == 0
        assert shown[f"tccc_session_age_seconds_bucket{{phase={phase},le=+Inf}}"] == 0
    for name in ("busiest_staff_sessions", "staff_series_folded", "unassigned_sessions", "active_sessions"):
        assert shown[f"tccc_{name}"] == 0
    assert not any("unknown" in key or "finished" in key for key in shown)


def test_waiting_and_connected() -> None:
    shown = of(WAITING, TALKING)
    assert shown["tccc_sessions{status=ringing,direction=inbound}"] == 1
    assert shown["tccc_sessions{status=inProgress,direction=outbound}"] == 1
    assert shown["tccc_waiting_sessions{direction=inbound}"] == 1
    assert shown["tccc_waiting_sessions{direction=outbound}"] == 0
    assert shown["tccc_longest_wait_seconds{direction=inbound}"] == 40
    assert shown["tccc_longest_call_seconds{direction=outbound}"] == 270
    assert shown["tccc_unassigned_sessions"] == 1
    assert shown["tccc_staff_sessions{staff_number=7}"] == 1
    assert shown["tccc_staff_call_start_timestamp_seconds{staff_number=7}"] == 730


def test_ages_fall_into_cumulative_buckets_that_include_their_bound() -> None:
    shown = of(WAITING, Session("c", "ringing", "inbound", 955.0), Session("d", "ringing", "outbound", 990.0), TALKING)
    waiting = {
        bound: shown[f"tccc_session_age_seconds_bucket{{phase=waiting,le={bound}}}"]
        for bound in ("10.0", "30.0", "45.0", "+Inf")
    }
    assert waiting == {"10.0": 1, "30.0": 1, "45.0": 3, "+Inf": 3}
    assert shown["tccc_session_age_seconds_gsum{phase=waiting}"] == 95
    assert shown["tccc_session_age_seconds_bucket{phase=connected,le=120.0}"] == 0
    assert shown["tccc_session_age_seconds_bucket{phase=connected,le=300.0}"] == 1


def test_ages_are_never_negative_and_unknown_starts_have_none() -> None:
    shown = of(Session("a", "ringing", "inbound", 1003.0), Session("b", "ringing", "inbound"))
    assert shown["tccc_longest_wait_seconds{direction=inbound}"] == 0
    assert shown["tccc_waiting_sessions{direction=inbound}"] == 2
    assert shown["tccc_session_age_seconds_gcount{phase=waiting}"] == 1


def test_unknown_statuses_and_directions_get_series_of_their_own() -> None:
    shown = of(Session("a", "holding", "unknown", 990.0), Session("b", "finished", "inbound", 900.0, 910.0))
    assert shown["tccc_sessions{status=holding,direction=unknown}"] == 1
    assert shown["tccc_sessions{status=finished,direction=inbound}"] == 1
    assert shown["tccc_waiting_sessions{direction=unknown}"] == 1
    assert shown["tccc_longest_call_seconds{direction=inbound}"] == 0


def test_a_session_accepted_at_an_unknown_time_does_not_wait_and_has_no_age() -> None:
    shown = of(TALKING, Session("c", "inProgress", "outbound", 700.0, accepted_untimed=True))
    assert shown["tccc_sessions{status=inProgress,direction=outbound}"] == 2
    assert shown["tccc_waiting_sessions{direction=outbound}"] == 0
    assert shown["tccc_longest_wait_seconds{direction=outbound}"] == 0
    assert shown["tccc_longest_call_seconds{direction=outbound}"] == 270
    for phase, number in (("waiting", 0), ("connected", 1)):
        assert shown[f"tccc_session_age_seconds_gcount{{phase={phase}}}"] == number


def test_statuses_beyond_those_told_apart_are_other() -> None:
    application = metrics()
    for number in range(100):
        several = [Session(f"{number} {one}", f"status-{number}", "inbound") for one in range(number + 1)]
        shown = values([application.observe(snapshot(*several, WAITING)).series])
        label = f"status-{number}" if number < MOST_STATUSES - len(DOCUMENTED) else "other"
        assert shown[f"tccc_sessions{{status={label},direction=inbound}}"] == number + 1
        assert shown["tccc_sessions{status=ringing,direction=inbound}"] == 1
    strangers = [Session(str(number), f"stranger-{number}", "inbound") for number in range(5)]
    shown = values([application.observe(snapshot(*strangers)).series])
    assert shown["tccc_sessions{status=other,direction=inbound}"] == 5


def test_the_snapshot_describes_itself() -> None:
    shown = of(WAITING, total=4, complete=False)
    assert shown["tccc_active_sessions"] == 4
    assert shown["tccc_snapshot_requests"] == 3
    assert shown["tccc_snapshot_duration_seconds"] == 0.25
    assert shown["tccc_snapshot_complete"] == 0


@pytest.mark.parametrize(
    ("exposure", "total", "expected"),
    [
        (Exposure(up=False), None, {}),
        (
            Exposure(up=False, last_success=5.0),
            7,
            {"tccc_active_sessions": 7.0, "tccc_snapshot_timestamp_seconds": 5.0},
        ),
    ],
)
def test_without_a_snapshot_only_what_stays(exposure: Exposure, total: int | None, expected: dict[str, float]) -> None:
    assert values(metrics().show(exposure, total)) == expected


def test_with_a_snapshot_its_own_count_is_shown() -> None:
    application = metrics()
    series = application.observe(snapshot(WAITING)).series
    shown = values(application.show(Exposure(up=True, series=series, last_success=2000.0), 99))
    assert shown["tccc_active_sessions"] == 1
    assert shown["tccc_snapshot_timestamp_seconds"] == 2000


def test_a_collector_tells_of_itself() -> None:
    assert values([show_collector("support", SESSIONS, Exposure(up=False))]) == {
        "tccc_up": 0,
        "tccc_collector_success{collector=sessions}": 0,
    }
    assert values([show_collector("support", "staff", Exposure(True, None, 0.5, 7.0))]) == {
        "tccc_collector_success{collector=staff}": 1,
        "tccc_collector_duration_seconds{collector=staff}": 0.5,
        "tccc_collector_last_success_timestamp_seconds{collector=staff}": 7,
    }


def test_applications_are_merged_into_one_family_each() -> None:
    parts = [show_application(IDENTITY), show_application(ApplicationIdentity("sales", "main", 1))]
    parts += [show_collector(name, "sessions", Exposure(up=name == "support")) for name in ("support", "sales")]
    merged = families(parts)
    assert [family.name for family in merged] == ["tccc_up", "tccc_collector_success", "tccc_application"]
    assert [(sample.labels["application"], sample.value) for sample in samples_of(merged[0])] == [
        ("support", 1),
        ("sales", 0),
    ]


def test_every_family_is_listed_once() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_the_values_of_the_signals_are_those_that_are_exposed() -> None:
    others = [Session("c", "inProgress", "unknown", 100.0, 200.0, "7"), Session("d", "ringing", "outbound", 1.0)]
    observation = metrics().observe(snapshot(WAITING, TALKING, *others, total=9))
    shown = values([observation.series])
    assert observation.signals == {
        ("active_sessions", None): shown["tccc_active_sessions"],
        ("waiting_sessions", None): shown["tccc_waiting_sessions{direction=inbound}"],
        ("longest_wait_seconds", None): shown["tccc_longest_wait_seconds{direction=inbound}"],
        ("longest_call_seconds", None): shown["tccc_longest_call_seconds{direction=unknown}"],
        ("busiest_staff_sessions", None): shown["tccc_busiest_staff_sessions"],
    }
    of_sessions = [signal for signal, collector in COLLECTOR_OF_SIGNAL.items() if collector == "sessions"]
    assert list(observation.signals) == [(signal, None) for signal in of_sessions]
    assert list(observation.signals.values()) == [9, 1, 40, 800, 2]
