from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.fair_queue import FairQueue

Step = tuple[str, int]
steps = st.lists(st.tuples(st.sampled_from(["push", "pop", "discard"]), st.integers(0, 3)), max_size=60)


@given(steps)
def test_nothing_is_lost_and_each_flow_keeps_its_order(script: list[Step]) -> None:
    queue: FairQueue[tuple[int, int]] = FairQueue()
    waiting: dict[int, list[tuple[int, int]]] = {}
    for number, (step, flow) in enumerate(script):
        if step == "push":
            queue.push(flow, (flow, number))
            waiting.setdefault(flow, []).append((flow, number))
        elif step == "pop" and any(waiting.values()):
            item = queue.pop()
            assert waiting[item[0]].pop(0) == item
        elif step == "discard" and waiting.get(flow):
            queue.discard(flow, waiting[flow].pop())
        assert bool(queue) == any(waiting.values())


def test_flows_have_their_turns() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "a2", "a3", "b1", "c1", "c2"):
        queue.push(item[0], item)
    assert [queue.pop() for _ in range(6)] == ["a1", "b1", "c1", "a2", "c2", "a3"]
    with pytest.raises(IndexError):
        queue.pop()


def test_what_is_not_there_is_not_missed() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.push("a", "a1")
    queue.discard("a", "a2")
    queue.discard("b", "b1")
    assert queue.pop() == "a1"
