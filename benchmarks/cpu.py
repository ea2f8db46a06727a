"""CPU time of a scrape, beside that of the vendor's SDK reading the same pages in a serial loop.

The emulator runs in a process of its own, answers without latency and limits no rate, so nobody sleeps. A scrape is the
whole of it: the HTTP request, the pages, the metrics, the exposition.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.document import Section, Table
from benchmarks.processes import APPLICATION, SECRET_ID, SECRET_KEY, running_emulator, running_exporter

ROUNDS = 40
WARM_UP = 5
REPETITIONS = 5

_TEXT = """
CPU milliseconds of a scrape over HTTP, its exposition included, without latency or rate limit, beside those of the SDK
reading the same pages in a serial loop, and the share of the one in the other. In brackets: the SDK with keep-alive.
"""

_SDK = """
import json, sys, time
from tencentcloud.ccc.v20200210 import ccc_client, models
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

host, key_id, key, application, rounds, warm_up, keep_alive = sys.argv[1:]
http = HttpProfile(protocol="http", endpoint=host, keepAlive=keep_alive == "yes")
client = ccc_client.CccClient(credential.Credential(key_id, key), "", ClientProfile(httpProfile=http))

def read():
    pages, sessions, total = 0, 0, 1
    while sessions < total:
        request = models.DescribePSTNActiveSessionListRequest()
        request.SdkAppId, request.Offset, request.Limit = int(application), sessions, 25
        response = client.DescribePSTNActiveSessionList(request)
        pages, sessions, total = pages + 1, sessions + len(response.Sessions), response.Total
    return pages, sessions

for _ in range(int(warm_up)):
    read()
started = time.process_time()
for _ in range(int(rounds)):
    pages, sessions = read()
print(json.dumps([time.process_time() - started, pages, sessions]))
"""


def section() -> Section:
    """Measure, and return the table."""
    sizes: tuple[tuple[int, Sequence[str]], ...] = ((500, ()), (500, ("staff_number",)), (590, ("staff_number",)))
    columns = ("sessions", "staff series", "pages", "SDK", "exporter", "share")
    return Section("CPU of a scrape", _TEXT, Table(columns, [_measure(*size) for size in sizes]))


def _measure(sessions: int, labels: Sequence[str]) -> tuple[object, ...]:
    """Both take turns, and the medians count, because a noisy machine is noisy in stretches."""
    plain, kept, own = [], [], []
    with running_emulator(sessions) as endpoint:
        for _ in range(REPETITIONS):
            milliseconds, pages, count = _sdk(endpoint, keep_alive=False)
            plain.append(milliseconds)
            kept.append(_sdk(endpoint, keep_alive=True)[0])
            milliseconds, series = _exporter(endpoint, labels)
            own.append(milliseconds)
    return (
        count,
        series,
        pages,
        f"{median(plain):.1f} ({median(kept):.1f})",
        f"{median(own):.1f}",
        f"{median(own) / median(plain):.2f} ({median(own) / median(kept):.2f})",
    )


def _sdk(endpoint: str, *, keep_alive: bool) -> tuple[float, int, int]:
    host = endpoint.removeprefix("http://")
    arguments = [
        host,
        SECRET_ID,
        SECRET_KEY,
        str(APPLICATION),
        str(ROUNDS),
        str(WARM_UP),
        "yes" if keep_alive else "no",
    ]
    output = subprocess.run([sys.executable, "-c", _SDK, *arguments], capture_output=True, check=True).stdout
    seconds, pages, sessions = json.loads(output)
    return seconds / ROUNDS * 1000, pages, sessions


def _exporter(endpoint: str, labels: Sequence[str]) -> tuple[float, int]:
    with running_exporter(endpoint, labels) as exporter:
        for _ in range(WARM_UP):
            exposition = exporter.scrape()
        before = exporter.cpu_seconds()
        for _ in range(ROUNDS):
            exposition = exporter.scrape()
        seconds = exporter.cpu_seconds() - before
    assert 'tccc_up{application="bench"} 1.0' in exposition
    return seconds / ROUNDS * 1000, exposition.count("\ntccc_staff_sessions{")
