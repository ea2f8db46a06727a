from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.emulator.call import CallDirection
from exporter.emulator.center import ContactCenter
from exporter.emulator.server import Emulator
from exporter.metrics.catalog import OBSERVED_ENDED
from exporter.metrics.collector_state import Exposure
from exporter.metrics.exposition import RenderedFamily
from exporter.metrics.observed import RETURN_GRACE, UNPROVEN_LIMIT, ObservedSessions
from exporter.metrics.series import Series, families
from exporter.metrics.session_metrics import SessionMetrics
from exporter.metrics.staff import StaffTrackerOptions
from exporter.service import Exporter
from exporter.sessions.model import DIRECTIONS, FINISHED, Direction, Session, Snapshot
from tests import virtual_time
from tests.emulated import SUPPORT, exporter_for, running_emulator
from tests.metrics.samples import samples_of

BEGIN = 1000.0
LATER = RETURN_GRACE + 1


def snapshot(
    at: float, *sessions: Session, complete: bool = True, duration: float = 0.0, loop_time: float | None = None
) -> Snapshot:
    return Snapshot(
        sessions=sessions,
        total=len(sessions),
        complete=complete,
        requests=1,
        server_time=at,
        finished=at + 5000.0,
        at=at - 500.0 if loop_time is None else loop_time,
        duration=duration,
    )


def call(
    key: str = "a",
    started: float | None = BEGIN,
    accepted: float | None = None,
    direction: Direction = "inbound",
    status: str = "inProgress",
) -> Session:
    return Session(key, status, direction, started, accepted)


def observed(*snapshots: Snapshot) -> ObservedSessions:
    """What is observed in these snapshots, after a baseline in which nobody calls."""
    sessions = ObservedSessions()
    sessions.observe(snapshot(BEGIN - 15))
    for one in snapshots:
        sessions.observe(one)
    return sessions


def shown(sessions: ObservedSessions) -> dict[str, float]:
    """Every sample that is not 0, by its name and the values of its labels; of the buckets only the last."""
    series = Series("support")
    sessions.add_to(series)
    result = {}
    for family in families([series]):
        for sample in samples_of(family):
            labels = [value for name, value in sample.labels.items() if name not in {"application", "le"}]
            if sample.value and not sample.name.endswith("_bucket"):
                result[" ".join([sample.name.removeprefix("tccc_observed_"), *labels])] = sample.value
    return result


def test_the_baseline_is_no_burst_of_calls_and_shows_every_series_at_zero() -> None:
    sessions = ObservedSessions()
    sessions.observe(snapshot(BEGIN, call("a"), call("b", BEGIN - 50, BEGIN - 30), call("c", direction="outbound")))
    assert shown(sessions) == {}
    series = Series("support")
    sessions.add_to(series)
    found = {
        (sample.name.removeprefix("tccc_observed_"), sample.labels["direction"], sample.labels.get("outcome"))
        for family in families([series])
        for sample in samples_of(family)
    }
    for direction in ("inbound", "outbound", "unknown"):
        assert ("sessions_started_total", direction, None) in found
        for outcome in ("answered", "unanswered"):
            assert ("sessions_ended_total", direction, outcome) in found
        for name in ("wait_seconds", "talk_seconds"):
            assert {(f"{name}_{part}", direction, None) for part in ("bucket", "count", "sum")} <= found


def test_a_call_from_its_start_to_its_end() -> None:
    assert shown(
        observed(
            snapshot(1005, call()),
            snapshot(1020, call(accepted=1013.0)),
            snapshot(1035, call(accepted=1013.0)),
            snapshot(1050),
            snapshot(1035 + LATER),
        )
    ) == {
        "sessions_started_total inbound": 1,
        "sessions_ended_total inbound answered": 1,
        "wait_seconds_count inbound": 1,
        "wait_seconds_sum inbound": 13,
        "talk_seconds_count inbound": 1,
        "talk_seconds_sum inbound": 22,
    }


def test_a_call_that_nobody_accepts() -> None:
    assert shown(observed(snapshot(1005, call(direction="outbound")), snapshot(1005 + LATER))) == {
        "sessions_started_total outbound": 1,
        "sessions_ended_total outbound unanswered": 1,
    }


