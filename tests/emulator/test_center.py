from __future__ import annotations

import math
import statistics
import sys
from random import Random
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.emulator.call import Call, CallDirection, Outcome, Status
from exporter.emulator.center import ContactCenter
from exporter.emulator.durations import MEAN_HOLDING_TIME, MEAN_PATIENCE
from exporter.emulator.listing import Listed, Listing, Order, new_listing

START = 1_700_000_000
HOUR = 3600


class Ended(Listing):
    """Notes every session that ends, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.center: ContactCenter | None = None
        self.ends: list[tuple[Call, float]] = []

    def remove(self, session: Call) -> None:
        super().remove(session)
        if self.center is not None:
            self.ends.append((session, self.center.now - START))


def watched_center(sessions: float, staff: int | None, hours: float) -> Ended:
    listing = Ended()
    listing.center = ContactCenter(seed=3, start=START, sessions=sessions, staff=staff, listing=listing)
    listing.center.advance(START + hours * HOUR)
    return listing


def facts(center: ContactCenter) -> list[tuple[object, ...]]:
    return [
        (
            session.session_id,
            session.direction,
            session.started,
            session.rang,
            session.accepted,
            session.staff_member.number if session.staff_member else None,
            session.skill_group,
        )
        for session in center.sessions
    ] + [(member.number, member.status, member.timesheet.since, member.reason) for member in center.staff.members]


def test_a_seed_is_the_same_day_however_it_is_advanced_and_whenever_it_starts() -> None:
    coarse = ContactCenter(seed=5, start=START, sessions=40)
    fine = ContactCenter(seed=5, start=START + 12_345, sessions=40)
    coarse.advance(START + 3 * HOUR)
    for step in range(1, 3 * HOUR * 2 + 1):
        fine.advance(START + 12_345 + step / 2)
    assert facts(fine) == facts(coarse)
    assert fine.ended == coarse.ended
    assert fine.now - fine.start == coarse.now - coarse.start == 3 * HOUR


def test_another_seed_is_another_day() -> None:
    assert facts(ContactCenter(seed=1, start=START)) != facts(ContactCenter(seed=2, start=START))


def test_time_does_not_go_back() -> None:
    center = ContactCenter(start=START)
    center.advance(START + 100)
    before = facts(center)
    center.advance(START)
    assert facts(center) == before
    assert center.now == START + 100


@pytest.mark.parametrize("sessions", [50, 60, 200, 1000])
@pytest.mark.parametrize("staff_share", [None, 0.2])
def test_a_center_begins_with_about_the_sessions_wanted(sessions: int, staff_share: float | None) -> None:
    staff = None if staff_share is None else int(sessions * staff_share)
    for seed in range(10):
        assert len(ContactCenter(seed=seed, start=START, sessions=sessions, staff=staff)) == pytest.approx(
            sessions, rel=0.3
        )


def test_a_center_begins_with_sessions_of_all_phases() -> None:
    center = ContactCenter(seed=1, start=START, sessions=200)
    phases = {(session.status, session.direction) for session in center.sessions}
    assert phases == {
        (Status.SEAT_JOINING, CallDirection.INBOUND),
        (Status.RINGING, CallDirection.INBOUND),
        (Status.RINGING, CallDirection.OUTBOUND),
        (Status.IN_PROGRESS, CallDirection.INBOUND),
        (Status.IN_PROGRESS, CallDirection.OUTBOUND),
    }


def test_counts_are_those_of_the_list() -> None:
    center = ContactCenter(seed=1, start=START, sessions=200)
    assert center.count() == len(center) == len(center.sessions)
    assert sum(center.count(status=status) for status in Status) == len(center)
    assert sum(center.count(direction=direction) for direction in CallDirection) == len(center)
    assert center.count(Status.RINGING, CallDirection.OUTBOUND) == sum(
        session.status is Status.RINGING and session.direction is CallDirection.OUTBOUND for session in center.sessions
    )


@pytest.mark.parametrize("staff", [None, 12], ids=["plenty of staff", "few staff"])
def test_the_mean_number_of_sessions_over_a_day_is_the_one_wanted(staff: int | None) -> None:
    center = ContactCenter(seed=11, start=START, sessions=60, staff=staff)
    lengths = []
    for minute in range(24 * 60):
        center.advance(START + 60 * minute)
        lengths.append(len(center))
    assert statistics.mean(lengths) == pytest.approx(60, rel=0.08)


def test_the_day_follows_the_curve() -> None:
    center = ContactCenter(seed=1, start=START, sessions=50)
    by_hour = []
    for hour in range(24):
        center.advance(START + hour * HOUR)
        by_hour.append(len(center))
    eleven, half_past_three = by_hour[2], by_hour[19]
    assert half_past_three < 20
    assert eleven > 70


def test_talks_are_log_normal_and_last_three_minutes_on_average() -> None:
    ends = watched_center(sessions=150, staff=None, hours=4).ends
    talks = [
        end - session.accepted for session, end in ends if session.accepted is not None and 0 < session.started < HOUR
    ]
    assert len(talks) > 1000
    assert statistics.mean(talks) == pytest.approx(MEAN_HOLDING_TIME, rel=0.1)
    logarithms = [math.log(talk) for talk in talks]
    assert statistics.median(logarithms) == pytest.approx(statistics.mean(logarithms), abs=0.1)
    assert statistics.stdev(logarithms) == pytest.approx(0.8, abs=0.08)


def test_callers_whom_nobody_answers_lose_patience() -> None:
    listing = watched_center(sessions=150, staff=0, hours=3)
    waits = [end - session.started for session, end in listing.ends if 0 < session.started < HOUR]
    assert statistics.mean(waits) == pytest.approx(MEAN_PATIENCE, rel=0.1)
    assert listing.center is not None
    assert set(listing.center.ended) == {(CallDirection.INBOUND, Outcome.UNANSWERED)}


def test_every_queue_is_served_first_come_first_served() -> None:
    center = ContactCenter(seed=2, start=START, sessions=60, staff=30)
    served = 0
    for second in range(1, 600):
        center.advance(START + second)
        for rang, waiting in by_skill_group(center, since=second - 1).values():
            served += len(rang)
            for session in rang:
                # Somebody else of the same second may have come to the queue, and left it, in between.
                assert session.queued is not None
                assert all(other.queued > session.queued for other in waiting if other.queued is not None)
    assert served > 20


def by_skill_group(center: ContactCenter, since: float) -> dict[int | None, tuple[list[Call], list[Call]]]:
    """The sessions that rang after a time, and those that still wait in a queue, by skill group."""
    inbound = [session for session in center.sessions if session.queued is not None]
    return {
        group: (
            [session for session in inbound if session.skill_group == group and (session.rang or since) > since],
            [session for session in inbound if session.skill_group == group and session.rang is None],
        )
        for group in {session.skill_group for session in inbound}
    }


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), sessions=st.integers(1, 60), staff=st.none() | st.integers(0, 60))
def test_nobody_is_on_two_calls_at_a_time(seed: int, sessions: int, staff: int | None) -> None:
    center = ContactCenter(seed=seed, start=START, sessions=sessions, staff=staff)
    for minute in range(40):
        center.advance(START + 60 * minute)
        engaged = [session.staff_member for session in center.sessions if session.staff_member is not None]
        assert len(engaged) == len(set(engaged))
        assert all(member.on_call for member in engaged)
        assert {member for member in center.staff.members if member.on_call} == set(engaged)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), staff=st.none() | st.integers(0, 60))
def test_the_times_of_a_session_are_in_order_and_its_phase_says_what_it_has(seed: int, staff: int | None) -> None:
    center = ContactCenter(seed=seed, start=START, sessions=60, staff=staff)
    for _ in range(10):
        center.advance(center.now + 60)
        for session in center.sessions:
            has = (session.staff_member is not None, session.rang is not None, session.accepted is not None)
            assert (
                has
                == {
                    Status.SEAT_JOINING: (False, False, False),
                    Status.RINGING: (True, True, False),
                    Status.IN_PROGRESS: (True, True, True),
                }[session.status]
            )
            times = [time for time in (session.started, session.rang, session.accepted) if time is not None]
            assert times == sorted(times)
            assert times[-1] <= center.now - START


def test_what_started_and_has_not_ended_is_there() -> None:
    center = ContactCenter(seed=1, start=START, sessions=60)
    before = len(center)
    center.advance(START + HOUR)
    assert sum(center.started.values()) - sum(center.ended.values()) == len(center) - before
    assert {outcome for _, outcome in center.ended} == set(Outcome)


@pytest.mark.parametrize("staff", [None, 20])
def test_the_target_can_be_raised_at_run_time(staff: int | None) -> None:
    center = ContactCenter(seed=1, start=START, sessions=20, staff=staff)
    hired = len(center.staff.members)
    center.target = 400
    center.advance(START + 1200)
    assert center.target == 400
    assert 300 < len(center) < 800
    assert (len(center.staff.members) > hired) == (staff is None)


def test_with_a_target_of_zero_the_list_runs_empty_and_can_fill_again() -> None:
    center = ContactCenter(seed=1, start=START, sessions=20)
    center.target = 0
    center.advance(START + 5 * HOUR)
    assert len(center) == 0
    center.target = 20
    center.advance(START + 6 * HOUR)
    assert len(center) > 5


@pytest.mark.parametrize("order", list(Order))
def test_a_list_of_answered_calls_shows_those_alone_and_all_of_them(order: Order) -> None:
    center = ContactCenter(
        seed=1, start=START, sessions=60, staff=30, listed=Listed.ANSWERED, listing=new_listing(order, Random(1))
    )
    for _ in range(30):
        center.advance(center.now + 30)
        answered = {session for session in center.sessions if session.status is Status.IN_PROGRESS}
        assert set(center.listing) == set(center.page(0, len(center))) == answered
        assert 0 < len(center.listing) == center.count(Status.IN_PROGRESS) < len(center)


def test_what_the_list_shows_changes_nothing_in_the_center() -> None:
    everything, answered = (ContactCenter(seed=1, start=START, listed=listed) for listed in Listed)
    for center in (everything, answered):
        center.advance(START + HOUR)
    assert facts(everything) == facts(answered)


def test_a_center_of_nobody_is_empty() -> None:
    center = ContactCenter(start=START, sessions=0)
    center.advance(START + HOUR)
    assert center.sessions == center.page(0, 25) == []


def calls_to_open(sessions: int) -> int:
    """Return how many functions are called to open a contact center: its cost, whatever the machine."""
    calls = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        ContactCenter(seed=1, start=START, sessions=sessions)
    finally:
        sys.setprofile(None)
    return calls


def test_the_cost_of_the_warm_up_grows_with_the_sessions_and_no_faster() -> None:
    small = calls_to_open(500)
    assert calls_to_open(4_000) < 8 * 1.2 * small
    assert small < 500 * 150
