"""Resident memory over 1,000 scrapes of about 500 sessions whose calls come and go a hundred times as fast."""

from __future__ import annotations

from benchmarks.processes import running_emulator, running_exporter

SESSIONS = 500
MARKS = (1, 100, 250, 500, 1000)


def main() -> None:
    """Print the table."""
    print(f"\nResident memory after so many scrapes of about {SESSIONS} sessions\n")
    print("| scrapes | MiB | of that after 100 |")
    print("| --- | --- | --- |")
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
    for scrape, size in resident.items():
        print(f"| {scrape} | {size / 1024**2:.1f} | {size / resident[100]:.3f} |")


if __name__ == "__main__":
    main()
