"""Scrape an exporter ten times a second while the API fails and the configuration changes, and tell how it bore that.

Faults come in rounds, each of which has every fault once. The memory that the process has after the first round, of a
minute (or a third of a shorter time), is what it must do with from there on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import Counter
from pathlib import Path
from random import Random

import aiohttp

from exporter.emulator.faults import FaultName
from exporter.emulator.server import Emulator, EmulatorOptions
from tests.processes import EXPORTER, MOST_SECONDS_TO_END
from tests.soak.scraping import scrape

SCRAPES_A_SECOND = 10
MOST_GROWTH = 0.05
"""Of the memory after the first round."""
GIVE_BACK = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
"""Have glibc give free memory back at once (mallopt(3)). It keeps some 15 MiB of a huge answer's else, in one run and
not in the next, beside which no leak could be told.
"""
MOST_LATE = 0.02
"""Of all scrapes: a machine that others use stands still for a second now and then."""
FAULTS = (*FaultName, "AuthFailure.SignatureExpire", "ResourceNotFound", None, None)
RECOVERY = 90
"""Seconds after the last fault in which both applications must be up again."""
CONFIGS = ("as ever", "without sales", "with emails", "wrong")
UNHANDLED = re.compile(r"Traceback|internal error|never retrieved|never awaited|Unclosed|level=critical")


def config(kind: str, endpoint: str, random: Random) -> str:
    sales = "" if kind == "without sales" else "      - {sdk_app_id: 1400000002, name: sales}\n"
    emails = ", staff_email" if kind == "with emails" else ""
    return f"""\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: emulator-secret}}
    endpoint: {endpoint}
    requests_per_second: {0 if kind == "wrong" else random.randint(10, 30)}
    applications:
{sales}      - sdk_app_id: 1400000001
        name: support
        thresholds: [{{signal: active_sessions, severity: critical, above: {random.randint(1, 100)}}}]
# More than needed is kept back, for a busy machine.
collection: {{timeout_offset: 1s}}
staff: {{labels: [staff_number{emails}]}}
"""


class Soak:
    """One run: what was seen, and in `problems` what should not have been."""

    def __init__(self, seconds: float, random: Random, emulator: Emulator, path: Path) -> None:
        self.seconds = seconds
        self.round = min(60.0, seconds / 3)
        self.problems: Counter[str] = Counter()
        self.scrapes: list[float] = []
        self.memory: list[tuple[float, int]] = []
        self.lines = self.reloads = self.late = 0
        self._random, self._emulator, self._path = random, emulator, path

    async def run(self) -> None:
        self._path.write_text(config("as ever", self._emulator.url, self._random))
        command = (*EXPORTER, f"--config.file={self._path}", "--web.listen-address=127.0.0.1:0")
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=os.environ | GIVE_BACK)
        try:
            await self._watch(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _watch(self, process: Process) -> None:
        assert process.stdout is not None
        while not (listening := re.search(rb"msg=listening .*(127\.0\.0\.1:\d+)", await process.stdout.readline())):
            pass
        log = asyncio.create_task(self._read_log(process.stdout))
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(f"http://{listening[1].decode()}", connector=connector) as session:
            disturbance = asyncio.create_task(self._disturb(process))
            await self._scrape_at_pace(session, process.pid)
            disturbance.cancel()
            await asyncio.wait([disturbance])
            self._emulator.set_faults()
            self._reload(process, "as ever")
            await self._see_it_recover(session)
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = await process.wait()
        if (took := time.monotonic() - asked) > MOST_SECONDS_TO_END or code != 0:
            self.problems[f"it ended with code {code} after {took:.1f} s"] += 1
        await log

    async def _read_log(self, log: asyncio.StreamReader) -> None:
        async for line in log:
            self.lines += 1
            if UNHANDLED.search(text := line.decode()):
                self.problems[f"logged: {text.rstrip()}"] += 1

    async def _disturb(self, process: Process) -> None:
        """Go through the faults, each in its turn of a round, and reload between two of them now and then."""
        while True:
            for fault in self._random.sample(FAULTS, len(FAULTS)):
                self._emulator.set_faults(*([] if fault is None else [f"{fault}:{self._random.choice([0.2, 0.6, 1])}"]))
                await asyncio.sleep(self.round / len(FAULTS))
                if self._random.random() < 0.5:
                    self._reload(process, self._random.choice(CONFIGS))

    def _reload(self, process: Process, kind: str) -> None:
        self._path.write_text(config(kind, self._emulator.url, self._random))
        process.send_signal(signal.SIGHUP)
        self.reloads += 1

    async def _scrape_at_pace(self, session: aiohttp.ClientSession, pid: int) -> None:
        """Begin a scrape every tenth of a second, whatever became of those before."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as scrapes:
            for number in range(int(self.seconds * SCRAPES_A_SECOND)):
                await asyncio.sleep(began + number / SCRAPES_A_SECOND - time.monotonic())
                scrapes.create_task(self._scrape(session))
                status = Path(f"/proc/{pid}/status").read_text()
                self.memory.append((time.monotonic() - began, int(status.partition("VmRSS:")[2].split()[0])))

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        scraped = await scrape(session, self._random)
        self.scrapes.append(scraped.seconds)
        self.late += scraped.is_late
        if scraped.problem:
            self.problems[scraped.problem] += 1

    async def _see_it_recover(self, session: aiohttp.ClientSession) -> None:
        up = {f'tccc_up{{application="{name}"}} 1.0' for name in ("support", "sales")}
        for _ in range(RECOVERY):
            await asyncio.sleep(1)
            async with session.get("/metrics") as answer:
                if up <= set((await answer.text()).splitlines()):
                    return
        self.problems["it did not recover"] += 1

    def growth(self) -> float:
        """Return by what part of it the memory has grown since the first round, by medians of a tenth of the time."""
        stretch = self.seconds / 10
        first = [memory for when, memory in self.memory if self.round <= when < self.round + stretch]
        last = [memory for when, memory in self.memory if when >= self.seconds - stretch]
        return statistics.median(last) / statistics.median(first) - 1


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.soak")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long it takes (600)")
    parser.add_argument("--seed", type=int, default=0, help="of what is random (0)")
    flags = parser.parse_args()
    options = EmulatorOptions(applications=(1400000001, 1400000002), seed=flags.seed, latency=0.05, jitter=0.03)
    with tempfile.TemporaryDirectory() as directory:
        async with Emulator(options) as emulator:
            soak = Soak(flags.seconds, Random(flags.seed), emulator, Path(directory, "config.yaml"))
            await soak.run()
    if (growth := soak.growth()) > MOST_GROWTH:
        soak.problems[f"the memory grew by {growth:.1%}"] += 1
    if soak.late > MOST_LATE * len(soak.scrapes):
        soak.problems[f"{soak.late} scrapes came too late"] += 1
    print(
        f"{len(soak.scrapes)} scrapes, median {statistics.median(soak.scrapes):.3f} s, "
        f"slowest {max(soak.scrapes):.3f} s, {soak.late} too late; {soak.reloads} reloads; {soak.lines} lines of log; "
        f"memory {soak.memory[-1][1] / 1024:.1f} MiB, grown by {growth:+.1%}"
    )
    for problem, times in soak.problems.most_common():
        print(f"{times} times: {problem}")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
