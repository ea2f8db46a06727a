"""Which alert silences which, by the shipped configuration of Alertmanager."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.alertmanager import running_alertmanager, running_webhook, shipped_config

pytestmark = pytest.mark.end_to_end

HIGH = "TcccActiveSessionsHigh signal=active_sessions collector=sessions"
WAITING = "TcccCallersWaiting signal=queued_calls collector=inbound"
NOBODY = "TcccNobodyFree severity=warning collector=inbound skill_group_id=12"
STUCK = "TcccStaffStuck signal=longest_after_call_work_seconds collector=staff"
UNUSUAL = "TcccCallVolumeUnusual signal=active_sessions collector=sessions severity=warning"
UNPROVEN = "TcccSnapshotUnproven collector=sessions severity=warning"
STALE = "TcccDataStale severity=critical"
ACCOUNT = "TcccAccountFailing severity=critical"
FAILING = "TcccApplicationFailing severity=critical collector=sessions"
COLLECTOR = "TcccCollectorFailing severity=critical"
REFUSED = "TcccCredentialsRefused severity=critical"
AT_ONE = "instance=one application=support"
SUPPORT_AT_ONE = "instance=one account=main application=support"
MAIN_AT_ONE = "instance=one account=main"

RELATED = [
    ("TcccExporterAbsent", f"{HIGH} severity=warning {AT_ONE}"),
    ("TcccExporterDown instance=one", f"{HIGH} severity=warning {AT_ONE}"),
    ("TcccExporterDown instance=one", f"TcccThrottled {MAIN_AT_ONE}"),
    ("TcccExporterDown instance=one", f"{STALE} {AT_ONE} collector=sessions"),
    ("TcccProbeFailing instance=one target=support", f"{WAITING} {AT_ONE} target=support"),
    ("TcccProbeFailing instance=one target=support", f"{STALE} {AT_ONE} target=support collector=staff"),
    # What cannot be seen
    (f"{STALE} {AT_ONE} collector=sessions", f"{HIGH} severity=critical {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=sessions", f"{UNUSUAL} {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=sessions", f"{UNPROVEN} {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{WAITING} severity=critical {AT_ONE} skill_group_id=12"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{NOBODY} {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=staff", f"{NOBODY} {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=staff", f"{STUCK} severity=warning {AT_ONE}"),
    # Why
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{STALE} {AT_ONE} collector=sessions"),
    (f"{COLLECTOR} {SUPPORT_AT_ONE} collector=staff", f"{STALE} {AT_ONE} collector=staff"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccScrapeNearTimeout instance=one"),
    (f"{COLLECTOR} {SUPPORT_AT_ONE} collector=inbound", "TcccScrapeNearTimeout instance=one"),
    (f"{ACCOUNT} {MAIN_AT_ONE} collector=sessions", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{ACCOUNT} {MAIN_AT_ONE} collector=inbound", f"{COLLECTOR} {SUPPORT_AT_ONE} collector=inbound"),
    (f"{ACCOUNT} {MAIN_AT_ONE} collector=sessions", f"{ACCOUNT} {MAIN_AT_ONE} collector=staff"),
    (f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=AuthFailure.SignatureExpire", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=no_credentials", f"{FAILING} {SUPPORT_AT_ONE}"),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=no_credentials",
        f"{COLLECTOR} {SUPPORT_AT_ONE} collector=inbound",
    ),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=AuthFailure.SecretIdNotFound",
        f"{ACCOUNT} {MAIN_AT_ONE} collector=staff",
    ),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=inbound code=UnauthorizedOperation",
        f"{ACCOUNT} {MAIN_AT_ONE} collector=inbound",
    ),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=no_credentials",
        f"{REFUSED} {MAIN_AT_ONE} collector=inbound code=no_credentials",
    ),
    # Severities
    (
        f"{WAITING} severity=critical {AT_ONE} skill_group_id=12",
        f"{WAITING} severity=warning instance=two application=support skill_group_id=12",
    ),
    (f"{WAITING} severity=critical {AT_ONE}", f"{WAITING} severity=warning {AT_ONE}"),
    (f"{HIGH} severity=critical {AT_ONE}", f"{UNUSUAL} {AT_ONE}"),
]
"""Causes, and what each of them makes meaningless."""

UNRELATED = [
    ("TcccExporterDown instance=one", f"{HIGH} instance=two application=support"),
    ("TcccProbeFailing instance=one target=support", f"{WAITING} instance=one application=sales target=sales"),
    ("TcccProbeFailing instance=one target=support", "TcccConfigReloadFailed severity=warning instance=one"),
    # A list that fails says nothing of the queues, and the other way round.
    (f"{STALE} {AT_ONE} collector=sessions", f"{WAITING} severity=critical {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=sessions", f"{NOBODY} {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{HIGH} severity=critical {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{STUCK} severity=warning {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=staff", f"{WAITING} severity=warning {AT_ONE}"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{WAITING} instance=one application=sales"),
    (f"{STALE} {AT_ONE} collector=inbound", f"{WAITING} instance=two application=support"),
    (f"{STALE} {AT_ONE} collector=sessions", f"TcccThrottled severity=warning {MAIN_AT_ONE}"),
    # Read now and then, and so it is known whether something has ended.
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{HIGH} severity=critical {AT_ONE}"),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"{STALE} {AT_ONE} collector=inbound"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccScrapeNearTimeout instance=two"),
    (f"{FAILING} {SUPPORT_AT_ONE}", "TcccConfigReloadFailed severity=warning instance=one"),
    (f"{FAILING} {SUPPORT_AT_ONE}", f"TcccThrottled severity=warning {MAIN_AT_ONE}"),
    (f"{ACCOUNT} {MAIN_AT_ONE} collector=inbound", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{ACCOUNT} instance=one account=other collector=sessions", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{ACCOUNT} {MAIN_AT_ONE} collector=inbound", f"{ACCOUNT} {MAIN_AT_ONE} collector=staff"),
    (f"{REFUSED} instance=one account=other code=no_credentials", f"{FAILING} {SUPPORT_AT_ONE}"),
    (f"{REFUSED} {MAIN_AT_ONE} code=FailedOperation.PermissionDenied", f"{FAILING} {SUPPORT_AT_ONE}"),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=inbound code=UnauthorizedOperation",
        f"{ACCOUNT} {MAIN_AT_ONE} collector=sessions",
    ),
    (
        f"{REFUSED} {MAIN_AT_ONE} collector=sessions code=FailedOperation.PermissionDenied",
        f"{REFUSED} {MAIN_AT_ONE} collector=inbound code=UnauthorizedOperation",
    ),
    (f"{WAITING} severity=critical {AT_ONE}", f"{HIGH} severity=warning {AT_ONE}"),
    (f"{WAITING} severity=critical {AT_ONE}", f"{WAITING} severity=warning instance=one application=sales"),
    (
        f"{WAITING} severity=critical {AT_ONE} skill_group_id=12",
        f"{WAITING} severity=warning {AT_ONE} skill_group_id=13",
    ),
    (f"{WAITING} severity=critical {AT_ONE} skill_group_id=12", f"{WAITING} severity=warning {AT_ONE}"),
    (f"{WAITING} severity=critical {AT_ONE}", f"{WAITING} severity=warning {AT_ONE} skill_group_id=12"),
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


async def test_nobody_is_told_of_an_end_that_nobody_has_seen(tmp_path: Path) -> None:
    # As prometheus/tests/sequences.yml has it, after the quarter of an hour for which an alert goes on.
    high = labels_of(f"{HIGH} severity=warning {AT_ONE}", job="tccc")
    stale = labels_of(f"{STALE} {AT_ONE} collector=sessions", job="tccc")
    async with running_webhook() as webhook:
        with running_alertmanager(tmp_path, shipped_config(webhook.url)) as alertmanager:

            async def raise_alert(labels: dict[str, str], *, ended: bool = False) -> None:
                await asyncio.to_thread(partial(alertmanager.raise_alerts, labels, ended=ended))

            await raise_alert(high)
            await webhook.wait_for("TcccActiveSessionsHigh", "warning")
            await raise_alert(stale)
            await webhook.wait_for("TcccDataStale", "critical")
            await raise_alert(high, ended=True)
            # A message of the same group, which would tell of the end of the other alert as well.
            later = {"alertname": "Later", "severity": "warning", "job": "tccc", "application": "support"}
            await raise_alert(later)
            await webhook.wait_for("Later", "warning")
            await raise_alert(later, ended=True)
            await webhook.wait_for("Later", "warning", "resolved")
    assert not any(one.is_about("TcccActiveSessionsHigh", "warning", "resolved") for one in webhook.notices)


def labels_of(alert: str, **more: str) -> dict[str, str]:
    """Return the labels of an alert that is written as its name and a label a word."""
    name, *labels = alert.split()
    return {"alertname": name, **dict(label.split("=") for label in labels), **more}
