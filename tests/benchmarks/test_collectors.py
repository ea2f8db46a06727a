from __future__ import annotations

import pytest

from benchmarks import collectors


async def test_scrapes_with_and_without_them_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LATENCIES": (0.02,), "SESSIONS": 60, "SCRAPES": 2, "WARM_UP": 1, "PAUSE": 0.1}.items():
        monkeypatch.setattr(collectors, name, value)
    (section,) = await collectors.measure()
    (row,) = section.table.rows
    assert row["round trip"] == "20 ms"
    for name in ("CPU", "list", "scrape"):
        without, beside = map(float, str(row[f"{name}, without / with"]).split(" / "))
        assert without > 0
        assert beside > 0
    assert len(section.checks) == 3
