"""From thresholds in a file to what a scrape shows, while the clock runs through a week."""

from __future__ import annotations

from datetime import datetime

from exporter.config.loading import parse
from exporter.service import Exporter
from tests.config.helpers import unindented
from tests.metrics.samples import samples_of
from tests.virtual_time import run

FILE = """
    accounts:
      - name: main
        credentials: {secret_id: id, secret_key: key}
        endpoint: http://127.0.0.1:1
        applications:
          - sdk_app_id: 1
            name: support
            thresholds:
              - {signal: active_sessions, severity: warning, above: 80, during: office_hours}
              - {signal: active_sessions, severity: warning, above: 10, during: nights}
              - {signal: active_sessions, severity: warning, above: 40}
              - {signal: longest_queue_seconds, severity: critical, above: 120}
            skill_groups:
              - id: 12
                thresholds:
                  - {signal: queued_calls, severity: warning, above: 5, during: nights}
                  - {signal: queued_calls, severity: warning, above: 2}
          - {sdk_app_id: 2, name: sales}
    schedules:
      office_hours: {timezone: Europe/Berlin, days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
      nights: {timezone: Europe/Berlin, from: "22:00", to: "06:00"}
    """

Key = tuple[str, str, str, str, str]

LABELS = ("application", "skill_group_id", "signal", "severity", "bound")

ALWAYS: dict[Key, float] = {("support", "", "longest_queue_seconds", "critical", "above"): 120.0}


def shown_at(moment: str) -> dict[Key, float]:
    """Return the thresholds of a scrape at a moment, by application, skill group, signal, severity and bound."""
    seconds = datetime.fromisoformat(moment).timestamp()

    async def scrape() -> dict[Key, float]:
        config = parse(unindented(FILE).encode(), "config.yaml")
        async with Exporter(config, environment={}, now=lambda: seconds) as exporter:
            # No time for anything: thresholds need none.
            families = await exporter.collect(0.0)
        return {
            tuple(sample.labels.get(name, "") for name in LABELS): sample.value  # type: ignore[misc]
            for family in families
            if family.name == "tccc_alert_threshold"
            for sample in samples_of(family)
        }

    return run(scrape())


def test_a_schedule_switches_between_thresholds() -> None:
    key: Key = ("support", "", "active_sessions", "warning", "above")
    of_group: Key = ("support", "12", "queued_calls", "warning", "above")
    # 2026-03-27 is a Friday; on the Sunday after it, clocks in Berlin go forward by an hour.
    for moment, threshold in {
        "2026-03-27T07:59:59+00:00": 40.0,
        "2026-03-27T08:00:00+00:00": 80.0,
        "2026-03-27T16:59:59+00:00": 80.0,
        "2026-03-27T17:00:00+00:00": 40.0,
        "2026-03-27T21:00:00+00:00": 10.0,
        "2026-03-28T04:59:59+00:00": 10.0,
        "2026-03-28T05:00:00+00:00": 40.0,
        "2026-03-28T12:00:00+00:00": 40.0,
        "2026-03-30T06:59:59+00:00": 40.0,
        "2026-03-30T07:00:00+00:00": 80.0,
    }.items():
        assert shown_at(moment) == ALWAYS | {key: threshold, of_group: 5.0 if threshold == 10.0 else 2.0}, moment
