"""The vendor's SDK as a contender, used as its examples show it: page after page, or with a pool of threads.

Connections are kept alive, which is not its default and the faster way. It does not retry, so a request that is
throttled ends the reading.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from tencentcloud.ccc.v20200210 import ccc_client, models
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from benchmarks.cells import APPLICATION, PAGE_SIZE
from benchmarks.contenders.reader import Read, serve
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY

THREADS = 20

Fetch = Callable[[int], Any]


def main() -> None:
    """Read the list of the emulator at a URL, `serial` or with `threads`, whenever a line comes."""
    url, way = sys.argv[1:]
    fetch = page_fetcher(url)
    if way == "serial":
        serve(lambda: _told(lambda: serial(fetch)))
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            serve(lambda: _told(lambda: threaded(fetch, pool)))


def page_fetcher(url: str) -> Fetch:
    """Return a function that fetches the page at an offset, with a client for every thread."""
    local = threading.local()

    def fetch(offset: int) -> Any:
        if not hasattr(local, "client"):
            local.client = _client(url)
        request = models.DescribePSTNActiveSessionListRequest()
        request.SdkAppId, request.Offset, request.Limit = APPLICATION, offset, PAGE_SIZE
        return local.client.DescribePSTNActiveSessionList(request)

    return fetch


def serial(fetch: Fetch) -> list[str]:
    """Read page after page up to the total."""
    ids: list[str] = []
    offset, total = 0, 1
    while offset < total:
        page = fetch(offset)
        ids += (session.SessionID for session in page.Sessions)
        offset, total = offset + PAGE_SIZE, page.Total
    return ids


def threaded(fetch: Fetch, pool: ThreadPoolExecutor) -> list[str]:
    """Read the first page, and then all that its total calls for at once."""
    first = fetch(0)
    futures = [pool.submit(fetch, offset) for offset in range(PAGE_SIZE, first.Total, PAGE_SIZE)]
    try:
        pages = [first, *(future.result() for future in futures)]
    finally:
        # As a pool does that is left because of an error: what has not begun is dropped, the rest is waited for.
        for future in futures:
            future.cancel()
        wait(futures)
    return [session.SessionID for page in pages for session in page.Sessions]


def _told(read: Callable[[], list[str]]) -> Read:
    try:
        return Read(ids=read())
    except TencentCloudSDKException as error:
        return Read(ids=[], failure=str(error.get_code()))


def _client(url: str) -> Any:
    http = HttpProfile(protocol="http", endpoint=url.removeprefix("http://"), keepAlive=True)
    return ccc_client.CccClient(Credential(DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY), "", ClientProfile(httpProfile=http))


if __name__ == "__main__":
    main()
