from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics.staff import StaffCounts, StaffLabel, StaffTracker, StaffTrackerOptions
from exporter.sessions.model import Session, Snapshot

YEAR = 365 * 86400.0
NUMBER: tuple[StaffLabel, ...] = ("staff_number",)
BOTH: tuple[StaffLabel, ...] = ("staff_number", "staff_email")


def snapshot(*sessions: Session, at: float = 1000.0, clock: float | None = None) -> Snapshot:
    return Snapshot(
        sessions=sessions,
        total=len(sessions),
        complete=True,
        requests=1,
        server_time=at,
        finished=at if clock is None else clock,
        at=at,
        duration=0.1,
    )


def session(number: str = "", email: str = "", accepted: float | None = 900.0, status: str = "inProgress") -> Session:
    return Session("", status, "inbound", 890.0, accepted, number, email)


def book(labels: tuple[StaffLabel, ...] = NUMBER, retention: float = 3600.0, max_series: int = 2000) -> StaffTracker:
    return StaffTracker(StaffTrackerOptions(labels, retention, max_series), lambda labels: "|".join(labels.values()))


def shown(counts: StaffCounts) -> dict[tuple[str, ...], tuple[int, float | None]]:
    result = {tuple(one.labels.split("|")): (one.sessions, one.call_start) for one in counts.series}
    assert len(result) == len(counts.series)
    return result


def test_counts_by_person_and_the_oldest_call() -> None:
    counts = book().count(snapshot(session("1"), session("1", accepted=800.0), session("2", accepted=None), session()))
    assert shown(counts) == {("1",): (2, 800.0), ("2",): (1, None)}
    assert (counts.busiest, counts.folded, counts.unassigned) == (2, 0, 1)


def test_a_finished_session_is_no_call() -> None:
    assert shown(book().count(snapshot(session("1", status="finished")))) == {("1",): (1, None)}


def test_who_was_on_a_call_lately_is_shown_at_zero() -> None:
    staff = book(retention=60.0)
    staff.count(snapshot(session("1"), session("2")))
    assert shown(staff.count(snapshot(session("2"), at=1060.0))) == {("1",): (0, None), ("2",): (1, 900.0)}
    assert shown(staff.count(snapshot(session("2"), at=1061.0))) == {("2",): (1, 900.0)}


@pytest.mark.parametrize("shift", [-YEAR, YEAR])
def test_retention_goes_by_no_clock_that_can_be_set(shift: float) -> None:
    staff = book(retention=60.0)
    staff.count(snapshot(session("1"), session("2")))
    assert shown(staff.count(snapshot(session("2"), at=1060.0, clock=1060.0 + shift))) == {
        ("1",): (0, None),
        ("2",): (1, 900.0),
    }
    assert shown(staff.count(snapshot(session("2"), at=1061.0, clock=1061.0 + shift))) == {("2",): (1, 900.0)}


def test_a_call_accepted_at_an_unknown_time_has_no_start() -> None:
    untimed = Session("", "inProgress", "inbound", staff_number="1", accepted_untimed=True)
    assert shown(book().count(snapshot(untimed))) == {("1",): (1, None)}
    assert shown(book().count(snapshot(untimed, session("1")))) == {("1",): (2, 900.0)}


def test_no_labels_no_series_but_the_busiest() -> None:
    counts = book(labels=()).count(snapshot(session("1"), session("1")))
    assert (counts.series, counts.busiest, counts.folded) == ([], 2, 0)


def test_what_is_missing_of_an_identity_is_filled_in_from_other_sessions() -> None:
    counts = book(BOTH).count(snapshot(session("1", "ada@example.com"), session("1"), session("", "bob@example.com")))
    assert shown(counts) == {("1", "ada@example.com"): (2, 900.0), ("unknown", "bob@example.com"): (1, 900.0)}


