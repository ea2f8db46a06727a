"""Nothing secret or personal that the emulator knows is in any log, on any page or in any metric of a whole run."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from html import unescape
from itertools import chain
from pathlib import Path

import pytest

from exporter.advice import ACTIONS
from exporter.emulator import wire
from exporter.emulator.call import Call
from exporter.emulator.faults import FaultName
from exporter.emulator.server import Emulator, EmulatorOptions
from tests.end_to_end.browser import running_browser
from tests.processes import EXPORTER, PATIENCE, Process, get, running

pytestmark = pytest.mark.end_to_end

SECRET_ID, SECRET_KEY, TOKEN = "AKIDq7Vn2Xw9Lp4Rz", "hH3kT8sYb5Nc1Jd6Qf0", "tok-4f9Zx2Km7Wv"
SUPPORT, SALES, UNKNOWN = 1400000001, 1400000002, 1400000009
CODES = (
    "AuthFailure.SignatureExpire",
    "AuthFailure.SignatureFailure",
    "AuthFailure.SecretIdNotFound",
    "AuthFailure.TokenFailure",
    "AuthFailure.UnauthorizedOperation",
    "UnauthorizedOperation.CamNoAuth",
    "InvalidParameterValue.InstanceNotExist",
    "LimitExceeded.OutOfCountLimit",
    "ResourceNotFound",
)
HURRY = {"X-Prometheus-Scrape-Timeout-Seconds": "0.6"}
PATHS: tuple[tuple[str, dict[str, str]], ...] = (
    # Long enough for a request that is repeated to fail for good.
    ("/metrics", {"X-Prometheus-Scrape-Timeout-Seconds": "6"}),
    ("/metrics", {**HURRY, "Accept": "application/openmetrics-text;version=1.0.0"}),
    ("/metrics?name[]=tccc_up", HURRY),
    ("/probe?target=support-0", HURRY),
    *((path, {}) for path in ("/", "/sd", "/config", "/-/healthy", "/-/ready", "/nothing")),
)


class Known:
    """What the emulator knows of people, and how it is searched for."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.ids: set[str] = set()
        self.personal = {wire.HOTLINE, wire.HOTLINE.removeprefix("+")}

    def update(self) -> None:
        """Learn the sessions and the staff of now."""
        for center in self._emulator.centers.values():
            for session in center.sessions:
                self.ids |= {session.session_id, session.key.hex}
                self.personal |= set(numbers(session, center.start))
            self.personal |= {member.email for member in center.staff.members}

    def quoted(self) -> str:
        """Return a sentence that quotes some of everything, as an error of the API may."""
        [center, *_] = self._emulator.centers.values()
        session = center.sessions[0]
        quoted = [session.session_id, *numbers(session, center.start), center.staff.members[0].email]
        return f"Not for {SECRET_ID}, {SECRET_KEY} and {TOKEN}: {', '.join(quoted)}."


def numbers(session: Call, start: int) -> Iterator[str]:
    told = wire.session_object(session, start)
    for number in (told.caller, told.callee):
        yield number
        yield number.removeprefix("+")


