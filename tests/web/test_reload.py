"""`/-/reload` over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from exporter.reload import Reloader
from exporter.web.application import make_application
from tests.test_apply import exposed
from tests.test_reload import Scene, scene

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def lifecycle(path: Path, *, enabled: bool = True) -> AsyncIterator[tuple[Scene, Client]]:
    async with scene(path) as one:
        reloader: Reloader | None = one.reloader if enabled else None
        async with TestClient(TestServer(make_application(one.exporter, reloader=reloader))) as client:
            yield one, client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_changed_file_is_in_force_once_it_is_answered(method: str, path: Path) -> None:
    async with lifecycle(path) as (one, client):
        one.write(above=90)
        async with client.request(method, "/-/reload", data=b"x" * 1000) as response:
            assert response.status == 200
            assert await response.text() == f"{path}: reloaded, accounts: 1, applications: 1, thresholds: 1\n"
        assert await one.threshold() == 90


async def test_a_bad_file_is_told_with_every_problem(path: Path) -> None:
    async with lifecycle(path) as (one, client):
        path.write_text("accounts: []\nstaf: {}\n")
        with capture_logs():
            async with client.post("/-/reload") as response:
                assert response.status == 500
                lines = (await response.text()).splitlines()
        assert [line.rpartition("config.yaml:")[2][:2] for line in lines] == ["1:", "2:"]
        assert await one.threshold() == 80
        assert "tccc_exporter_config_last_reload_successful 0.0" in await exposed(one.exporter)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_without_the_flag_it_is_refused_and_says_why(method: str, path: Path) -> None:
    async with lifecycle(path, enabled=False) as (one, client):
        one.write(above=90)
        async with client.request(method, "/-/reload") as response:
            assert response.status == 403
            assert "--web.enable-lifecycle" in await response.text()
        assert await one.threshold() == 80


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
async def test_other_methods_do_not_reload(method: str, enabled: bool, path: Path) -> None:
    async with lifecycle(path, enabled=enabled) as (one, client):
        one.write(above=90)
        async with client.request(method, "/-/reload") as response:
            assert response.status == 405
            assert response.headers["Allow"] == "POST,PUT"
        assert await one.threshold() == 80


async def test_what_is_gone_is_on_no_page_from_then_on(path: Path) -> None:
    """The pages rendered before are kept for those who are shown the same."""
    async with lifecycle(path) as (one, client):
        for accept in ("text/plain", "application/openmetrics-text;version=1.0.0"):
            one.write(name="support")
            await client.post("/-/reload")
            for name, gone in (("support", "hotline"), ("hotline", "support")):
                one.write(name=name)
                await client.post("/-/reload")
                for page in ("/metrics", "/metrics?name[]=tccc_up", "/"):
                    async with client.get(page, headers={"Accept": accept}) as response:
                        text = await response.text()
                    assert f'"{name}"' in text or f">{name}<" in text
                    assert f'"{gone}"' not in text
                    assert f">{gone}<" not in text


async def test_the_time_out_of_now_counts(path: Path) -> None:
    async with lifecycle(path) as (one, client):
        one.write(more="collection: {timeout: 3s, timeout_offset: 100ms}\n")
        await client.post("/-/reload")
        for headers, budget in (({}, 3.0), ({"X-Prometheus-Scrape-Timeout-Seconds": "5"}, 4.9)):
            async with client.get("/metrics", headers=headers) as response:
                assert f"tccc_scrape_timeout_seconds {budget}\n" in await response.text()


async def test_a_file_whose_name_is_no_unicode(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"config-\xff.yaml")
    async with lifecycle(path) as (_, client):
        for content, status in ((None, 200), ("accounts: []", 500)):
            if content is not None:
                path.write_text(content)
            async with client.post("/-/reload") as response:
                assert response.status == status
                assert "config-?.yaml" in await response.text()
