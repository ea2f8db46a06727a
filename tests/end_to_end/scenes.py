"""Contact centers in different states, each with its exporter, before one Prometheus: a job for every state.

Everything runs for some seconds, then only the Prometheus is left, and a time at which it knew each state. What is
asked of that time has one answer, whenever it is asked.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from exporter.emulator.center import ContactCenter
from exporter.emulator.listing import Listed
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, Emulator, EmulatorOptions
from exporter.emulator.skill_groups import DEFAULT_SKILL_GROUPS
from exporter.metrics.thresholds import COLLECTOR_OF_SIGNAL, SIGNALS, SKILL_GROUP_SIGNALS
from tests.emulated import SALES, SUPPORT
from tests.end_to_end import backfill
from tests.end_to_end.prometheus import Prometheus, running_prometheus
from tests.end_to_end.tools import free_port
from tests.processes import running, start_exporter

BUSY, PAIR, STAFFLESS, PARTLY = "busy", "pair", "staffless", "partly"
ALONE, BESIDE, UNLISTED, ANSWERED = "alone", "beside", "unlisted", "answered"
IDLE, FAILING, GONE, DOWN, HISTORY = "idle", "failing", "gone", "down", backfill.JOB
JOBS = {
    BUSY: "a busy contact center, beyond its thresholds for a warning",
    PAIR: "the same with two exporters",
    STAFFLESS: "the same without series of its staff, and beyond its critical thresholds",
    PARTLY: "the same within its thresholds, and an application that the API refuses",
    ALONE: "the same with neither of the collectors beside the list",
    BESIDE: "the same with both, which the API refuses after a while",
    UNLISTED: "the same with both, and a list of staff that the API refuses",
    ANSWERED: "the same with a list of answered calls only, and with nothing but that: no collectors, no staff",
    IDLE: "a contact center that nobody calls",
    FAILING: "a contact center whose API refuses everything after a while, and one application always",
    GONE: "an exporter that ended",
    DOWN: "an exporter that was never there",
    HISTORY: "seven days of a contact center without thresholds",
}

LIVE = f'up{{job!="{HISTORY}"}}'

DENIED = 1400000009
PLENTY = 1_000_000

HASTY_EXPORTER = (
    sys.executable,
    "-c",
    "from exporter.metrics import observed; observed.RETURN_GRACE = 2.0; from exporter.command import run; run()",
)
"""Counts ends after seconds instead of minutes, as its own time goes on while its callers' is put forward."""

SESSIONS, SALES_SESSIONS, STAFF = 60.0, 12.0, 100
"""More callers than the staff can serve, so that many wait."""

MOVES, MOVE = 6, 40.0
"""How often a busy center is put forward between two scrapes, and by how many seconds. Then it stands still."""

BESIDE_ACTIONS = ("DescribeCallInMetrics", "DescribeStaffStatusMetrics")
STAFF_LIST_ACTION = "DescribeStaffInfoList"

NEVER = 1_000_000_000
BEYOND = {"support": {"above": 0}, "sales": {"below": NEVER}}
WITHIN = {"support": {"above": NEVER}, "sales": {"above": NEVER}}
FOR_WARNING = {"warning": BEYOND, "critical": WITHIN}
FOR_CRITICAL = {"warning": BEYOND, "critical": BEYOND}
FOR_NOTHING = {"warning": WITHIN, "critical": WITHIN}
"""Thresholds by severity and application, the same for all signals, and what they are for in a busy center."""

RULES = [
    {
        "alert": "TcccActiveSessionsHigh",
        "expr": "tccc_active_sessions > on (job, instance, application) group_right () "
        'tccc_alert_threshold{signal="active_sessions",bound="above"}',
    },
    {"alert": "TcccApplicationFailing", "expr": "tccc_up == 0", "labels": {"severity": "critical"}},
    {"alert": "TcccExporterDown", "expr": "up == 0", "labels": {"severity": "critical"}},
]
"""Alerts that fire at once, with the labels that the shipped ones have."""


