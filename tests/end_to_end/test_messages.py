"""What a person reads: the messages that the shipped configuration of Alertmanager makes of alerts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.alertmanager import (
    Alertmanager,
    Webhook,
    running_alertmanager,
    running_webhook,
    shipped_receivers,
)

pytestmark = pytest.mark.end_to_end

RUNBOOK = "https://wiki.example.com/runbook#tccc"


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with running_webhook() as webhook:
        yield webhook


@pytest.fixture
async def alertmanager(webhook: Webhook, tmp_path: Path) -> AsyncIterator[Alertmanager]:
    with running_alertmanager(tmp_path, shipped_receivers(tmp_path, f"{webhook.url}post")) as alertmanager:
        yield alertmanager


async def raise_alert(alertmanager: Alertmanager, summary: str, labels: dict[str, str], *, ended: bool = False) -> None:
    annotations = {"summary": summary, "description": f"More about it: {summary}.", "runbook_url": RUNBOOK}
    send = partial(alertmanager.raise_alerts, annotations=annotations, ended=ended)
    await asyncio.to_thread(send, {"job": "tccc", **labels})


async def test_a_page_joins_what_fires_and_has_its_severity(alertmanager: Alertmanager, webhook: Webhook) -> None:
    async def raise_critical(number: int, *, ended: bool = False) -> None:
        labels = {"alertname": f"A{number}", "severity": "critical", "application": "support"}
        await raise_alert(alertmanager, f"summary {number}", labels, ended=ended)

    for number in (1, 2, 3):
        await raise_critical(number)
    page = (await webhook.wait_for_post(lambda post: "summary 3" in str(post)))["payload"]
    assert page["summary"] == "summary 1; summary 2; summary 3"
    assert page["severity"] == "critical"
    await raise_critical(2, ended=True)
    await raise_critical(4)
    page = (await webhook.wait_for_post(lambda post: "summary 4" in str(post)))["payload"]
    assert page["summary"] == "summary 1; summary 3; summary 4"
    for number in (1, 3, 4):
        await raise_critical(number, ended=True)
    resolved = await webhook.wait_for_post(lambda post: post["event_action"] == "resolve")
    assert "summary 4" in resolved["payload"]["summary"]


@pytest.mark.parametrize(
    ("labels", "title"),
    [
        ({"application": "support", "account": "main"}, "FIRING: support"),
        ({"account": "main"}, "FIRING: account main"),
        ({}, "FIRING: tccc-exporter"),
    ],
)
async def test_a_chat_message_says_whom_it_is_about(
    alertmanager: Alertmanager, webhook: Webhook, labels: dict[str, str], title: str
) -> None:
    await raise_alert(alertmanager, "3 callers waiting", {"alertname": "A", "severity": "warning", **labels})
    [message] = (await webhook.wait_for_post(lambda _: True))["attachments"]
    assert message["title"] == title
    assert message["text"].split("\n")[:2] == [
        "*3 callers waiting* (warning, firing)",
        f"More about it: 3 callers waiting. {RUNBOOK}",
    ]