def test_a_call_first_seen_accepted_has_waited() -> None:
    assert shown(observed(snapshot(1015, call(accepted=1009.0)))) == {
        "sessions_started_total inbound": 1,
        "wait_seconds_count inbound": 1,
        "wait_seconds_sum inbound": 9,
    }


def test_calls_of_the_baseline_end_but_only_those_not_yet_accepted_have_waited() -> None:
    sessions = ObservedSessions()
    sessions.observe(snapshot(BEGIN, call("a", 990.0, 995.0), call("b", 980.0)))
    sessions.observe(snapshot(BEGIN + 15, call("a", 990.0, 995.0), call("b", 980.0, 1010.0)))
    assert shown(sessions) == {"wait_seconds_count inbound": 1, "wait_seconds_sum inbound": 30}
    sessions.observe(snapshot(BEGIN + 15 + LATER))
    assert sessions.ended["inbound", "answered"] == 2
    assert sessions.talks["inbound"].sum == 20 + 5


def test_an_end_is_counted_when_the_session_has_not_been_seen_for_the_grace() -> None:
    sessions = observed(snapshot(1005, call()))
    for at in (1020.0, 1005 + RETURN_GRACE):
        sessions.observe(snapshot(at))
        assert sum(sessions.ended.values()) == 0
    sessions.observe(snapshot(1005 + RETURN_GRACE + 1))
    assert sessions.ended["inbound", "unanswered"] == 1


def test_a_call_that_comes_back_was_never_gone() -> None:
    sessions = observed(
        snapshot(1005, call(accepted=1002.0)),
        snapshot(1020),
        snapshot(1035),
        snapshot(1005 + RETURN_GRACE, call(accepted=1002.0)),
        snapshot(1020 + RETURN_GRACE),
    )
    assert shown(sessions) == {
        "sessions_started_total inbound": 1,
        "wait_seconds_count inbound": 1,
        "wait_seconds_sum inbound": 2,
    }
    sessions.observe(snapshot(1005 + RETURN_GRACE + LATER))
    sessions.observe(snapshot(2005 + RETURN_GRACE + LATER))
    assert sessions.ended["inbound", "answered"] == 1
    assert (sum(sessions.talks["inbound"].counts), sessions.talks["inbound"].sum) == (1, 3 + RETURN_GRACE)


def test_a_caller_who_is_answered_while_out_of_sight_has_not_given_up() -> None:
    sessions = observed(snapshot(1005, call()), snapshot(1020), snapshot(1035, call(accepted=1022.0)))
    sessions.observe(snapshot(1035 + LATER))
    assert sessions.ended["inbound", "unanswered"] == 0
    assert sessions.ended["inbound", "answered"] == 1
    assert sessions.waits["inbound"].sum == 22


def test_an_empty_list_for_once_is_no_end_and_no_burst() -> None:
    everybody = [call(str(number), accepted=1003.0) for number in range(50)]
    sessions = observed(snapshot(1005, *everybody), snapshot(1020), snapshot(1035, *everybody))
    assert (sessions.started["inbound"], sum(sessions.ended.values())) == (50, 0)


def test_no_end_is_concluded_from_an_unproven_snapshot_but_starts_are() -> None:
    sessions = observed(snapshot(1005, call("a")), snapshot(1005 + LATER, call("b"), complete=False))
    assert (sessions.started["inbound"], sum(sessions.ended.values())) == (2, 0)
    sessions.observe(snapshot(1020 + LATER))
    assert sessions.ended["inbound", "unanswered"] == 1


def test_a_sight_in_an_unproven_snapshot_is_a_sight() -> None:
    sessions = observed(
        snapshot(1005, call(accepted=1001.0)),
        snapshot(1020, call(accepted=1001.0), complete=False),
        snapshot(1020 + RETURN_GRACE),
    )
    assert sum(sessions.ended.values()) == 0
    sessions.observe(snapshot(1020 + LATER))
    assert sessions.talks["inbound"].sum == 19


