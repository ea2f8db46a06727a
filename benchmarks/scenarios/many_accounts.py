"""A hundred accounts in one exporter, scraped together."""

from __future__ import annotations

import asyncio
import time

from benchmarks.children import Child
from benchmarks.document import Check, Section, Table, mebibytes, milliseconds
from benchmarks.processes import account_at, configured_exporter
from benchmarks.scenarios.light_emulator import application_ids
from benchmarks.scenarios.scraping import scrape_together

ACCOUNTS = 100
SESSIONS = 500
LATENCY = 0.060
ROUNDS = 6
MOST_SECONDS = 2.5
MOST_MEMORY = 150 * 1024**2

_PAUSE = 5.0
"""Seconds between two scrapes, and before the first: by then what the exporter collects when it starts is stale."""
_TEXT = f"""
One exporter of {ACCOUNTS} accounts with about {SESSIONS} sessions each, {milliseconds(LATENCY)} away, every account
with 20 requests a second of its own; all of them in one scrape, compressed as Prometheus asks for it. The emulator
shares the machine, but is a light one that checks no signatures.
"""


def section() -> Section:
    """Measure, and return the table."""
    rows, seconds = [], []
    with Child("benchmarks.scenarios.light_emulator", str(ACCOUNTS), str(SESSIONS), str(LATENCY)) as emulator:
        url = emulator.receive(str)
        accounts = [
            account_at(url, name=f"account-{number:03}", application=application)
            for number, application in enumerate(application_ids(ACCOUNTS))
        ]
        with configured_exporter({"accounts": accounts}) as exporter:
            time.sleep(_PAUSE)
            for number in range(1, ROUNDS + 1):
                cpu = exporter.cpu_seconds()
                scrape = asyncio.run(scrape_together(exporter.url, 1))[0]
                cpu = exporter.cpu_seconds() - cpu
                seconds.append(scrape.seconds)
                rows.append(
                    (
                        number,
                        sum(value == 1 for value in scrape.values("tccc_up")),
                        sum(value == 1 for value in scrape.values("tccc_snapshot_complete")),
                        f"{sum(scrape.values('tccc_active_sessions')):,.0f}",
                        f"{sum(scrape.values('tccc_snapshot_requests')):,.0f}",
                        f"{scrape.seconds:.2f}",
                        f"{cpu:.2f}",
                        f"{len(scrape.exposition) / 1e6:.1f}",
                        mebibytes(exporter.peak_memory()),
                    )
                )
                time.sleep(_PAUSE)
            memory = exporter.peak_memory()
    columns = ("scrape", "up", "proven", "sessions", "API requests", "seconds", "CPU s", "MB", "peak MiB")
    checks = (
        Check(f"{ACCOUNTS} accounts together: {MOST_SECONDS} s", f"{max(seconds):.2f} s", max(seconds) <= MOST_SECONDS),
        Check(f"and peak memory: {MOST_MEMORY // 1024**2} MiB", f"{mebibytes(memory)} MiB", memory <= MOST_MEMORY),
    )
    return Section(f"{ACCOUNTS} accounts in one exporter", _TEXT, Table(columns, rows), checks)
