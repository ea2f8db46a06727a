from __future__ import annotations

from exporter.emulator.events import Events


def test_events_happen_in_order_and_at_their_time() -> None:
    events = Events(-5.0)
    happened: list[tuple[str, float]] = []

    def note(name: str) -> None:
        happened.append((name, events.now))

    def note_and_go_on(name: str) -> None:
        note(name)
        events.schedule(1.0, note, "afterwards")

    events.schedule(7.0, note, "last")
    events.schedule(5.0, note_and_go_on, "first")
    events.schedule(5.0, note, "second")
    events.run_until(1.5)
    assert happened == [("first", 0.0), ("second", 0.0), ("afterwards", 1.0)]
    assert events.now == 1.5
    events.run_until(1.0)
    assert events.now == 1.5
    events.run_until(2.0)
    assert happened[-1] == ("last", 2.0)
