"""`tccc-exporter`: from the command line to a process that serves metrics."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from exporter import __version__
from exporter.collection import Success
from exporter.config.document import ConfigurationError, Fault
from exporter.config.environment import check_environment
from exporter.config.loading import for_applications, load
from exporter.config.schema import Config
from exporter.demo import demo_config, demo_emulator, pointed_at, welcome
from exporter.flags import parse_flags
from exporter.logs import configure_logs
from exporter.memory import spare_what_is_here
from exporter.metrics.exposition import text
from exporter.service import Exporter
from exporter.web.address import ListenError

if TYPE_CHECKING:
    from exporter.web.server import Server

DEFAULT_CONFIG_FILE = "config.yaml"
LISTEN_ADVICE = "choose another address by --web.listen-address=[HOST]:PORT"

_log = structlog.get_logger()


def run() -> None:
    """Run the exporter as this process, and end the process with its exit code, whatever its threads still wait for."""
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the exporter and return its exit code: 0, 1 for a failure at run time, 2 for a bad configuration."""
    flags = parse_flags(arguments)
    configure_logs(flags.log_level, flags.log_format)
    try:
        source, config = _configuration(flags, os.environ)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    if flags.config_check:
        applications = sum(len(account.applications) for account in config.accounts)
        print(f"{source}: ok, accounts: {len(config.accounts)}, applications: {applications}")
        return 0
    try:
        return _run_to_the_end(_run(flags, config))
    except ListenError as error:
        _log.error("cannot listen", address=str(error.address), error=error.reason, advice=LISTEN_ADVICE)
        return 1
    except OSError as error:
        # Flushing stdout once more at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _log.error("cannot write to stdout", error=error.strerror)
        return 1


def _configuration(flags: argparse.Namespace, environment: Mapping[str, str]) -> tuple[str, Config]:
    """Return where the configuration comes from, and the configuration: of the flags, the environment or a file."""
    if flags.demo:
        return "--demo", demo_config()
    source, config = _configuration_of_applications(flags, environment)
    check_environment(config, environment)
    return source, config


def _configuration_of_applications(flags: argparse.Namespace, environment: Mapping[str, str]) -> tuple[str, Config]:
    if flags.config_file:
        return flags.config_file, load(flags.config_file)
    if flags.sdk_app_id:
        return "--sdk-app-id", for_applications(flags.sdk_app_id, "--sdk-app-id")
    if (ids := environment.get("TCCC_SDK_APP_ID", "")).strip():
        return "TCCC_SDK_APP_ID", for_applications([ids], "TCCC_SDK_APP_ID")
    if not Path(DEFAULT_CONFIG_FILE).exists():
        problem = "does not exist; give --config.file=PATH, --sdk-app-id=ID, or --demo to look around first"
        raise ConfigurationError([Fault(DEFAULT_CONFIG_FILE, 0, "", problem)])
    return DEFAULT_CONFIG_FILE, load(DEFAULT_CONFIG_FILE)


async def _run(flags: argparse.Namespace, config: Config) -> int:
    async with AsyncExitStack() as stack:
        if flags.demo:
            config = pointed_at(config, await stack.enter_async_context(demo_emulator()))
        exporter = await stack.enter_async_context(Exporter(config))
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, exporter, stop)
        if flags.once:
            return await _once(exporter)
        # Nothing else needs the server, which is an eighth of all that there is to import.
        from exporter.web.server import Server  # noqa: PLC0415

        server = Server(exporter, flags.telemetry_path)
        await server.listen(flags.listen_addresses)
        _log.info("listening", version=__version__, addresses=", ".join(server.addresses))
        spare_what_is_here()
        exporter.try_once()
        if flags.demo:
            await _print_welcome(exporter, server, flags.telemetry_path)
        await stop.wait()
        _log.info("stopping")
        await server.close()
    return 0


def _stop(exporter: Exporter, stop: asyncio.Event) -> None:
    exporter.stop_soon()
    stop.set()


def _run_to_the_end(running: Coroutine[Any, Any, int]) -> int:
    """Like asyncio.run, but without waiting for a name look-up that hangs in a thread of the resolver."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(running)
    finally:
        loop.close()


async def _once(exporter: Exporter) -> int:
    exporter.own.observe_scrape(exporter.config.collection.timeout)
    families = [*await exporter.collect(exporter.config.collection.timeout), *exporter.own.families()]
    sys.stdout.buffer.write("".join(text(families)).encode())
    sys.stdout.flush()
    return 0 if all(isinstance(collection.outcome, Success) for collection in exporter.collections) else 1


async def _print_welcome(exporter: Exporter, server: Server, telemetry_path: str) -> None:
    families = await exporter.collect(exporter.config.collection.timeout)
    exposition = "".join(text(families))
    print(welcome(f"http://{server.address_for_people}", telemetry_path, exposition), flush=True)
