"""Which alert silences which, by the shipped configuration of Alertmanager."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.alertmanager import running_alertmanager, shipped_config

pytestmark = pytest.mark.end_to_end

HIGH = "TcccActiveSessionsHigh signal=active_sessions"
WAITING = "TcccCallersWaiting signal=waiting_sessions"
UNUSUAL = "TcccCallVolumeUnusual signal=active_sessions severity=warning"
FAILING = "TcccApplicationFailing severity=critical"
REFUSED = "TcccCredentialsRefused severity=critical"
SUPPORT_AT_ONE = "instance=one account=main application=support"

RELATED = [
    ("TcccExporterAbsent", f"{HIGH} severity=warning instance=one application=support"),
    ("TcccExporterDown instance=one", f"{HIGH} severity=warning instance=one application=support"),
    ("TcccExporterDown instance=one", "TcccThrottled instance=one account=main"),
    (
        f"{REFUSED} instance=one account=main code=AuthFailure.SignatureExpire",
        f"{FAILING} {SUPPORT_AT_ONE}",
    ),
    (f"{REFUSED} instance=one account=main code=no_credentials", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{HIGH} severity=critical instance=one application=support"),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{UNUSUAL} instance=one application=support"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccSnapshotUnproven instance=one application=support"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccScrapeNearTimeout instance=one"),
    ("TcccDataStale instance=one application=support", f"{WAITING} instance=one application=support"),
    (
        f"{WAITING} severity=critical instance=one application=support",
        f"{WAITING} severity=warning instance=two application=support",
    ),
    (
        f"{HIGH} severity=critical instance=one application=support",
        f"{UNUSUAL} instance=one application=support",
    ),
]
"""Causes, and what each of them makes meaningless."""

UNRELATED = [
    ("TcccExporterDown instance=one", f"{HIGH} instance=two application=support"),
    (f"{REFUSED} instance=one account=other code=no_credentials", f"{FAILING} {SUPPORT_AT_ONE}"),
    (
        f"{REFUSED} instance=one account=main code=FailedOperation.PermissionDenied",
        f"{FAILING} {SUPPORT_AT_ONE}",
    ),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{HIGH} instance=two application=support"),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{HIGH} instance=one application=sales"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccScrapeNearTimeout instance=two"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccConfigReloadFailed severity=warning instance=one"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccThrottled severity=warning instance=one account=main"),
    ("TcccDataStale instance=one application=support", f"{WAITING} instance=one application=sales"),
    (
        f"{WAITING} severity=critical instance=one application=support",
        f"{HIGH} severity=warning instance=one application=support",
    ),
    (
        f"{WAITING} severity=critical instance=one application=support",
        f"{WAITING} severity=warning instance=one application=sales",
    ),
    (
        "TcccDataStale severity=critical instance=one application=support",
        "TcccThrottled severity=warning instance=one account=main",
    ),
]
"""Alerts, and what each of them says nothing about."""


async def test_causes_silence_what_follows_from_them_and_nothing_else(tmp_path: Path) -> None:
    with running_alertmanager(tmp_path, shipped_config("http://127.0.0.1:1")) as alertmanager:
        # Those that silence nothing first: once the later ones are silenced, Alertmanager knows them all.
        pairs = [(cause, other, False) for cause, other in UNRELATED] + [(*pair, True) for pair in RELATED]
        alerts = [labels_of(alert, job=str(number)) for number, (*pair, _) in enumerate(pairs) for alert in pair]
        alertmanager.raise_alerts(*alerts)
        expected = {(str(number), other.split()[0]) for number, (_, other, silenced) in enumerate(pairs) if silenced}
        await alertmanager.wait_until(
            lambda alerts: (
                {
                    (one["labels"]["job"], one["labels"]["alertname"])
                    for one in alerts
                    if one["status"]["state"] == "suppressed"
                }
                == expected
            )
        )


def labels_of(alert: str, **more: str) -> dict[str, str]:
    """Return the labels of an alert that is written as its name and a label a word."""
    name, *labels = alert.split()
    return {"alertname": name, **dict(label.split("=") for label in labels), **more}
