"""How long scrapes of hundreds of applications keep everything else waiting."""

from __future__ import annotations

import asyncio
import gc
import gzip
import time
import zlib

from exporter.collection import Reading
from exporter.collectors import SessionCollector
from exporter.config.schema import Account, Application, CollectionSettings, CollectorSettings, Config
from exporter.service import Exporter
from exporter.sessions.model import Session, Snapshot
from exporter.web.address import Address
from exporter.web.rendering import GZIP_LEVEL
from exporter.web.server import Server
from tests.web.raw import Served

APPLICATIONS = 300
SCRAPES = 40
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"


def exporter_of_many() -> Exporter:
    """An exporter whose applications have all just been read."""
    applications = tuple(Application(sdk_app_id=number + 1, name=f"app-{number}") for number in range(APPLICATIONS))
    collection = CollectionSettings(min_interval=3600.0)
    collectors = CollectorSettings(inbound=False, staff=False)
    accounts = (Account(name="main", applications=applications),)
    config = Config(accounts=accounts, collectors=collectors, collection=collection)
    exporter = Exporter(config, environment={})
    now = time.time()
    sessions = tuple(
        Session(f"{number}", "inProgress", "inbound", now - number, now - number, str(1000 + number))
        for number in range(50)
    )
    for one in exporter.applications:
        snapshot = Snapshot(
            sessions=sessions, total=50, complete=True, requests=3, server_time=now, finished=now, at=0.0, duration=0.1
        )
        assert isinstance(one.sessions.collector, SessionCollector)
        observation = one.sessions.collector.metrics.observe(snapshot)
        reading = Reading(observation, now, asyncio.get_running_loop().time(), "50 sessions")
        one.sessions.outcome = one.sessions.last_success = reading
    return exporter


async def longest_step(until: asyncio.Future[list[bytes | None]]) -> float:
    """Return the most CPU seconds that the event loop has used in one go."""
    longest, last = 0.0, time.thread_time()
    while not until.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    return longest


async def test_many_scrapes_at_once_block_the_loop_for_hardly_longer_than_one() -> None:
    async with exporter_of_many() as exporter:
        server = Server(exporter)
        await server.listen([Address("127.0.0.1", 0)])
        served = Served(exporter, server, int(server.addresses[0].rpartition(":")[2]))
        gc.collect()
        gc.disable()
        try:
            scrapes = asyncio.gather(*(served.ask(SCRAPE) for _ in range(SCRAPES)))
            longest = await longest_step(scrapes)
        finally:
            gc.enable()
            await server.close()
    pages = [gzip.decompress(answer.partition(b"\r\n\r\n")[2]) for answer in scrapes.result() if answer]
    assert len(pages) == SCRAPES
    assert all(page.count(b"\ntccc_up{") == APPLICATIONS for page in pages)
    began = time.thread_time()
    zlib.compress(pages[0], GZIP_LEVEL)
    assert longest < 8 * (time.thread_time() - began)
