from __future__ import annotations

import aiohttp

from benchmarks.many_accounts import light_emulator


async def test_the_light_emulator_pages_and_limits_the_rate_of_each_application() -> None:
    async with light_emulator([1, 2], 60, 0.001) as url, aiohttp.ClientSession() as session:

        async def page(application: int, offset: int) -> dict[str, object]:
            body = {"SdkAppId": application, "Offset": offset, "Limit": 25}
            async with session.post(url, json=body) as response:
                answer = await response.json(content_type=None)
                found: dict[str, object] = answer["Response"]
                return found

        pages = [await page(1, 0), await page(1, 25)]
        ids = [session["SessionID"] for one in pages for session in one["Sessions"]]  # type: ignore[attr-defined]
        assert len(set(ids)) == 50
        for _ in range(18):
            await page(1, 0)
        assert (await page(1, 0))["Error"] == {"Code": "RequestLimitExceeded", "Message": "too many requests"}
        assert "Error" not in await page(2, 0)
