from __future__ import annotations

import math

import pytest
import structlog

from exporter.collection import ApplicationCollection, Failure
from exporter.config.schema import Account, Application, Config
from exporter.service import Exporter
from exporter.tencent.errors import TencentError
from exporter.web.landing import landing_page

ACCOUNTS = (Account(name="main", applications=(Application(sdk_app_id=1, name="one"), Application(sdk_app_id=2))),)


class UnspeakableError(TencentError):
    def __str__(self) -> str:
        raise ZeroDivisionError


async def test_what_one_application_raises_is_its_own_trouble() -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        exporter.collections[0].last_failure = Failure(UnspeakableError("timeout", "late"), 0.0, None)
        with structlog.testing.capture_logs() as logs:
            pages = [landing_page(exporter, "/metrics") for _ in range(3)]
    assert all('<td class="failing">internal error, see the log</td>' in page for page in pages)
    assert all(page.count("no answer yet") == 1 for page in pages)
    assert [log["application"] for log in logs] == ["one"]


@pytest.mark.parametrize("error", [RecursionError, MemoryError, UnicodeError, KeyError])
async def test_whatever_it_raises(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_collection: ApplicationCollection) -> None:
        raise error

    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        monkeypatch.setattr(ApplicationCollection, "shown", property(broken))
        assert landing_page(exporter, "/metrics").count("<tr>") == 3


@pytest.mark.parametrize("timestamp", [0.0, -1e10, 1e11, 1e15, 1e300, -1e300, math.inf, math.nan])
async def test_any_time_can_be_shown(timestamp: float) -> None:
    async with Exporter(Config(accounts=ACCOUNTS), environment={}) as exporter:
        exporter.collections[0].last_failure = Failure(TencentError("timeout", "late"), timestamp, None)
        page = landing_page(exporter, "/metrics")
    assert "late" in page
    assert "internal error" not in page
