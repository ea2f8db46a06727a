from __future__ import annotations

from exporter.demo import SALES, SUPPORT, demo_emulator, welcome
from exporter.emulator.statuses import StaffStatus


def test_one_queue_of_the_hotline_is_in_trouble_and_the_others_are_not() -> None:
    center = demo_emulator().centers[SUPPORT.sdk_app_id]
    names = {group.id: group.name for group in center.skill_groups}
    assert names == {1: "billing", 2: "technical", 3: "general"}
    longest = dict.fromkeys(names, 0.0)
    free = dict.fromkeys(names, 0)
    waiting_in_trouble = 0
    for minute in range(60):
        center.advance(center.start + 60 * minute)
        for group, metrics in center.inbound().skill_groups.items():
            longest[group] += metrics.queue.longest / 60
            free[group] += center.staff_statuses(group)[StaffStatus.FREE]
        waiting_in_trouble += center.inbound().skill_groups[2].queue.count > 0
    assert longest[2] > 120
    assert free[2] == 0
    assert waiting_in_trouble > 55
    assert max(longest[1], longest[3]) < 10
    assert min(free[1], free[3]) > 60 * 5


def test_the_list_of_the_sales_desk_shows_answered_calls_alone() -> None:
    emulator = demo_emulator()
    hotline, sales = (emulator.centers[application.sdk_app_id] for application in (SUPPORT, SALES))
    assert len(hotline.listing) == len(hotline)
    assert all(session.accepted is not None for session in sales.listing)
    shown = waiting = 0
    for minute in range(30):
        sales.advance(sales.start + 60 * minute)
        shown += len(sales.listing)
        waiting += len(sales) - len(sales.listing)
    assert min(shown, waiting) > 0


def test_the_welcome_says_what_is_to_be_seen() -> None:
    text = welcome("http://127.0.0.1:10820", "/metrics", "one\ntwo\n")
    assert "http://127.0.0.1:10820/probe?target=sales" in text
    assert '"technical"' in text
    assert "    one\n    two\n" in text
