"""Reloading: from a file that has changed to an exporter that runs by it, or by the one before."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from exporter.advice import ACTIONS
from exporter.config.loading import load
from exporter.config.schema import Config
from exporter.emulator.server import Emulator
from exporter.reload import MOST_LOGGED, Reloader
from exporter.service import Exporter
from tests.emulated import exporter_for, running_emulator
from tests.test_apply import exposed, is_there, tasks, until, values

SUCCESSFUL = "tccc_exporter_config_last_reload_successful"
TIMESTAMP = "tccc_exporter_config_last_reload_success_timestamp_seconds"


@dataclass
class Scene:
    """An exporter that runs by a file."""

    emulator: Emulator
    path: Path
    exporter: Exporter
    reloader: Reloader

    def content(self, *, above: int = 80, name: str = "support", more: str = "") -> str:
        return f"""\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: emulator-secret}}
    endpoint: {self.emulator.url}
    requests_per_second: 1000
    applications:
      - sdk_app_id: 1400000001
        name: {name}
        thresholds: [{{signal: active_sessions, severity: warning, above: {above}}}]
{more}"""

    def write(self, **changes: object) -> None:
        self.path.write_text(self.content(**changes))  # type: ignore[arg-type]

    async def threshold(self) -> float:
        return values(await exposed(self.exporter), "tccc_alert_threshold").popitem()[1]

    async def metrics(self) -> tuple[float, float]:
        """Return whether the last reload succeeded, and when one last did."""
        lines = await exposed(self.exporter)
        return values(lines, f"{SUCCESSFUL} ").popitem()[1], values(lines, f"{TIMESTAMP} ").popitem()[1]


@asynccontextmanager
async def scene(path: Path) -> AsyncIterator[Scene]:
    async with running_emulator() as emulator:
        new = Scene(emulator, path, None, None)  # type: ignore[arg-type]
        new.write()
        async with (
            exporter_for(emulator, config=load(path)) as exporter,
            Reloader(exporter, str(path), str(path)) as one,
        ):
            new.exporter, new.reloader = exporter, one
            yield new
            await until(lambda: tasks() == 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


async def test_a_changed_file_is_in_force_after_a_reload(path: Path) -> None:
    async with scene(path) as one:
        assert await one.threshold() == 80
        _, loaded = await one.metrics()
        one.write(above=90)
        assert await one.threshold() == 80
        with capture_logs() as logs:
            reload = await one.reloader.reload()
        assert (reload.succeeded, reload.text) == (
            True,
            f"{path}: reloaded, accounts: 1, applications: 1, thresholds: 1",
        )
        assert [log["event"] for log in logs] == ["configuration reloaded"]
        assert await one.threshold() == 90
        successful, reloaded = await one.metrics()
        assert successful == 1
        assert reloaded > loaded


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("accounts: []\nstaf: {}\n", [":1: accounts: found an empty list", ":2: found the unknown key staf"]),
        ("", [": is empty"]),
        ("accounts: [", [":2: found something else in place of a value"]),
        (None, [": cannot be read: No such file or directory"]),
    ],
)
async def test_a_bad_file_changes_nothing_and_every_problem_is_told(
    path: Path, content: str | None, problems: list[str]
) -> None:
    async with scene(path) as one:
        before = one.exporter.config, one.exporter.applications
        _, loaded = await one.metrics()
        if content is None:
            path.unlink()
        else:
            path.write_text(content)
        with capture_logs() as logs:
            reload = await one.reloader.reload()
        assert not reload.succeeded
        told = reload.text.splitlines()
        assert len(told) == len(problems)
        for line, problem in zip(told, problems, strict=True):
            assert line.startswith(f"{path}{problem}")
        assert [log["problem"] for log in logs[:-1]] == told
        assert logs[-1]["problems"] == len(problems)
        assert {log["log_level"] for log in logs} == {"error"}
        assert (one.exporter.config, one.exporter.applications) == before
        assert await one.metrics() == (0.0, loaded)
        one.write(above=70)
        assert (await one.reloader.reload()).succeeded
        assert (await one.metrics())[0] == 1.0
        assert await one.threshold() == 70


async def test_a_file_of_many_problems_fills_no_log(path: Path) -> None:
    async with scene(path) as one:
        path.write_text("".join(f"unknown_{number}: 1\n" for number in range(500)))
        with capture_logs() as logs:
            reload = await one.reloader.reload()
        assert len(reload.text.splitlines()) >= 500
        assert len(logs) == MOST_LOGGED + 1


async def test_what_the_environment_adds_is_checked_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(path) as one:
        more = "  - {name: other, endpoint: 'https://a.example', applications: [{sdk_app_id: 7}]}\n"
        one.write(more=more)
        monkeypatch.setenv("https_proxy", "socks5://user:hush@proxy")
        reload = await one.reloader.reload()
        assert not reload.succeeded
        assert reload.text.startswith("HTTPS_PROXY: ")
        assert "hush" not in reload.text
        monkeypatch.delenv("https_proxy")
        assert (await one.reloader.reload()).succeeded
        assert len(one.exporter.applications) == 2


async def test_a_fault_of_the_exporter_changes_nothing_and_is_told_as_one(path: Path) -> None:
    async with scene(path) as one:
        with patch("exporter.reload.load", side_effect=ZeroDivisionError), capture_logs() as logs:
            reload = await one.reloader.reload()
        assert (reload.succeeded, reload.text) == (False, "internal error, see the log")
        assert logs[0]["event"] == "configuration not reloaded: internal error, please report"
        assert (await one.metrics())[0] == 0.0
        assert (await one.reloader.reload()).succeeded


async def test_without_a_file_a_reload_succeeds_and_says_so(path: Path) -> None:
    async with scene(path) as one:
        async with Reloader(one.exporter, "--sdk-app-id", None) as reloader:
            before = one.exporter.config, one.exporter.applications
            path.unlink()
            with capture_logs() as logs:
                reload = await reloader.reload()
        assert (reload.succeeded, reload.text) == (True, "nothing to reload: the configuration comes from --sdk-app-id")
        told = logs[0]
        assert (told["event"], told["config"]) == (
            "nothing to reload: the configuration comes from no file",
            "--sdk-app-id",
        )
        assert (one.exporter.config, one.exporter.applications) == before
        assert (await one.metrics())[0] == 1.0


async def test_what_is_new_is_collected_at_once_so_that_the_log_tells_of_it(path: Path) -> None:
    async with scene(path) as one:
        await exposed(one.exporter)
        requests = len(one.emulator.requests.arrivals)
        one.write(more="      - {sdk_app_id: 1400000002, name: sales}\n")
        with capture_logs() as logs:
            await one.reloader.reload()
            await until(lambda: tasks() == 0)
        told = [log["event"] for log in logs if log.get("application") == "sales"]
        assert told == ["application added", *["collection started"] * 3, *["collection succeeded"] * 3]
        assert not [log for log in logs if log.get("application") == "support"]
        assert len(one.emulator.requests.arrivals) > requests


async def test_scrapes_go_on_while_the_file_is_a_pipe_that_takes_its_time(path: Path, tmp_path: Path) -> None:
    async with scene(path) as one:
        content = one.content(above=60)
        path.unlink()
        os.mkfifo(path)
        reloading = one.reloader.request()
        # Opening the other end waits for the reader to be there, in its thread.
        writer = await asyncio.to_thread(path.open, "w")
        assert await one.threshold() == 80
        assert not reloading.done()
        with writer:
            writer.write(content)
        assert (await reloading).succeeded
        assert await one.threshold() == 60


async def test_reloads_that_are_asked_for_meanwhile_are_one_more(path: Path) -> None:
    async with scene(path) as one:
        begun, go = threading.Event(), threading.Event()
        loaded = []

        def slow(path: str) -> Config:
            config = load(path)
            loaded.append(config)
            begun.set()
            go.wait(10)
            return config

        with patch("exporter.reload.load", slow):
            first = asyncio.create_task(one.reloader.reload())
            await asyncio.to_thread(begun.wait, 10)
            one.write(above=30)
            others = [asyncio.create_task(one.reloader.reload()) for _ in range(50)]
            await asyncio.sleep(0)
            others[0].cancel()
            go.set()
            assert (await first).succeeded
            assert all(reload.succeeded for reload in await asyncio.gather(*others[1:]))
        assert len(loaded) == 2
        assert await one.threshold() == 30


async def test_a_reload_is_given_up_at_the_end(path: Path) -> None:
    async with scene(path) as one:
        path.unlink()
        os.mkfifo(path)
        reloading = one.reloader.request()
        writer = await asyncio.to_thread(path.open, "w")
        async with asyncio.timeout(60):
            await one.reloader.__aexit__()
        assert reloading.cancelled()
        writer.close()


async def test_a_configuration_that_kubernetes_mounts(tmp_path: Path) -> None:
    """A directory of symbolic links to `..data/NAME`, where `..data` is a link that is swapped for another one."""
    path = tmp_path / "config.yaml"

    def publish(content: str, number: int) -> None:
        version = tmp_path / f"..version_{number}"
        version.mkdir()
        (version / "config.yaml").write_text(content)
        (tmp_path / "..data_tmp").symlink_to(version.name)
        (tmp_path / "..data_tmp").replace(tmp_path / "..data")

    async with scene(tmp_path / "first.yaml") as one:
        publish(one.content(above=1), 1)
        path.symlink_to("..data/config.yaml")
        async with Reloader(one.exporter, str(path), str(path)) as reloader:
            for number in range(2, 5):
                assert (await reloader.reload()).succeeded
                assert await one.threshold() == number - 1
                publish(one.content(above=number), number)
                (tmp_path / f"..version_{number - 1}" / "config.yaml").unlink()
            assert (await reloader.reload()).succeeded
            assert await one.threshold() == 4


async def test_a_hundred_reloads_under_load_leave_nothing_behind(path: Path) -> None:
    async with scene(path) as one:
        failed = []
        stop = False

        async def scrape() -> None:
            while not stop:
                lines = await exposed(one.exporter)
                if not is_there(lines, 'tccc_up{application="support"} 1.0'):
                    failed.append(lines)

        scraping = [asyncio.create_task(scrape()) for _ in range(4)]
        limiters = []
        for number in range(100):
            more = "" if number % 2 else "      - {sdk_app_id: 1400000002, name: sales}\n"
            one.write(above=number, more=more)
            assert (await one.reloader.reload()).succeeded
            limiters.append(len(one.exporter._limiters._shared))
        stop = True
        await asyncio.gather(*scraping)
        assert failed == []
        # One for each action, of which the staff list is read later than the statuses.
        assert max(limiters) <= len(ACTIONS)
        assert await one.threshold() == 99
        assert one.exporter._background == set()
        assert threading.active_count() < 10
