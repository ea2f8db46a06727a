"""The files as they are now, and what the log says of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from exporter import internal_errors
from exporter.web.config import live
from exporter.web.config.live import LiveWebConfig
from exporter.yamlconf.problems import ConfigurationError
from tests.web.config.certificates import server

PAIR = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"


@pytest.fixture
async def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveWebConfig]:
    monkeypatch.setattr(live, "PATIENCE", 0.0)
    server().write(tmp_path, "server")
    (tmp_path / "web.yml").write_text(PAIR)
    config = LiveWebConfig(tmp_path / "web.yml")
    config.log_outcome(config.last_good)
    yield config
    config.close()


async def test_what_has_not_changed_is_the_same_object(config: LiveWebConfig, tmp_path: Path) -> None:
    """Sessions of TLS go on only within one context."""
    first = await config.current()
    (tmp_path / "web.yml").write_text(PAIR)
    assert await config.current() is first
    (tmp_path / "web.yml").write_text(PAIR + "basic_auth_users: {}\n")
    assert await config.current() is not first


async def test_many_at_once_share_a_check(config: LiveWebConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = 0
    check = config._check

    def counted() -> None:
        nonlocal checks
        checks += 1
        check()

    monkeypatch.setattr(config, "_check", counted)
    await asyncio.gather(*(config.current() for _ in range(100)))
    assert checks == 1
    await config.current()
    assert checks == 2


async def test_who_comes_while_a_check_is_under_way_waits_for_the_next(
    config: LiveWebConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go = threading.Semaphore(0), threading.Semaphore(0)
    check = config._check

    def held() -> None:
        check()
        began.release()
        go.acquire()

    monkeypatch.setattr(config, "_check", held)
    first = asyncio.create_task(config.current())
    await asyncio.to_thread(began.acquire)
    (tmp_path / "web.yml").write_text("{}\n")
    second = asyncio.create_task(config.current())
    go.release(2)
    assert (await second).tls is None
    assert first.done()


async def test_a_file_system_that_does_not_answer(config: LiveWebConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LONGEST_CHECK", 0.05)
    go = threading.Event()
    monkeypatch.setattr(config, "_check", go.wait)
    for _ in range(2):
        with pytest.raises(ConfigurationError) as caught:
            await config.current()
        assert str(caught.value).endswith("web.yml: cannot be read within 0.05 s")
    go.set()
    monkeypatch.setattr(live, "LONGEST_CHECK", 5.0)
    assert (await config.current()).tls is not None


async def test_what_is_wrong_is_told_again_every_ten_minutes(
    config: LiveWebConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web.yml").write_text("users: {}\n")
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            with pytest.raises(ConfigurationError):
                await config.current()
        assert len(logs) == 1
        monkeypatch.setattr(internal_errors, "INTERVAL", 0.0)
        with pytest.raises(ConfigurationError):
            await config.current()
        assert [log["event"] for log in logs] == ["web configuration cannot be used, nobody is let in"] * 2
        (tmp_path / "web.yml").write_text(PAIR)
        await config.current()
        await config.current()
    assert [log["event"] for log in logs[2:]] == ["web configuration loaded"]


async def test_what_is_not_done_as_it_says_is_told_once(config: LiveWebConfig, tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        for content in ("http_server_config: {http2: true}\n", PAIR, "http_server_config: {http2: true}\n"):
            (tmp_path / "web.yml").write_text(content)
            await config.current()
    assert [log["note"] for log in logs if "note" in log] == [
        "http2: HTTP/1.1 is served, which every client of HTTP/2 speaks too"
    ]
