"""A real browser, asked over its DevTools protocol what it makes of a page."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from tests.end_to_end.tools import tool
from tests.processes import PATIENCE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-port=0",
    "about:blank",
)


@dataclass
class View:
    """A page as it is shown. `complaints` are the browser's: errors, warnings and requests that failed."""

    width: int
    text: str = ""
    html: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[str] = ()
    cut_off: Sequence[str] = ()
    """What is wider than the page, or than what it stands in."""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    background: str = ""
    screenshot: bytes = b""


class Browser:
    """A browser with one tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._view = View(0)
        self._loaded = asyncio.Event()

    async def listen(self) -> None:
        """Take what the browser tells, for as long as it does."""
        async for message in self._socket:
            event = message.json()
            if "id" in event:
                answer = self._answers.pop(event["id"])
                if not answer.done():
                    answer.set_result(event)
            else:
                self._happened(event["method"], event["params"])

    async def open(self, url: str, *, width: int = 1280, dark: bool = False) -> View:
        """Open a page and look at it."""
        self._view = view = View(width)
        self._loaded.clear()
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await self.ask("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.ask("Emulation.setEmulatedMedia", features=[scheme])
        await self.ask("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE):
            await self._loaded.wait()
        view.text = await self.evaluate("document.body.innerText")
        view.html = await self.evaluate("document.documentElement.outerHTML")
        view.links = await self.evaluate("[...document.querySelectorAll('a')].map(one => one.href)")
        view.cut_off = await self.evaluate(CUT_OFF)
        view.background = await self.evaluate("getComputedStyle(document.body).backgroundColor")
        picture = await self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        view.screenshot = base64.b64decode(picture["data"])
        return view

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        result = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"]["value"]

    async def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask the browser for something and return its answer."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            answer = await self._answers[number]
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _happened(self, method: str, event: dict[str, Any]) -> None:
        view = self._view
        match method:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                view.requests.append(event["request"]["url"])
            case "Network.responseReceived" if event["type"] == "Document":
                view.status, view.headers = event["response"]["status"], event["response"]["headers"]
            case "Network.loadingFailed":
                view.complaints.append(f"request failed: {event['errorText']} {event.get('blockedReason', '')}")
            case "Runtime.exceptionThrown":
                view.complaints.append(str(event["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                view.complaints.append(str(event["args"]))
            case "Log.entryAdded":
                view.complaints.append(event["entry"]["text"])


CUT_OFF = """
[...document.querySelectorAll('*')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display != 'inline'
                 || one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 200))
"""


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run a browser for as long as the context lasts."""
    chromium = tool("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            chromium,
            f"--user-data-dir={profile}",
            *FLAGS,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "HOME": profile},
        )
        try:
            assert process.stderr is not None
            port = await _port(process.stderr)
            # A pipe that is full would hold it up.
            silencing = asyncio.create_task(process.stderr.read())
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                    [tab] = [one for one in await response.json() if one["type"] == "page"]
                async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    browser = Browser(socket)
                    listening = asyncio.create_task(browser.listen())
                    for domain in ("Page", "Network", "Runtime", "Log"):
                        await browser.ask(f"{domain}.enable")
                    yield browser
                    listening.cancel()
            silencing.cancel()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _port(stderr: asyncio.StreamReader) -> int:
    output = ""
    async with asyncio.timeout(PATIENCE):
        while line := (await stderr.readline()).decode(errors="replace"):
            output += line
            if line.startswith("DevTools listening on "):
                return int(line.split(":")[2].partition("/")[0])
    raise AssertionError(f"the browser does not start:\n{output}")


def keep(view: View, name: str) -> None:
    """Keep the picture of a page where `SCREENSHOTS` names a directory."""
    if directory := os.environ.get("SCREENSHOTS"):
        Path(directory, f"{name}.png").write_bytes(view.screenshot)
