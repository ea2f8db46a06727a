from __future__ import annotations

from uuid import UUID

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.inbound import CallMetrics, Stage, inbound_of


def call(direction: CallDirection = CallDirection.INBOUND, **facts: float | None) -> Call:
    session = Call(0, UUID(int=0), direction, facts.pop("started") or 0.0)
    for name, value in facts.items():
        setattr(session, name, value)
    return session


def test_calls_are_counted_at_the_stage_that_they_have_come_to() -> None:
    sessions = [
        call(started=95.0),
        call(started=40.0, skill_group=1, queued=50.0),
        call(started=60.0, skill_group=1, queued=70.0),
        call(started=60.0, skill_group=2, queued=70.0, rang=96.0),
        call(started=0.0, skill_group=2, queued=10.0, rang=11.0, accepted=15.0),
        call(CallDirection.OUTBOUND, started=0.0, rang=0.0, accepted=15.0),
    ]
    inbound = inbound_of(sessions, {1: 2, 2: 0, 3: 0}, now=100.0)
    assert inbound.total == CallMetrics(
        ivr=Stage(1, 5.0, 5.0),
        queue=Stage(2, 50.0, 80.0),
        ringing=Stage(1, 4.0, 4.0),
        accepted=Stage(1, 85.0, 85.0),
        transferred_out=2,
    )
    assert inbound.skill_groups == {
        1: CallMetrics(queue=Stage(2, 50.0, 80.0), transferred_out=2),
        2: CallMetrics(ringing=Stage(1, 4.0, 4.0), accepted=Stage(1, 85.0, 85.0)),
        3: CallMetrics(),
    }
    assert inbound.total.queue.mean == 40.0


def test_where_nothing_happens_everything_is_zero() -> None:
    assert inbound_of([], {1: 0}, now=0.0).total == CallMetrics()
    assert Stage().mean == 0.0