def test_what_an_unproven_baseline_missed_has_not_started() -> None:
    sessions = ObservedSessions()
    sessions.observe(snapshot(BEGIN, complete=False, duration=10.0))
    sessions.observe(
        snapshot(
            BEGIN + 15,
            call("waiting", BEGIN - 40),
            call("talking", BEGIN - 90, BEGIN - 80),
            call("new", BEGIN - 5, BEGIN + 5),
        )
    )
    assert shown(sessions) == {
        "sessions_started_total inbound": 1,
        "wait_seconds_count inbound": 1,
        "wait_seconds_sum inbound": 10,
    }
    sessions.observe(snapshot(BEGIN + 15 + LATER))
    assert sum(sessions.ended.values()) == 3


def test_a_proven_baseline_missed_nothing_however_old_a_call_says_it_is() -> None:
    assert observed(snapshot(1005, call(started=10.0))).started["inbound"] == 1


def test_after_a_long_outage_the_next_snapshot_is_compared_with_the_last() -> None:
    sessions = observed(
        snapshot(1005, call("a"), call("b", accepted=1002.0)),
        snapshot(9005, call("b", accepted=1002.0), call("c", 9000.0)),
    )
    assert (sessions.started["inbound"], sessions.ended["inbound", "unanswered"]) == (3, 1)
    assert sessions.ended["inbound", "answered"] == 0


def test_a_wait_is_never_negative_and_needs_both_timestamps() -> None:
    sessions = observed(snapshot(1005, call("a", 1004.0, 1002.0), call("b", None, 1002.0)))
    assert (sum(sessions.waits["inbound"].counts), sessions.waits["inbound"].sum) == (1, 0)
    sessions.observe(snapshot(1005 + LATER))
    assert sessions.ended["inbound", "answered"] == 2


def test_what_one_response_leaves_out_another_one_tells() -> None:
    sessions = observed(
        snapshot(1005, call(started=None)),
        snapshot(1020, call(started=None, accepted=1010.0)),
        snapshot(1035, call(started=1001.0)),
        snapshot(1050, call(started=1001.0, accepted=1010.0)),
        snapshot(1065, call(started=1001.0)),
    )
    assert (sum(sessions.waits["inbound"].counts), sessions.waits["inbound"].sum) == (1, 9)
    sessions.observe(snapshot(1065 + LATER))
    assert sessions.ended["inbound", "answered"] == 1
    assert sessions.talks["inbound"].sum == 55


def test_talk_is_never_negative() -> None:
    sessions = observed(snapshot(1005, call(accepted=1009.0)), snapshot(1005 + LATER))
    assert (sum(sessions.talks["inbound"].counts), sessions.talks["inbound"].sum) == (1, 0)


def test_the_talk_of_a_session_listed_as_finished_is_over_and_its_end_waits_for_it_to_be_gone() -> None:
    sessions = observed(
        snapshot(1005, call(accepted=1001.0)),
        snapshot(1020, call(accepted=1001.0, status=FINISHED)),
        snapshot(1900, call(accepted=1001.0, status=FINISHED)),
    )
    assert sum(sessions.ended.values()) == 0
    sessions.observe(snapshot(1900 + LATER))
    assert sessions.ended["inbound", "answered"] == 1
    assert sessions.talks["inbound"].sum == 19


def test_a_session_finished_before_anybody_accepted_it_is_unanswered() -> None:
    sessions = observed(snapshot(1005, call(status=FINISHED)), snapshot(1005 + LATER))
    assert sessions.ended["inbound", "unanswered"] == 1


def test_a_direction_told_late_counts_from_then_on() -> None:
    sessions = observed(
        snapshot(1005, call(direction="unknown")),
        snapshot(1020, call(direction="outbound", accepted=1010.0)),
        snapshot(1035, call(direction="unknown", accepted=1010.0)),
        snapshot(1035 + LATER),
    )
    assert shown(sessions) == {
        "sessions_started_total unknown": 1,
        "sessions_ended_total outbound answered": 1,
        "wait_seconds_count outbound": 1,
        "wait_seconds_sum outbound": 10,
        "talk_seconds_count outbound": 1,
        "talk_seconds_sum outbound": 25,
    }


