"""One scrape of the soak test, of a random path in a random format, and what it must be like."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random

import aiohttp

PATHS = ("/metrics", "/metrics?collect[]=sessions", "/metrics?collect[]=exporter", "/probe?target=support")
FORMATS = {
    "": "text/plain; version=0.0.4",
    "text/plain;version=1.0.0": "text/plain; version=1.0.0",
    "application/openmetrics-text;version=1.0.0,text/plain;q=0.5": "application/openmetrics-text; version=1.0.0",
}
BUDGETS = (3, 5, 10)
"""Seconds that a scrape may take."""
PATIENCE = 10
"""Seconds that a client waits beyond them."""


@dataclass(frozen=True)
class Scraped:
    """What came of a scrape: its seconds, whether it came too late, and what is wrong with it, nothing for nothing."""

    seconds: float
    is_late: bool
    problem: str


async def scrape(session: aiohttp.ClientSession, random: Random) -> Scraped:
    path, budget = random.choice(PATHS), random.choice(BUDGETS)
    accept, encoding = random.choice(list(FORMATS)), random.choice(["gzip", "identity"])
    headers = {"Accept": accept, "Accept-Encoding": encoding, "X-Prometheus-Scrape-Timeout-Seconds": str(budget)}
    began, problem = time.monotonic(), ""
    try:
        async with session.get(path, headers=headers, timeout=aiohttp.ClientTimeout(total=budget + PATIENCE)) as answer:
            body = await answer.text()
            assert answer.status == 200, f"status {answer.status}"
            assert answer.headers["Content-Type"].startswith(FORMATS[accept]), answer.headers["Content-Type"]
            assert answer.headers.get("Content-Encoding", "identity") == encoding, "the encoding"
            assert body.endswith("# EOF\n") == ("openmetrics" in accept), "the end"
            expected = "tccc_exporter_build_info" if "exporter" in path else 'tccc_up{application="support"}'
            assert expected in body, f"no {expected}"
    except (AssertionError, aiohttp.ClientError, TimeoutError) as error:
        problem = f"{path} within {budget} s: {type(error).__name__} {error}"
    seconds = time.monotonic() - began
    return Scraped(seconds, seconds > budget, problem)
