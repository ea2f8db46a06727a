"""A real process that is told to reload, and to end, while it is scraped."""

from __future__ import annotations

import http.client
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import EMULATOR, EXPORTER, MOST_SECONDS_TO_END, PATIENCE, Process, get, running, start_exporter

ANY_PORT = "--web.listen-address=127.0.0.1:0"
STARTED = "tccc_observed_sessions_started_total"


def write_config(path: Path, endpoint: str, number: int = 0) -> None:
    """Write a configuration with a threshold of this number, and one application more where it is odd."""
    more = "\n      - {sdk_app_id: 1400000001, name: sales}" if number % 2 else ""
    staff = "staff_email" if number % 3 else "staff_number"
    new = path.with_suffix(".new")
    new.write_text(
        f"""\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: emulator-secret}}
    endpoint: {endpoint}
    requests_per_second: {1000 + number}
    applications:
      - sdk_app_id: 1400000000
        name: support
        thresholds: [{{signal: active_sessions, severity: warning, above: {number}}}]{more}
collection: {{min_interval: 0s}}
staff: {{labels: [{staff}]}}
"""
    )
    new.replace(path)


def sample(page: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (.*)$", page, flags=re.MULTILINE)
    assert found, f"{name} is not in\n{page}"
    return float(found[1])


class Scraper:
    """Scrapes one after another over one connection, until it is told to stop."""

    def __init__(self, url: str) -> None:
        self.pages: list[str] = []
        self.failures: list[object] = []
        self._url = url.removeprefix("http://")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._scrape)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _scrape(self) -> None:
        connection = http.client.HTTPConnection(self._url, timeout=30)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/metrics")
                response = connection.getresponse()
                page = response.read().decode()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                break
            if response.status != 200 or 'tccc_up{application="support"} 1.0' not in page:
                self.failures.append((response.status, page))
            self.pages.append(page)
        connection.close()


@contextmanager
def exporter(path: Path, *flags: str) -> Iterator[tuple[Process, str, str]]:
    """Run an exporter in front of an emulator; give it, its URL and the emulator's."""
    options = ("--sessions=40", "--speed=20", "--sdk-app-id=1400000000", "--sdk-app-id=1400000001")
    with running(*EMULATOR, ANY_PORT, "--requests-per-second=100000", *options) as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        write_config(path, endpoint)
        with running(*EXPORTER, f"--config.file={path}", ANY_PORT, *flags) as process:
            yield process, start_exporter(process), endpoint


def descriptors(process: Process) -> int:
    return len(os.listdir(f"/proc/{process.pid}/fd"))  # noqa: PTH208


def threads(process: Process) -> int:
    return len(os.listdir(f"/proc/{process.pid}/task"))  # noqa: PTH208


def test_a_hundred_hang_ups_under_load_fail_no_scrape_and_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with exporter(path) as (process, url, endpoint):
        threshold = (
            'tccc_alert_threshold{application="support",bound="above",severity="warning",signal="active_sessions"}'
        )
        scrapers = [Scraper(url) for _ in range(4)]
        before = 0
        for number in range(1, 101):
            write_config(path, endpoint, number)
            process.signal(signal.SIGHUP)
            while sample(get(f"{url}/metrics")[1], threshold) != number:
                assert not any(scraper.failures for scraper in scrapers)
            if number == 10:
                before = descriptors(process)
        for scraper in scrapers:
            scraper.stop()
        assert [scraper.failures for scraper in scrapers] == [[]] * 4
        assert min(len(scraper.pages) for scraper in scrapers) > 50
        for scraper in scrapers:
            for name in (
                f'{STARTED}{{application="support",direction="inbound"}}',
                'tccc_api_requests_total{account="main",action="DescribePSTNActiveSessionList"}',
            ):
                counts = [sample(page, name) for page in scraper.pages]
                assert counts == sorted(counts)
            for page in scraper.pages:
                assert not ("staff_number=" in page and "staff_email=" in page)
        page = get(f"{url}/metrics")[1]
        assert 'application="sales"' not in page
        assert sample(page, "tccc_exporter_config_last_reload_successful") == 1.0
        assert descriptors(process) <= before + 4
        assert threads(process) < 10
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
        assert "Traceback" not in process.output
        assert "level=error" not in process.output


def test_a_termination_under_load_answers_what_is_under_way(tmp_path: Path) -> None:
    with exporter(tmp_path / "config.yaml") as (process, url, _):
        scrapers = [Scraper(url) for _ in range(8)]
        deadline = time.monotonic() + PATIENCE
        while any(len(scraper.pages) < 3 for scraper in scrapers):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.signal(signal.SIGTERM)
        signalled = time.monotonic()
        assert process.wait() == 0
        assert time.monotonic() - signalled < MOST_SECONDS_TO_END
        for scraper in scrapers:
            scraper.stop()
            # The next request finds nobody there; what had been begun was answered with a whole page.
            [end] = scraper.failures
            assert isinstance(end, ConnectionRefusedError | ConnectionResetError | http.client.RemoteDisconnected)


def test_reloads_by_http(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with exporter(path, "--web.enable-lifecycle") as (_process, url, endpoint):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        write_config(path, endpoint, 7)
        for method, status in (("POST", 200), ("PUT", 200), ("GET", 405)):
            connection.request(method, "/-/reload")
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, True)
        assert 'signal="active_sessions"} 7.0' in get(f"{url}/metrics")[1]
        path.write_text("accounts: 1\n")
        connection.request("POST", "/-/reload")
        response = connection.getresponse()
        assert response.status == 500
        assert response.read().decode().startswith(f"{path}:1: accounts: ")
        connection.close()


@pytest.mark.parametrize("flag", ["--demo", "--sdk-app-id=1400000000"])
def test_a_hang_up_without_a_file_says_that_there_is_nothing_to_reload(flag: str) -> None:
    with running(*EXPORTER, flag, ANY_PORT) as process:
        url = start_exporter(process)
        loaded = "tccc_exporter_config_last_reload_success_timestamp_seconds"
        before = sample(get(f"{url}/metrics")[1], loaded)
        process.signal(signal.SIGHUP)
        process.wait_for(
            f'msg="nothing to reload: the configuration comes from no file" config={flag.partition("=")[0]}'
        )
        page = get(f"{url}/metrics")[1]
        assert sample(page, loaded) > before
        assert sample(page, "tccc_exporter_config_last_reload_successful") == 1.0


def test_a_hang_up_while_it_starts_reloads_once_it_has_started(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    os.mkfifo(path)
    with running(*EXPORTER, f"--config.file={path}", ANY_PORT) as process:
        # The other end can be opened once the exporter reads.
        with path.open("w") as pipe:
            process.signal(signal.SIGHUP)
            pipe.write("accounts: [{name: main, applications: [{sdk_app_id: 1, name: first}]}]\n")
        path.unlink()
        os.mkfifo(path)
        with path.open("w") as pipe:
            pipe.write("accounts: [{name: main, applications: [{sdk_app_id: 1, name: second}]}]\n")
        process.wait_for('msg="configuration reloaded"')
        url = start_exporter(process)
        assert 'tccc_up{application="second"} 0.0' in get(f"{url}/metrics")[1]