def test_sessions_without_an_id_are_not_followed_and_none_counts_twice() -> None:
    sessions = observed(snapshot(1005, call(""), call(""), call("a"), call("a")), snapshot(1005 + LATER))
    assert (sum(sessions.started.values()), sum(sessions.ended.values())) == (1, 1)


def test_nothing_is_remembered_of_those_that_ended() -> None:
    sessions = observed()
    for step in range(1000):
        sessions.observe(snapshot(1000.0 + 15 * step, *(call(f"{step} {number}") for number in range(5))))
        assert len(sessions._up) + len(sessions._missing) <= 5 * (RETURN_GRACE / 15 + 2)
    assert sum(sessions.ended.values()) > 900 * 5


def test_without_a_proven_snapshot_the_unseen_are_forgotten_in_time() -> None:
    sessions = observed()
    for step in range(1000):
        found = [call(f"{step} {number}") for number in range(5)]
        sessions.observe(snapshot(1000.0 + 15 * step, *found, complete=False))
        assert len(sessions._missing) <= 5 * (UNPROVEN_LIMIT / 15 + 2)
    assert sum(sessions.ended.values()) == 0


def test_an_outage_before_an_unproven_snapshot_makes_nothing_forgotten() -> None:
    unproven_long_ago = snapshot(1001, complete=False), snapshot(1003)
    sessions = observed(*unproven_long_ago, snapshot(1005, call()), snapshot(9005, complete=False), snapshot(9020))
    assert sum(sessions.ended.values()) == 1


YEAR = 365 * 86400.0


@pytest.mark.parametrize("wrong", [99_000.0, 5.0])
def test_a_clock_that_is_wrong_for_once_keeps_nothing(wrong: float) -> None:
    sessions = observed(
        snapshot(wrong, call("a"), loop_time=505.0), snapshot(1020, call("b")), snapshot(1035), snapshot(1020 + LATER)
    )
    assert sum(sessions.ended.values()) == 2
    assert sessions._missing == {}


@pytest.mark.parametrize("shift", [-YEAR, YEAR])
@pytest.mark.parametrize("complete", [True, False])
def test_how_long_a_session_is_unseen_goes_by_no_clock_that_can_be_set(shift: float, complete: bool) -> None:
    sessions = observed(snapshot(1005, call("a")), snapshot(1020 + shift, call("b"), loop_time=520.0))
    assert set(sessions._missing) == {"a"}
    for step in range(1, 60):
        at = 520.0 + 15.0 * step
        sessions.observe(snapshot(1020 + shift + 15.0 * step, complete=complete, loop_time=at))
    assert sessions._missing == {}
    assert sum(sessions.ended.values()) == (2 if complete else 0)


def untimed(key: str = "a", started: float | None = BEGIN) -> Session:
    return Session(key, "inProgress", "inbound", started, accepted_untimed=True)


def test_an_answer_at_an_unknown_time_is_an_answer_without_a_wait_and_a_talk() -> None:
    sessions = observed(snapshot(1005, call()), snapshot(1020, untimed()), snapshot(1035), snapshot(1020 + LATER))
    assert shown(sessions) == {"sessions_started_total inbound": 1, "sessions_ended_total inbound answered": 1}


def test_the_time_of_an_answer_may_be_told_later() -> None:
    sessions = observed(snapshot(1020, untimed()), snapshot(1035, call(accepted=1010.0)), snapshot(1035 + LATER))
    assert shown(sessions) == {
        "sessions_started_total inbound": 1,
        "sessions_ended_total inbound answered": 1,
        "wait_seconds_count inbound": 1,
        "wait_seconds_sum inbound": 10,
        "talk_seconds_count inbound": 1,
        "talk_seconds_sum inbound": 25,
    }


def test_an_answer_at_an_unknown_time_in_the_baseline() -> None:
    sessions = ObservedSessions()
    for at in (1000.0, 1015.0):
        sessions.observe(snapshot(at, untimed()))
    sessions.observe(snapshot(1015 + LATER))
    assert shown(sessions) == {"sessions_ended_total inbound answered": 1}


