"""An Alertmanager of one's own with the shipped configuration, and the one whom it tells."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from tests.end_to_end.tools import free_port, tool
from tests.processes import get, running
from tests.prometheus.files import DIRECTORY, seconds

PATIENCE = 60.0
QUICKER = 30
"""How many times sooner everything happens than in the shipped files: two seconds are a minute."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert of a message. `receiver` is one of the configuration's, `status` is `firing` or `resolved`."""

    receiver: str
    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def is_about(self, alert: str, severity: str, status: str) -> bool:
        return (self.labels["alertname"], self.labels["severity"], self.status) == (alert, severity, status)


@dataclass(slots=True)
class Webhook:
    """Receives what Alertmanager sends; `posts` is what it sends to Slack and to PagerDuty."""

    url: str = ""
    notices: list[Notice] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.Response:
        message = await request.json()
        async with self._news:
            self.notices += [
                Notice(message["receiver"], one["status"], one["labels"], one["annotations"])
                for one in message["alerts"]
            ]
            self._news.notify_all()
        return web.Response()

    async def receive_post(self, request: web.Request) -> web.Response:
        post = await request.json()
        async with self._news:
            self.posts.append(post)
            self._news.notify_all()
        return web.Response(status=202, text='{"status": "success"}')

    async def wait_for_post(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for the first post of which something holds; one that has come already counts."""

        def found() -> list[dict[str, Any]]:
            return [post for post in self.posts if holds(post)]

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), PATIENCE)
            except TimeoutError:
                raise AssertionError(f"it never came; there was {self.posts}") from None
        return found()[0]

    async def wait_for(self, alert: str, severity: str, status: str = "firing") -> Notice:
        """Wait for the first notice of an alert in a status; one that has come already counts."""

        def found() -> list[Notice]:
            return [notice for notice in self.notices if notice.is_about(alert, severity, status)]

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), PATIENCE)
            except TimeoutError:
                raise AssertionError(f"{alert} ({severity}) was never {status}; there was {self.notices}") from None
        return found()[0]


class Alertmanager:
    """The HTTP API of a running Alertmanager."""

    def __init__(self, url: str) -> None:
        self.url = url

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that fire, those that nobody is told of included."""
        _, body = get(f"{self.url}/api/v2/alerts")
        alerts: list[dict[str, Any]] = json.loads(body)
        return alerts

    def raise_alerts(
        self, *alerts: Mapping[str, str], annotations: Mapping[str, str] | None = None, ended: bool = False
    ) -> None:
        """Raise alerts of one's own, given by their labels, which have the same annotations; or end them."""
        rest: dict[str, Any] = {"annotations": annotations or {}}
        if ended:
            rest["endsAt"] = datetime.now(UTC).isoformat()
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/api/v2/alerts",
            data=json.dumps([{"labels": labels, **rest} for labels in alerts]).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=PATIENCE).close()  # noqa: S310

    async def wait_until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until something holds of the alerts."""
        deadline = time.monotonic() + PATIENCE
        while not holds(alerts := await asyncio.to_thread(self.alerts)):
            assert time.monotonic() < deadline, f"it never came to that; the alerts are {alerts}"
            await asyncio.sleep(0.1)


def names(alerts: list[dict[str, Any]]) -> set[str]:
    return {one["labels"]["alertname"] for one in alerts}


def silenced_by(alerts: list[dict[str, Any]], alert: str, severity: str) -> set[str]:
    """Return the names of the alerts that silence another one of an alert's name and severity."""
    by_fingerprint = {one["fingerprint"]: one["labels"]["alertname"] for one in alerts}
    return {
        by_fingerprint[fingerprint]
        for one in alerts
        if (one["labels"]["alertname"], one["labels"]["severity"]) == (alert, severity)
        for fingerprint in one["status"]["inhibitedBy"]
        if fingerprint in by_fingerprint
    }


@asynccontextmanager
async def running_webhook() -> AsyncIterator[Webhook]:
    webhook = Webhook()
    application = web.Application()
    application.router.add_post("/", webhook.receive)
    application.router.add_post("/post", webhook.receive_post)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        webhook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield webhook
    finally:
        await runner.cleanup()


@contextmanager
def running_alertmanager(directory: Path, config: Mapping[str, Any]) -> Iterator[Alertmanager]:
    """Run an Alertmanager with a configuration."""
    path = directory / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    arguments = (
        f"--config.file={path}",
        f"--storage.path={directory / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    )
    with running(tool("prometheus-alertmanager"), *arguments) as process:
        process.wait_for("Listening on")
        yield Alertmanager(f"http://{address}")


def quicker(text: str) -> str:
    """Shorten how long alerts wait and go on; expressions stay as they are."""

    def shorten(match: re.Match[str]) -> str:
        return f"{match[1]}: {seconds(match[2]) * 1000 // QUICKER}ms"

    return re.sub(r"\b(for|keep_firing_for|group_wait|group_interval): (\w+)$", shorten, text, flags=re.MULTILINE)


def shipped_config(webhook: str) -> dict[str, Any]:
    """The shipped configuration, telling everything to a webhook."""
    config: dict[str, Any] = yaml.safe_load(quicker((DIRECTORY / "alertmanager.yml").read_text()))
    config["receivers"] = [{"name": one["name"], "webhook_configs": [{"url": webhook}]} for one in config["receivers"]]
    return config


def shipped_receivers(directory: Path, url: str) -> dict[str, Any]:
    """The shipped configuration with its own receivers, which post to an address of one's own."""
    config: dict[str, Any] = yaml.safe_load(quicker((DIRECTORY / "alertmanager.yml").read_text()))
    secret = directory / "secret"
    secret.write_text(url)
    for receiver in config["receivers"]:
        for pager in receiver.get("pagerduty_configs", []):
            pager |= {"routing_key_file": str(secret), "url": url}
        for chat in receiver.get("slack_configs", []):
            chat["api_url_file"] = str(secret)
    return config
