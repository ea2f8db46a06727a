"""Resident memory over 1,000 scrapes of about 500 sessions whose calls come and go a hundred times as fast."""

from __future__ import annotations

from benchmarks.document import Section, Table, mebibytes
from benchmarks.processes import running_emulator, running_exporter

SESSIONS = 500
MARKS = (1, 100, 250, 500, 1000)


def section() -> Section:
    """Measure, and return the table."""
    resident: dict[int, int] = {}
    with (
        running_emulator(SESSIONS, speed=100.0) as endpoint,
        running_exporter(endpoint, ["staff_number"]) as exporter,
    ):
        for scrape in range(1, MARKS[-1] + 1):
            exposition = exporter.scrape()
            assert 'tccc_up{application="bench"} 1.0' in exposition
            if scrape in MARKS:
                resident[scrape] = exporter.resident_bytes()
    rows = [(f"{scrape:,}", mebibytes(size), f"{size / resident[100]:.3f}") for scrape, size in resident.items()]
    text = (
        f"Resident memory after so many scrapes of about {SESSIONS} sessions whose calls come and go 100 times as fast."
    )
    return Section("Memory over time", text, Table(("scrapes", "MiB", "of that after 100"), rows))