def test_the_help_text_names_the_grace() -> None:
    assert f"for {RETURN_GRACE / 60:g} minutes" in OBSERVED_ENDED.help


IDS = "abcde"


@dataclass
class Known:
    """The truth of a call; it is listed as accepted from `accepted` on."""

    started: float | None
    accepted: float | None
    direction: Direction

    def at(self, key: str, now: float) -> Session:
        accepted = None if self.accepted is None or self.accepted > now else self.accepted
        return Session(key, "inProgress", self.direction, self.started, accepted)


@dataclass
class Totals:
    started: dict[str, int] = field(default_factory=dict)
    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    talks: list[float] = field(default_factory=list)


TIMES = st.integers(900, 1500).map(float)
CALLS = st.builds(Known, st.none() | TIMES, st.none() | TIMES, st.sampled_from(DIRECTIONS))
# Too short in all for anything to be forgotten.
SEQUENCES = st.lists(
    st.tuples(st.integers(1, 50), st.booleans(), st.sets(st.sampled_from(IDS))), min_size=1, max_size=12
)


@given(st.fixed_dictionaries(dict.fromkeys(IDS, CALLS)), SEQUENCES)
def test_counts_follow_from_the_sights_of_each_call(
    calls: dict[str, Known], sequence: list[tuple[int, bool, set[str]]]
) -> None:
    sessions, snapshots, now = ObservedSessions(), [], BEGIN
    before: list[float] = []
    for step, complete, seen in sequence:
        now += step
        snapshots.append(snapshot(now, *(calls[key].at(key, now) for key in sorted(seen)), complete=complete))
        sessions.observe(snapshots[-1])
        counts = counters(sessions)
        assert all(earlier <= later for earlier, later in zip(before, counts, strict=False))
        before = counts
        assert len(sessions._up) + len(sessions._missing) <= len(IDS)
    expected = from_sights(calls, snapshots)
    assert {key: count for key, count in sessions.started.items() if count} == expected.started
    assert {key: count for key, count in sessions.ended.items() if count} == expected.ended
    for histograms, values in ((sessions.waits, expected.waits), (sessions.talks, expected.talks)):
        assert sum(sum(one.counts) for one in histograms.values()) == len(values)
        assert sum(one.sum for one in histograms.values()) == sum(values)
    answered = [key for key in sessions.ended if key[1] == "answered"]
    assert sum(sessions.ended[key] for key in answered) == len(expected.talks)
    if snapshots[0].complete:
        assert sum(sessions.ended.values()) <= sum(sessions.started.values()) + len(snapshots[0].sessions)


def counters(sessions: ObservedSessions) -> list[float]:
    series = Series("support")
    sessions.add_to(series)
    return [sample.value for family in families([series]) for sample in samples_of(family)]


def from_sights(calls: dict[str, Known], snapshots: Sequence[Snapshot]) -> Totals:
    """Work out the totals call by call, from the whole sequence at once."""
    totals = Totals()
    for key, known in calls.items():
        sights = [at for at, one in enumerate(snapshots) if any(session.id == key for session in one.sessions)]
        part: list[int] = []
        for sight in [*sights, len(snapshots)]:
            if part and has_ended(snapshots, part[-1], sight):
                add_part(totals, known, snapshots, part, ended=True)
                part = []
            part.append(sight)
        if part[:-1]:
            add_part(totals, known, snapshots, part[:-1], ended=False)
    return totals


def has_ended(snapshots: Sequence[Snapshot], last: int, sight: int) -> bool:
    seen = snapshots[last].server_time
    return any(one.complete and one.server_time - seen > RETURN_GRACE for one in snapshots[last + 1 : sight])