@dataclass(frozen=True, slots=True)
class Scenes:
    """`at` is the time to ask about, in Unix seconds.

    The centers, by job and application, stand still as they were then; those of the history as they were at its end.
    """

    prometheus: Prometheus
    at: float
    history_end: float
    centers: Mapping[str, Mapping[str, ContactCenter]]

    def time_of(self, job: str) -> float:
        """Return the last time, in Unix seconds, at which Prometheus knows the state of a job."""
        return self.history_end if job == HISTORY else self.at

    def names(self) -> set[str]:
        """Return the names of all metrics that there are."""
        return set(self.prometheus.label_values("__name__", "", self.at - backfill.HOUR, self.at))


@contextmanager
def play_scenes(directory: Path) -> Iterator[Scenes]:
    """Play all scenes and leave the Prometheus that watched them, for as long as the context lasts."""
    history_end = int(time.time()) // 60 * 60
    history = backfill.create_history(directory, history_end)
    with ExitStack() as everything:
        with ExitStack() as exporters:
            prometheus, at, centers = asyncio.run(_play(directory, everything, exporters))
        yield Scenes(prometheus, at, history_end, {**centers, HISTORY: history})


async def _play(
    directory: Path, everything: ExitStack, exporters: ExitStack
) -> tuple[Prometheus, float, dict[str, Mapping[str, ContactCenter]]]:
    async with AsyncExitStack() as emulators:
        # As much too late as it is going to be put forward.
        with mock.patch("time.time", return_value=time.time() - MOVES * MOVE):
            busy, beside, unlisted = _emulator(SESSIONS), _emulator(SESSIONS), _emulator(SESSIONS)
            answered = _emulator(SESSIONS, Listed.ANSWERED)
        idle, failing = _emulator(0.0), _emulator(SESSIONS)
        unlisted.set_faults(f"{STAFF_LIST_ACTION}/permission-denied")
        for emulator in (busy, beside, unlisted, answered, idle, failing):
            await emulators.enter_async_context(emulator)
        processes = [
            exporters.enter_context(
                running(*HASTY_EXPORTER, f"--config.file={path}", "--web.listen-address=127.0.0.1:0")
            )
            for path in (
                _config(directory / "first.yaml", busy, FOR_WARNING),
                _config(directory / "second.yaml", busy, FOR_WARNING),
                _config(directory / "staffless.yaml", busy, FOR_CRITICAL, staff_labels=()),
                _config(directory / "partly.yaml", busy, FOR_NOTHING, denied=True),
                _config(directory / "alone.yaml", busy, FOR_WARNING, beside=False),
                _config(directory / "beside.yaml", beside, FOR_NOTHING),
                _config(directory / "unlisted.yaml", unlisted, FOR_NOTHING),
                _config(directory / "answered.yaml", answered, FOR_NOTHING, staff_labels=(), beside=False),
                _config(directory / "idle.yaml", idle, FOR_NOTHING),
                _config(directory / "failing.yaml", failing, FOR_NOTHING, denied=True),
                _config(directory / "gone.yaml", idle, FOR_NOTHING),
            )
        ]
        first, second, staffless, partly, alone, half, untold, little, quiet, refused, ending = [
            (await asyncio.to_thread(start_exporter, process)).removeprefix("http://") for process in processes
        ]
        targets = {
            BUSY: [first],
            PAIR: [first, second],
            STAFFLESS: [staffless],
            PARTLY: [partly],
            ALONE: [alone],
            BESIDE: [half],
            UNLISTED: [untold],
            ANSWERED: [little],
            IDLE: [quiet],
            FAILING: [refused],
            GONE: [ending],
            DOWN: [f"127.0.0.1:{free_port()}"],
        }
        config = _prometheus_config(directory, targets)
        prometheus = everything.enter_context(
            running_prometheus(directory, config, "--storage.tsdb.retention.time=30d")
        )
        # One of them is scraped by two jobs.
        await prometheus.wait_until(f"count({LIVE} == 1) == {len(processes) + 1}")
        for _ in range(MOVES):
            busy.skip(MOVE)
            beside.skip(MOVE)
            unlisted.skip(MOVE)
            answered.skip(MOVE)
            await _next_scrapes(prometheus)
        failing.set_faults("permission-denied")
        beside.set_faults(*(f"{action}/permission-denied" for action in BESIDE_ACTIONS))
        processes[-1].signal(signal.SIGTERM)
        await prometheus.wait_until(f'count(tccc_up{{job="{FAILING}"}} == 0) == 3')
        await prometheus.wait_until(f'count(tccc_collector_success{{job="{BESIDE}"}} == 0) == 4')
        for _ in range(2):
            await _next_scrapes(prometheus)
        await prometheus.wait_until(f'count(ALERTS{{job=~"{GONE}|{DOWN}",alertstate="firing"}}) == 2')
        await prometheus.wait_until(f'count(ALERTS{{job="{FAILING}",alertstate="firing"}}) >= 3')
        at = round(time.time(), 3)
    emulators_of = {BUSY: busy, PAIR: busy, ALONE: busy, BESIDE: beside, UNLISTED: unlisted}
    return prometheus, at, {job: _centers(emulator) for job, emulator in emulators_of.items()}


