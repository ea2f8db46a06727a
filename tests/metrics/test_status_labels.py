from __future__ import annotations

from exporter.metrics.status_labels import MOST_STATUSES, StatusLabels


def test_documented_statuses_keep_their_names_however_many_others_come() -> None:
    labels = StatusLabels(("free", "busy"))
    others = [labels.label(f"status-{number}") for number in range(100)]
    assert len({*others}) == MOST_STATUSES - 3 + 1
    assert others[:2] == ["status-0", "status-1"]
    assert others[-1] == "other"
    assert [labels.label(status) for status in ("free", "unknown", "busy", "status-0", "late")] == [
        "free",
        "unknown",
        "busy",
        "status-0",
        "other",
    ]