def add_part(totals: Totals, known: Known, snapshots: Sequence[Snapshot], sights: list[int], *, ended: bool) -> None:
    first, last = snapshots[sights[0]], snapshots[sights[-1]]
    baseline = snapshots[0]
    missed = not baseline.complete and known.started is not None and known.started < baseline.server_time
    old = sights[0] == 0 or missed
    if not old:
        totals.started[known.direction] = totals.started.get(known.direction, 0) + 1
    accepted = known.accepted if known.accepted is not None and known.accepted <= last.server_time else None
    if accepted is not None and known.started is not None and not (old and accepted <= first.server_time):
        totals.waits.append(max(0.0, accepted - known.started))
    if ended:
        outcome = known.direction, "unanswered" if accepted is None else "answered"
        totals.ended[outcome] = totals.ended.get(outcome, 0) + 1
        if accepted is not None:
            totals.talks.append(last.server_time - accepted)


def names(series: list[Series]) -> set[str]:
    return {family.name for family in families(series) if family.name.startswith("tccc_observed_")}


def test_shown_from_the_baseline_on_whatever_becomes_of_later_collections() -> None:
    application = SessionMetrics("support", StaffTrackerOptions((), 0.0, 1))
    assert names(application.show(Exposure(up=False), 3)) == set()
    series = application.observe(snapshot(BEGIN, call())).series
    assert len(names(application.show(Exposure(up=True, series=series), None))) == 4
    assert len(names(application.show(Exposure(up=False), None))) == 4


def value(metrics: list[RenderedFamily], name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in metrics
        for sample in samples_of(family)
        if sample.name == f"tccc_observed_{name}" and labels.items() <= sample.labels.items()
    )


async def scrape(exporter: Exporter) -> list[RenderedFamily]:
    return [family for family in await exporter.collect(30.0) if family.name.startswith("tccc_observed_")]


def note_sights(seen: dict[str, bool], center: ContactCenter) -> int:
    """Note who is up and whether they were accepted; return how many are now that were not before."""
    accepted = 0
    for session in center.sessions:
        accepted += session.accepted is not None and not seen.get(session.session_id, False)
        seen[session.session_id] = session.accepted is not None
    return accepted


def skip(emulator: Emulator, seconds: float) -> None:
    """Have time pass, for the emulator and for the event loop."""
    emulator.skip(seconds)
    virtual_time.skip(seconds)


async def test_what_the_emulator_did_is_observed() -> None:
    async with running_emulator(8.0) as emulator, exporter_for(emulator) as exporter:
        center = emulator.centers[SUPPORT.sdk_app_id]
        await scrape(exporter)
        seen = {one.session_id: one.accepted is not None for one in center.sessions}
        baseline, waits = set(seen), 0
        for _ in range(100):
            skip(emulator, 10.0)
            await scrape(exporter)
            waits += note_sights(seen, center)
        center.target = 0.0
        while len(center):
            skip(emulator, 10.0)
            await scrape(exporter)
            waits += note_sights(seen, center)
        skip(emulator, LATER)
        metrics = await scrape(exporter)
        support = {"application": "support"}
        started = value(metrics, "sessions_started_total", **support)
        assert started == len(seen) - len(baseline) > 10
        assert started <= sum(center.started.values())
        for direction, label in ((CallDirection.INBOUND, "inbound"), (CallDirection.OUTBOUND, "outbound")):
            truth = center.started[direction]
            assert 0 < value(metrics, "sessions_started_total", direction=label, **support) <= truth
        assert value(metrics, "sessions_ended_total", **support) == len(seen)
        answered = sum(seen.values())
        assert value(metrics, "sessions_ended_total", outcome="answered", **support) == answered
        assert value(metrics, "talk_seconds_count", **support) == answered
        assert value(metrics, "wait_seconds_count", **support) == waits


async def test_a_failing_collection_changes_nothing_that_was_observed() -> None:
    async with running_emulator(8.0) as emulator, exporter_for(emulator) as exporter:
        emulator.set_faults("permission-denied")
        assert await scrape(exporter) == []
        emulator.set_faults()
        await scrape(exporter)
        emulator.skip(60.0)
        before = await scrape(exporter)
        assert value(before, "sessions_started_total") > 0
        emulator.set_faults("permission-denied")
        emulator.skip(60.0)
        failed = await scrape(exporter)
        assert [family.lines for family in failed] == [family.lines for family in before]
        emulator.set_faults()
        after = await scrape(exporter)
        assert value(after, "sessions_started_total") > value(before, "sessions_started_total")
