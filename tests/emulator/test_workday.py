from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.emulator.call import Call, CallDirection, Status
from exporter.emulator.center import ContactCenter
from exporter.emulator.inbound import CallMetrics
from exporter.emulator.skill_groups import SkillGroup, default_skill_groups
from exporter.emulator.staff import StaffMember
from exporter.emulator.statuses import StaffStatus

START = 1_700_000_000
HOUR = 3600
IN_TROUBLE = (SkillGroup(1, "billing"), SkillGroup(2, "technical", callers=1.0, staff=0.1), SkillGroup(3, "general"))
IDLE = frozenset({StaffStatus.FREE})

CENTERS = st.builds(
    ContactCenter,
    seed=st.integers(0, 2**32),
    start=st.just(START),
    sessions=st.integers(0, 80),
    staff=st.none() | st.integers(0, 80),
    skill_groups=st.integers(0, 8).map(default_skill_groups) | st.just(IN_TROUBLE),
)


def inbound_sessions(center: ContactCenter) -> list[Call]:
    return [session for session in center.sessions if session.direction is CallDirection.INBOUND]


def counts(metrics: CallMetrics) -> tuple[int, int, int, int]:
    return metrics.ivr.count, metrics.queue.count, metrics.ringing.count, metrics.accepted.count


@settings(max_examples=25, deadline=None)
@given(center=CENTERS)
def test_the_center_tells_one_truth_at_all_times(center: ContactCenter) -> None:
    for _ in range(20):
        center.advance(center.now + 97)
        statuses = center.staff_statuses()
        assert statuses.total() == len(center.staff.members)
        engaged = [session.staff_member for session in center.sessions if session.staff_member is not None]
        assert len(engaged) == len(set(engaged)) == statuses[StaffStatus.BUSY]
        assert all(member.status is StaffStatus.BUSY for member in engaged)
        assert sum(member.on_shift for member in center.staff.members) == center.staff.on_shift

        inbound = center.inbound()
        sessions = inbound_sessions(center)
        waiting = sum(session.status is Status.SEAT_JOINING for session in sessions)
        assert inbound.total.ivr.count + inbound.total.queue.count == waiting
        assert inbound.total.ringing.count == center.count(Status.RINGING, CallDirection.INBOUND)
        assert inbound.total.accepted.count == center.count(Status.IN_PROGRESS, CallDirection.INBOUND)
        groups = inbound.skill_groups.values()
        if center.skill_groups:
            assert sum(metrics.transferred_out for metrics in groups) == inbound.total.transferred_out
            for stage in range(1, 4):
                assert sum(counts(metrics)[stage] for metrics in groups) == counts(inbound.total)[stage]


@settings(max_examples=25, deadline=None)
@given(center=CENTERS)
def test_nobody_waits_while_somebody_of_the_group_is_free(center: ContactCenter) -> None:
    for _ in range(20):
        center.advance(center.now + 61)
        queued = {session.skill_group for session in inbound_sessions(center) if session.rang is None} - {None}
        for member in center.staff.members:
            assert member.status is not StaffStatus.FREE or queued.isdisjoint(member.skill_groups)


@settings(max_examples=15, deadline=None)
@given(center=CENTERS)
def test_calls_go_to_people_of_their_group_who_are_at_work_and_free(center: ContactCenter) -> None:
    before = {member: (member.status, member.timesheet.since) for member in center.staff.members}
    for _ in range(300):
        center.advance(center.now + 1)
        for session in center.sessions:
            if session.rang == center.now - START and session.staff_member in before:
                assert before[session.staff_member][0] in IDLE
            if session.staff_member is not None and session.skill_group is not None and center.skill_groups:
                assert session.skill_group in session.staff_member.skill_groups
        for member in center.staff.members:
            if member.status in {StaffStatus.REST, StaffStatus.NOT_READY, StaffStatus.AFTER_CALL_WORK}:
                assert member.on_shift
        before = {member: (member.status, member.timesheet.since) for member in center.staff.members}


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), hours=st.integers(1, 20))
def test_durations_add_up_to_the_time_online_on_this_day(seed: int, hours: int) -> None:
    center = ContactCenter(seed=seed, start=START, sessions=20)
    online_at = {member: seconds_online(member, center) for member in center.staff.members}
    step = 60
    for _ in range(hours * 60):
        center.advance(center.now + step)
        for member, earlier in online_at.items():
            now = seconds_online(member, center)
            if now < earlier:
                assert earlier_midnight(center, step), "totals begin anew with the day alone"
            else:
                assert now - earlier <= step + 1e-6
                if member.status is not StaffStatus.OFFLINE and member.timesheet.online_since is not None:
                    since_online = center.now - START - member.timesheet.online_since
                    assert now >= min(since_online, seconds_of_today(center)) - 1e-6
            online_at[member] = now


