"""`tccc-exporter`: from the command line to a process that serves metrics."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from exporter import __version__
from exporter.carried_files import WriteError, dashboards, rules, write_copies
from exporter.config.schema import Config
from exporter.config.thresholds import count_thresholds
from exporter.configuration_source import configuration, file_of, unused_endpoint
from exporter.demo import demo_emulator, welcome, with_endpoint
from exporter.flags import parse_flags
from exporter.log_lines import LineWriter
from exporter.logs import configure_logs
from exporter.memory import freeze_gc
from exporter.metrics.exposition import text
from exporter.reload import Reloader
from exporter.service import Exporter
from exporter.streams import StdoutError, write_stdout
from exporter.systemd import HandoverError, ServiceManager, take_sockets
from exporter.web.address import ListenError
from exporter.web.config.loading import check as check_web_config
from exporter.yamlconf.problems import ConfigurationError

if TYPE_CHECKING:
    from exporter.web.server import Server

LISTEN_ADVICE = "choose another address by --web.listen-address=[HOST]:PORT"
DEMO_ADVICE = "choose another port by --web.listen-address=:9999, or make demo FLAGS=--web.listen-address=:9999"
LOG_GRACE = 0.2
"""Seconds that the last log lines are given to be written before the process ends."""

Result = TypeVar("Result")

_log = structlog.get_logger()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the exporter and return its exit code: 0, 1 for a failure at run time, 2 for a bad configuration."""
    flags = parse_flags(arguments)
    lines = configure_logs(flags.log_level, flags.log_format)
    try:
        return _main(flags, lines)
    except StdoutError as error:
        _log.error("cannot write to stdout", error=error.reason)
        return 1
    finally:
        lines.flush(LOG_GRACE)


def _main(flags: argparse.Namespace, lines: LineWriter) -> int:
    try:
        if flags.print_dashboards is not None or flags.print_rules is not None:
            _print_files(flags)
            return 0
        return _check(flags, lines) if flags.config_check else _run(flags, lines)
    except WriteError as error:
        lines.put(f"tccc-exporter: error: {error}\n")
        return 1
    except ConfigurationError as error:
        lines.put(f"{error}\n")
        return 2


def _print_files(flags: argparse.Namespace) -> None:
    wanted: dict[Path, list[Path]] = {}
    for directory, files in ((flags.print_dashboards, dashboards()), (flags.print_rules, rules())):
        if directory is not None:
            wanted.setdefault(directory, []).extend(files)
    written: list[Path] = []
    try:
        for path in write_copies(wanted):
            written.append(path)  # noqa: PERF402 -- those before a failure count
    finally:
        # The files are what was asked for, so a stdout that takes no more ends nothing.
        _try_to_write("".join(f"{path}\n" for path in written))


def _check(flags: argparse.Namespace, lines: LineWriter) -> int:
    """Check what is configured. The exit code gives the verdict as well, so nobody has to read what is written."""
    web_config_is_good = _check_web_config(flags.web_config_file, lines)
    source, config = configuration(flags, os.environ, lambda problem: lines.put(f"warning: {problem}\n"))
    if problem := unused_endpoint(flags, source, os.environ):
        lines.put(f"warning: {problem}\n")
    if not web_config_is_good:
        return 2
    applications = sum(len(account.applications) for account in config.accounts)
    verdict = f"{source}: ok, accounts: {len(config.accounts)}, applications: {applications}\n"
    _try_to_write(verdict if flags.web_config_file is None else f"{verdict}{flags.web_config_file}: ok\n")
    return 0


def _run(flags: argparse.Namespace, lines: LineWriter) -> int:
    hang_up = Event()
    if not flags.once:
        # What reloads later must not end the process while it starts.
        signal.signal(signal.SIGHUP, lambda *_: hang_up.set())
    source, config = configuration(flags, os.environ)
    _log_start(source, config)
    if problem := unused_endpoint(flags, source, os.environ):
        _log.warning("variable of the environment not used", problem=problem)
    try:
        if not flags.once:
            return _run_to_the_end(_serve(flags, source, config, lines, hang_up))
        code, exposition = _run_to_the_end(_once(flags, source, config, lines))
    except ListenError as error:
        advice = DEMO_ADVICE if flags.demo else LISTEN_ADVICE
        _log.error("cannot listen", address=str(error.address), error=error.reason, advice=advice)
        return 1
    except HandoverError as error:
        _log.error("cannot listen on the sockets of systemd", error=str(error))
        return 1
    lines.flush(LOG_GRACE)
    # Without the loop a signal ends the process at once, even if nobody reads what is written here.
    write_stdout(exposition)
    return code