def _centers(emulator: Emulator) -> dict[str, ContactCenter]:
    return {one.name: emulator.centers[one.sdk_app_id] for one in (SUPPORT, SALES)}


async def _next_scrapes(prometheus: Prometheus) -> None:
    """Wait until every target has been scraped from beginning to end after now."""
    # A scrape that was under way at the call is older than the call by its timestamp.
    await prometheus.wait_until(f"min(timestamp({LIVE})) > {time.time()}")


def _emulator(sessions: float, listed: Listed = Listed.ALL) -> Emulator:
    return Emulator(
        EmulatorOptions(
            applications=(SUPPORT.sdk_app_id, SALES.sdk_app_id),
            sessions=sessions,
            application_sessions={SALES.sdk_app_id: min(sessions, SALES_SESSIONS)},
            staff=STAFF,
            list=listed,
            speed=0.0,
            requests_per_second=PLENTY,
        )
    )


def _config(
    path: Path,
    emulator: Emulator,
    thresholds: Mapping[str, Mapping[str, Mapping[str, int]]],
    *,
    staff_labels: Sequence[str] = ("staff_number",),
    denied: bool = False,
    beside: bool = True,
) -> Path:
    def wanted(signals: Sequence[str], name: str) -> list[dict[str, object]]:
        return [
            {"signal": signal, "severity": severity, **bounds[name]}
            for signal in signals
            if beside or COLLECTOR_OF_SIGNAL[signal] == "sessions"
            for severity, bounds in thresholds.items()
        ]

    applications: list[dict[str, object]] = [
        {
            "sdk_app_id": application.sdk_app_id,
            "name": application.name,
            "thresholds": wanted(SIGNALS, application.name),
            "skill_groups": [
                {"id": group.id, "thresholds": wanted(SKILL_GROUP_SIGNALS, application.name)}
                for group in DEFAULT_SKILL_GROUPS
                if beside
            ],
        }
        for application in (SUPPORT, SALES)
    ]
    if denied:
        applications.append({"sdk_app_id": DENIED, "name": "denied"})
    account = {
        "name": "main",
        "credentials": {"secret_id": DEFAULT_SECRET_ID, "secret_key": DEFAULT_SECRET_KEY},
        "endpoint": emulator.url,
        "requests_per_second": PLENTY,
        "applications": applications,
    }
    config = {
        "accounts": [account],
        "collectors": {"inbound": beside, "staff": beside},
        "collection": {"min_interval": "0s"},
        "staff": {"labels": list(staff_labels)},
    }
    path.write_text(json.dumps(config))
    return path


def _prometheus_config(directory: Path, targets: Mapping[str, Sequence[str]]) -> str:
    rules = directory / "rules.yml"
    rules.write_text(json.dumps({"groups": [{"name": "scenes", "rules": RULES}]}))
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": addresses}]} for job, addresses in targets.items()
        ],
    }
    return json.dumps(config)