def seconds_online(member: StaffMember, center: ContactCenter) -> float:
    durations = member.timesheet.durations(center.now - START)
    assert min(durations.values()) >= 0
    return sum(durations.values())


def seconds_of_today(center: ContactCenter) -> float:
    return (center.now - START + 8.5 * HOUR) % (24 * HOUR)


def earlier_midnight(center: ContactCenter, step: float) -> bool:
    return seconds_of_today(center) < step


def test_a_group_with_too_few_people_keeps_its_callers_waiting_for_minutes() -> None:
    center = ContactCenter(seed=1, start=START, sessions=60, skill_groups=IN_TROUBLE)
    longest: Counter[int] = Counter()
    free: Counter[int] = Counter()
    for minute in range(60):
        center.advance(START + 60 * minute)
        for group, metrics in center.inbound().skill_groups.items():
            longest[group] += int(metrics.queue.longest)
            free[group] += center.staff_statuses(group)[StaffStatus.FREE]
    assert longest[2] / 60 > 120
    assert free[2] == 0
    assert longest[1] + longest[3] < 60 * 10
    assert min(free[1], free[3]) > 60 * 5


@pytest.mark.parametrize("hour", [0, 0.1, 2, 10])
def test_people_are_in_all_statuses_from_the_start(hour: float) -> None:
    center = ContactCenter(seed=1, start=START, sessions=400)
    center.advance(START + hour * HOUR)
    statuses = center.staff_statuses()
    on_shift = center.staff.on_shift
    assert statuses[StaffStatus.BUSY] == pytest.approx(len(center), rel=0.15)
    assert statuses[StaffStatus.REST] == pytest.approx(0.08 * on_shift, rel=0.5)
    assert statuses[StaffStatus.NOT_READY] == pytest.approx(0.016 * on_shift, rel=0.8)
    assert statuses[StaffStatus.AFTER_CALL_WORK] == pytest.approx(0.08 * statuses[StaffStatus.BUSY], rel=0.6)
    assert statuses[StaffStatus.FREE] > 0


def test_a_break_that_falls_into_a_call_follows_it() -> None:
    center = ContactCenter(seed=1, start=START, sessions=60)
    reserved: dict[StaffMember, StaffStatus] = {}
    followed = 0
    for second in range(2 * HOUR):
        center.advance(START + second)
        for member in center.staff.members:
            if member.reserved is not None:
                assert member.status in {StaffStatus.BUSY, StaffStatus.AFTER_CALL_WORK}
                reserved[member] = member.reserved
            elif member in reserved:
                status = reserved.pop(member)
                assert member.status is status or not member.on_shift
                followed += member.status is status
    assert followed > 20


def test_a_break_has_a_reason_as_long_as_it_lasts() -> None:
    center = ContactCenter(seed=1, start=START, sessions=60)
    for _ in range(200):
        center.advance(center.now + 60)
        for member in center.staff.members:
            assert bool(member.reason) == (member.status is StaffStatus.REST)


def test_after_call_work_takes_seconds_and_is_now_and_then_forgotten() -> None:
    center = ContactCenter(seed=1, start=START, sessions=60)
    longest = 0.0
    lengths: list[float] = []
    began: dict[StaffMember, float] = {}
    for second in range(HOUR):
        center.advance(START + second)
        for member in center.staff.members:
            if member.status is StaffStatus.AFTER_CALL_WORK:
                began[member] = member.timesheet.since
            elif member in began:
                lengths.append(second - began.pop(member))
                longest = max(longest, lengths[-1])
    assert sorted(lengths)[len(lengths) // 2] == pytest.approx(15, abs=3)
    assert 120 < longest < 601


def test_who_is_hired_later_works_as_the_others_do() -> None:
    center = ContactCenter(seed=1, start=START, sessions=0)
    assert center.staff.members == []
    center.target = 100
    center.advance(START + 2 * HOUR)
    assert set(center.staff_statuses()) == set(StaffStatus)


def test_some_calls_are_transferred_outside_and_end_there() -> None:
    center = ContactCenter(seed=1, start=START, sessions=200)
    transferred = []
    for _ in range(60):
        center.advance(center.now + 60)
        transferred.append(center.inbound().total.transferred_out)
    assert max(transferred) > 0
    center.target = 0
    center.advance(center.now + 3 * HOUR)
    assert center.inbound().total.transferred_out == 0
