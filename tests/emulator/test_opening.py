from __future__ import annotations

from random import Random

import pytest

from exporter.emulator.center import ContactCenter
from exporter.emulator.events import Events
from exporter.emulator.skill_groups import Membership, SkillGroup
from exporter.emulator.staff import Staff
from exporter.emulator.workday import Workday

START = 1_700_000_000


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_queue_is_as_long_at_the_start_as_it_stays(share: float) -> None:
    groups = (SkillGroup(1, "billing"), SkillGroup(2, "technical", staff=share))
    begun = later = 0
    for seed in range(8):
        center = ContactCenter(seed=seed, start=START, sessions=200, skill_groups=groups)
        begun += center.inbound().skill_groups[2].queue.count
        center.advance(START + 300)
        later += center.inbound().skill_groups[2].queue.count
    if share == 1.0:
        assert begun + later < 10
    else:
        assert begun == pytest.approx(later, rel=0.4)
        assert begun > 8 * 10


def test_those_found_free_have_been_so_for_different_times_the_longest_one_first() -> None:
    staff = Staff(100, -60.0, Membership(()))
    Workday(staff, Events(-60.0), Random(1), lambda _: None).find_free()
    since = [member.timesheet.since for member in staff.free]
    assert len(set(since)) == len(since) > 20
    assert since == sorted(since)


def test_nobody_has_done_anything_before_the_shift() -> None:
    center = ContactCenter(seed=1, start=START, sessions=200)
    for member in center.staff.members:
        assert member.timesheet.online_since is not None
        assert member.timesheet.since >= member.timesheet.online_since
        assert member.timesheet.since <= 0
