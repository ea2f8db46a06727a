from __future__ import annotations

from uuid import UUID

import pytest

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.queues import Queues


def caller(number: int, skill_group: int, queued: float) -> Call:
    return Call(number, UUID(int=number), CallDirection.INBOUND, 0.0, skill_group=skill_group, queued=queued)


@pytest.fixture
def queues() -> Queues:
    return Queues((1, 2, 3))


def test_first_come_first_served_over_all_queues_of_a_person(queues: Queues) -> None:
    callers = [caller(0, 2, 5.0), caller(1, 1, 6.0), caller(2, 2, 7.0), caller(3, 3, 4.0)]
    for session in callers:
        assert session.skill_group is not None
        queues.add(session, session.skill_group)
    served: list[Call] = []
    while (head := queues.first((1, 2))) is not None:
        queues.discard(head)
        served.append(head)
    assert served == callers[:3]
    assert queues.first((3,)) is callers[3]


def test_who_came_first_decides_where_two_came_at_once(queues: Queues) -> None:
    later, earlier = caller(8, 1, 5.0), caller(7, 2, 5.0)
    queues.add(later, 1)
    queues.add(earlier, 2)
    assert queues.first((1, 2)) is earlier


def test_who_gives_up_is_not_served(queues: Queues) -> None:
    first, second = caller(0, 1, 5.0), caller(1, 1, 6.0)
    queues.add(first, 1)
    queues.add(second, 1)
    queues.discard(first)
    queues.discard(first)
    assert queues.first((1,)) is second
    queues.discard(second)
    assert queues.first((1, 2, 3)) is None


def test_who_hears_the_greeting_is_in_no_queue(queues: Queues) -> None:
    queues.discard(Call(0, UUID(int=0), CallDirection.INBOUND, 0.0))
    assert queues.first((1, 2, 3)) is None