@pytest.fixture
async def emulator(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    options = EmulatorOptions(
        applications=(SUPPORT, SALES),
        sessions=60.0,
        speed=0.0,
        requests_per_second=1000,
        secret_id=SECRET_ID,
        secret_key=SECRET_KEY,
        token=TOKEN,
    )
    async with Emulator(options) as emulator:
        known = Known(emulator)
        error, answer = wire.error, wire.answer

        def quoting_error(code: str, _message: str, request_id: str) -> bytes:
            return error(code, known.quoted(), request_id)

        def warning_answer(fields: Mapping[str, object], request_id: str) -> bytes:
            warning = {} if "Error" in fields else {"DeprecatedWarning": known.quoted()}
            return answer({**fields, **warning}, request_id)

        monkeypatch.setattr(wire, "error", quoting_error)
        monkeypatch.setattr(wire, "answer", warning_answer)
        yield emulator


def write_config(directory: Path, emulator: Emulator) -> Path:
    (directory / "key").write_text(SECRET_KEY)
    (directory / "token").write_text(TOKEN)
    applications = [
        {"sdk_app_id": number, "name": name, "thresholds": [{"signal": "active_sessions", "severity": "a", "above": 1}]}
        for name, number in {"support": SUPPORT, "sales": SALES, "unknown": UNKNOWN}.items()
    ]
    files = {"secret_id": SECRET_ID, "secret_key_file": "key", "token_file": "token"}
    texts = {"secret_id": SECRET_ID, "secret_key": SECRET_KEY, "token": TOKEN}
    wrong = {"secret_id": SECRET_ID, "secret_key": TOKEN}
    accounts = [
        {
            "name": f"account-{number}",
            "credentials": credentials,
            "endpoint": emulator.url,
            "requests_per_second": 1000,
            "applications": [{**one, "name": f"{one['name']}-{number}"} for one in applications],
        }
        for number, credentials in enumerate((files, texts, wrong))
    ]
    path = directory / "config.yaml"
    path.write_text(json.dumps({"accounts": accounts, "collection": {"min_interval": "0s"}}))
    return path


class Run:
    """An exporter, its log, and what it has shown so far."""

    def __init__(self, process: Process, *, is_debug: bool) -> None:
        self._process = process
        self._is_debug = is_debug
        self._url = ""
        self.shown: list[str] = []

    @property
    def log(self) -> str:
        return self._process.output

    async def start(self) -> None:
        listening = await asyncio.to_thread(self._process.wait_for, r"listening.*(127\.0\.0\.1:\d+)")
        self._url = f"http://{listening[1]}"

    async def ask_everything(self, step: int) -> None:
        """Ask for all paths, as a scraper in a hurry does."""
        for path, headers in PATHS:
            _, body = await asyncio.to_thread(get, f"{self._url}{path}", headers)
            self.shown.append(body)
        if self._is_debug:
            # The log is read as it comes: a full pipe would lose lines.
            await asyncio.to_thread(get, f"{self._url}/-/healthy?step={step}")
            await asyncio.to_thread(self._process.wait_for, rf"step={step}\b")

    async def end(self) -> None:
        async with running_browser() as browser:
            view = await browser.open(self._url)
            self.shown += [view.html, view.text]
        self._process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(self._process.wait) == 0


async def test_nothing_leaks(emulator: Emulator, tmp_path: Path) -> None:
    known = Known(emulator)
    command = (*EXPORTER, f"--config.file={write_config(tmp_path, emulator)}")
    anywhere = "--web.listen-address=127.0.0.1:0"
    with (
        running(*command, anywhere, "--log.format=json") as quiet,
        running(*command, anywhere, "--log.level=debug") as talkative,
    ):
        runs = [Run(quiet, is_debug=False), Run(talkative, is_debug=True)]
        await asyncio.gather(*(run.start() for run in runs))
        for step, fault in enumerate([None, *FaultName, *CODES, None]):
            emulator.set_faults(*([] if fault is None else [fault]))
            emulator.skip(20.0)
            known.update()
            await asyncio.gather(*(run.ask_everything(step) for run in runs))
        await asyncio.gather(*(run.end() for run in runs))
    once = await asyncio.to_thread(
        subprocess.run, [*command, "--once"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert 'tccc_up{application="support-0"} 1.0' in once.stdout
    informed, debugged = (run.log for run in runs)
    shown = "\n".join([*runs[0].shown, *runs[1].shown, once.stdout])
    assert_run_was_worth_it(informed, debugged, shown)
    assert len(known.ids) > 200
    for where, text in {"log": informed + once.stderr, "log at debug": debugged, "pages": shown}.items():
        for secret in chain((SECRET_ID, SECRET_KEY, TOKEN), known.personal):
            assert secret not in text, f"{secret} is in the {where}"
        if where != "log at debug":
            assert not [one for one in known.ids if one in text], where


def assert_run_was_worth_it(informed: str, debugged: str, shown: str) -> None:
    """What is searched for would have been there, were it not blotted out."""
    for code in (*CODES, "http_502", "bad_body", "connection", "FailedOperation.PermissionDenied"):
        assert f'"code": "{code}"' in informed, code
    assert "code=timeout" in debugged
    blotted = "Not for <secret>, <secret> and <secret>: <id>, <number>, <number>, <number>, <number>, <email>."
    assert blotted in informed
    assert blotted in debugged
    assert blotted in unescape(shown)
    # Once for each action of each account.
    assert informed.count("the API announces a change") == 2 * len(ACTIONS)
    assert "tccc_staff_sessions" in shown
