"""Ten thousand wrong passwords, all different, against an exporter whose hashes have the cost that Go's have."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.clients import connected, memory
from tests.processes import EXPORTER, running, start_exporter
from tests.web.raw import RawClient
from tests.web.secured import hashed, request

pytestmark = pytest.mark.end_to_end

PASSWORDS = 10_000
CONNECTIONS = 50
SCRAPES = 100
PAUSE = 0.02
"""Seconds between two scrapes."""
MOST_SLOWER = 10.0
"""How many times as long scrapes may take. It is less than two on a machine that does nothing else."""
MOST_MEMORY = 16 * 1024 * 1024
"""Bytes by which the process may grow."""


async def scrape(client: RawClient) -> float:
    """Return the seconds that a scrape by somebody with the right password takes."""
    began = time.perf_counter()
    client.send(request("/metrics", login="alice:secret"))
    answer = await client.answer()
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 200 ")
    return time.perf_counter() - began


async def try_passwords(port: int, passwords: Iterator[int], statuses: Counter[int]) -> None:
    async with connected(port) as client:
        for number in passwords:
            client.send(request("/metrics", login=f"alice:wrong {number}"))
            answer = await client.answer()
            assert answer is not None
            statuses[int(answer.split()[1])] += 1


async def test_wrong_passwords_do_not_hold_up_scrapes(tmp_path: Path) -> None:
    web = tmp_path / "web.yml"
    web.write_text(f"basic_auth_users: {{alice: {hashed('secret', cost=10)}}}\n")
    command = (*EXPORTER, "--demo", f"--web.config.file={web}", "--web.listen-address=127.0.0.1:0")
    with running(*command) as process:
        port = int(start_exporter(process).rpartition(":")[2])
        process.wait_for("To stop: Ctrl-C")
        async with connected(port) as good:
            await scrape(good)
            undisturbed = []
            for _ in range(SCRAPES):
                undisturbed.append(await scrape(good))
                await asyncio.sleep(PAUSE)
            before = memory(process.pid)

            statuses: Counter[int] = Counter()
            passwords = iter(range(PASSWORDS))
            disturbed = []
            async with asyncio.TaskGroup() as group:
                attack = [group.create_task(try_passwords(port, passwords, statuses)) for _ in range(CONNECTIONS)]
                while not all(one.done() for one in attack):
                    disturbed.append(await scrape(good))
                    await asyncio.sleep(PAUSE)

        assert set(statuses) == {401, 429}
        assert statuses.total() == PASSWORDS
        assert memory(process.pid) - before < MOST_MEMORY
        ratio = statistics.median(disturbed) / statistics.median(undisturbed)
        print(f"scrapes take {ratio:.2f} times as long")
        assert ratio < MOST_SLOWER
