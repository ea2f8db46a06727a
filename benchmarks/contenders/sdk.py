"""The vendor's SDK as a contender, used as its examples show it: page after page.

Connections are kept alive, which is not its default but faster. It does not retry, so a request that is throttled
ends the reading.
"""

from __future__ import annotations

import sys
from typing import Any

from tencentcloud.ccc.v20200210 import ccc_client, models
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from benchmarks.cells import APPLICATION, PAGE_SIZE
from benchmarks.contenders.reader import serve
from benchmarks.truth import Reading
from exporter.emulator.options import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY


def main() -> None:
    """Read the list of the emulator at a URL whenever a line comes."""
    http = HttpProfile(protocol="http", endpoint=sys.argv[1].removeprefix("http://"), keepAlive=True)
    credential = Credential(DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY)
    client = ccc_client.CccClient(credential, "", ClientProfile(httpProfile=http))
    serve(lambda: _read(client))


def _read(client: Any) -> Reading:
    ids: list[str] = []
    offset, total = 0, 1
    try:
        while offset < total:
            request = models.DescribePSTNActiveSessionListRequest()
            request.SdkAppId, request.Offset, request.Limit = APPLICATION, offset, PAGE_SIZE
            page = client.DescribePSTNActiveSessionList(request)
            ids += (session.SessionID for session in page.Sessions)
            offset, total = offset + PAGE_SIZE, page.Total
    except TencentCloudSDKException as error:
        return Reading(ids=[], failure=str(error.get_code()))
    return Reading(ids=ids)


if __name__ == "__main__":
    main()