def test_a_person_whose_number_is_left_out_is_known_by_the_email() -> None:
    staff = book(BOTH)
    staff.count(snapshot(session("", "ada@example.com")))
    counts = staff.count(snapshot(session("", "ada@example.com"), session("1", "ada@example.com"), at=1001.0))
    assert shown(counts) == {("1", "ada@example.com"): (2, 900.0)}
    assert counts.busiest == 2


def test_what_is_learned_of_a_person_later_shows_in_the_labels() -> None:
    staff = book(BOTH)
    assert shown(staff.count(snapshot(session("1")))) == {("1", "unknown"): (1, 900.0)}
    assert shown(staff.count(snapshot(session("1", "ada@example.com"), at=1001.0))) == {
        ("1", "ada@example.com"): (1, 900.0)
    }


def test_people_with_the_same_labels_share_a_series() -> None:
    counts = book(("staff_email",)).count(snapshot(session("1"), session("2"), session("3", "x@example.com")))
    assert shown(counts) == {("unknown",): (2, 900.0), ("x@example.com",): (1, 900.0)}
    assert counts.busiest == 1


def test_beyond_the_limit_all_is_added_up_under_other() -> None:
    staff = book(BOTH, max_series=2)
    staff.count(snapshot(session("0")))
    people = [session(str(number), accepted=900.0 - number) for number in (1, 2, 3, 4)]
    counts = staff.count(snapshot(*people, session("4"), at=1001.0))
    assert shown(counts) == {
        ("1", "unknown"): (1, 899.0),
        ("2", "unknown"): (1, 898.0),
        ("other", "other"): (3, 896.0),
    }
    assert (counts.folded, counts.busiest) == (3, 2)


def test_a_person_called_other_shares_the_series_of_the_folded() -> None:
    counts = book(max_series=1).count(snapshot(session("other"), session("1"), session("2")))
    assert sum(sessions for sessions, _ in shown(counts).values()) == 3


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(["", "1", "2", "3", "other"]), st.sampled_from(["", "a@x", "b@x"])), max_size=8
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([NUMBER, BOTH, ("staff_email",)]),
    st.integers(1, 3),
)
def test_whatever_is_folded_and_labeled_every_session_is_counted_once(
    rounds: list[list[tuple[str, str]]], labels: tuple[StaffLabel, ...], max_series: int
) -> None:
    staff = book(labels, max_series=max_series)
    for number, people in enumerate(rounds):
        counts = staff.count(snapshot(*(session(*person) for person in people), at=1000.0 + number))
        by_labels = shown(counts)
        assert sum(sessions for sessions, _ in by_labels.values()) + counts.unassigned == len(people)
        assert len(by_labels) <= max_series + 1
        numbers = Counter(number for number, _ in people if number)
        assert max(numbers.values(), default=0) <= counts.busiest <= len(people) - counts.unassigned


def test_other_options_show_the_latest_snapshot_as_if_they_had_been_there_from_the_start() -> None:
    first = snapshot(session("1", "a@b"), session("2", "c@d"), session())
    second = snapshot(session("2", "c@d"), session("3", "e@f"), session("3", "e@f"), session(), at=1100.0)
    every = [
        StaffTrackerOptions(labels, retention, max_series)
        for labels in ((), NUMBER, BOTH)
        for retention in (50.0, 3600.0)
        for max_series in (1, 2000)
    ]
    for before in every:
        for after in every:
            changed, fresh = book(), book()
            for staff, options in ((changed, before), (fresh, after)):
                staff.change(options)
                staff.count(first)
                latest = staff.count(second)
            if after.retention > before.retention:
                # Who has been forgotten stays so.
                continue
            counts = changed.change(after)
            assert shown(counts) == shown(latest)
            assert (counts.busiest, counts.folded, counts.unassigned) == (2, latest.folded, 1)
            assert changed.count(second) == fresh.count(second)


def test_other_options_before_the_first_snapshot() -> None:
    staff = book()
    assert shown(staff.change(StaffTrackerOptions(BOTH, 60.0, 1))) == {}
    assert shown(staff.count(snapshot(session("1", "a@b")))) == {("1", "a@b"): (1, 900.0)}
