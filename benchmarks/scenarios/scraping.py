"""Scrapes as Prometheus sends them, and what they say."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

import aiohttp

TIMEOUT = 10.0
"""Prometheus's own default for `scrape_timeout`, in seconds."""

_HEADERS = {"Accept": "text/plain;version=0.0.4", "X-Prometheus-Scrape-Timeout-Seconds": str(TIMEOUT)}


@dataclass(frozen=True, slots=True)
class Scrape:
    """An answered scrape: its HTTP status, its exposition, when it began (Unix seconds) and how long it took."""

    status: int
    exposition: str
    began: float
    seconds: float

    def values(self, name: str) -> list[float]:
        """Return the values of all series of a metric."""
        return [float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.exposition, re.MULTILINE)]

    @property
    def is_up(self) -> bool:
        """Whether it shows every application's sessions."""
        up = self.values("tccc_up")
        return self.status == 200 and bool(up) and all(up)

    @property
    def is_proven(self) -> bool:
        """Whether every snapshot shown is proven."""
        complete = self.values("tccc_snapshot_complete")
        return bool(complete) and all(complete)

    @property
    def is_fresh(self) -> bool:
        """Whether every snapshot shown was finished after the scrape began."""
        finished = self.values("tccc_snapshot_timestamp_seconds")
        return bool(finished) and min(finished) >= self.began


async def scrape(session: aiohttp.ClientSession, url: str) -> Scrape:
    """Scrape once."""
    began, started = time.time(), time.perf_counter()
    async with session.get(url, headers=_HEADERS) as response:
        body = await response.read()
        return Scrape(response.status, body.decode(), began, time.perf_counter() - started)


async def scrape_together(url: str, scrapes: int) -> list[Scrape]:
    """Scrape so many times at once, each over a connection of its own."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        return await asyncio.gather(*(scrape(session, url) for _ in range(scrapes)))