def _log_start(source: str, config: Config) -> None:
    applications = [application for account in config.accounts for application in account.applications]
    _log.info(
        "starting",
        version=__version__,
        python=platform.python_version(),
        config=source,
        accounts=len(config.accounts),
        applications=len(applications),
        thresholds=count_thresholds(config),
    )


def _check_web_config(file: str | None, lines: LineWriter) -> bool:
    """Tell whether the web configuration is right, and on stderr what is wrong with it or missing."""
    try:
        for missing in [] if file is None else check_web_config(file):
            lines.put(f"warning: {missing}\n")
    except ConfigurationError as error:
        lines.put(f"{error}\n")
        return False
    return True


@asynccontextmanager
async def _exporter(
    flags: argparse.Namespace, source: str, config: Config, lines: LineWriter
) -> AsyncIterator[tuple[Exporter, asyncio.Event]]:
    """Run an exporter, and give it with the event that is set once it is to stop."""
    async with AsyncExitStack() as stack:
        if flags.demo:
            config = with_endpoint(config, await stack.enter_async_context(demo_emulator()))
        exporter = await stack.enter_async_context(Exporter(config, source=source))
        exporter.self_metrics.watch_dropped_log_lines(lambda: lines.dropped)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, exporter, stop)
        yield exporter, stop


async def _serve(flags: argparse.Namespace, source: str, config: Config, lines: LineWriter, hang_up: Event) -> int:
    manager = ServiceManager()
    async with (
        _exporter(flags, source, config, lines) as (exporter, stop),
        Reloader(exporter, source, file_of(flags, source), began=manager.reloading, ended=manager.ready) as reloader,
    ):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloader.request)
        if hang_up.is_set():
            reloader.request()
        # Nothing else needs the server, which is an eighth of all that there is to import.
        from exporter.web.access import access_control  # noqa: PLC0415
        from exporter.web.server import Server  # noqa: PLC0415

        access = access_control(flags.web_config_file, exempt_health=flags.auth_exempt_health)
        server = Server(
            exporter,
            flags.telemetry_path,
            max_requests=flags.max_requests,
            reloader=reloader if flags.enable_lifecycle else None,
            access=access,
        )
        if flags.systemd_socket:
            await server.listen([], take_sockets())
        else:
            await server.listen(flags.listen_addresses)
        _log.info("listening", addresses=", ".join(server.addresses))
        freeze_gc()
        exporter.warm_up()
        manager.ready()
        manager.start_watchdog()
        if flags.demo:
            await _write_welcome(exporter, server, flags.telemetry_path)
        await stop.wait()
        _log.info("stopping")
        manager.stopping()
        await server.close()
    manager.stop_watchdog()
    return 0


def _stop(exporter: Exporter, stop: asyncio.Event) -> None:
    exporter.begin_shutdown()
    stop.set()


def _run_to_the_end(running: Coroutine[Any, Any, Result]) -> Result:
    """Like asyncio.run, but without waiting for a name look-up that hangs in a thread of the resolver."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(running)
    finally:
        loop.close()


async def _once(flags: argparse.Namespace, source: str, config: Config, lines: LineWriter) -> tuple[int, str]:
    """Return the exit code, and what is to be written to stdout."""
    async with _exporter(flags, source, config, lines) as (exporter, _):
        budget = exporter.config.collection.timeout
        exporter.self_metrics.observe_scrape(budget)
        families = [*await exporter.collect(budget, patience=budget), *exporter.self_metrics.families()]
        all_are_up = all(application.sessions.shown is not None for application in exporter.applications)
        return 0 if all_are_up else 1, "".join(text(families))


async def _write_welcome(exporter: Exporter, server: Server, telemetry_path: str) -> None:
    families = await exporter.collect(exporter.config.collection.timeout)
    exposition = "".join(text(families))
    _try_to_write(f"{welcome(server.url_for_people, telemetry_path, exposition)}\n")


def _try_to_write(message: str) -> None:
    try:
        write_stdout(message)
    except StdoutError as error:
        _log.warning("cannot write to stdout", error=error.reason)
