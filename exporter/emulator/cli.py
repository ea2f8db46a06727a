"""The command `tccc-emulator`."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exporter import __version__
from exporter.emulator.action_names import ActionName
from exporter.emulator.faults import Fault, FaultName, parse_fault
from exporter.emulator.listing import Listed, Order
from exporter.emulator.options import DEFAULT_APPLICATION, DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, EmulatorOptions
from exporter.emulator.rate import RateWindow
from exporter.emulator.server import Emulator
from exporter.emulator.skill_groups import MOST_SKILL_GROUPS
from exporter.streams import OneLineParser, StdoutError, run_as_process, write_stderr, write_stdout

_PROGRAM = "tccc-emulator"
_DURATION_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class _Address:
    host: str | None
    port: int

    def __str__(self) -> str:
        host = self.host or ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def run() -> None:
    """Run the emulator as this process, and end the process with its exit code."""
    run_as_process(main, _PROGRAM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the emulator until SIGTERM or SIGINT; return the exit code. Bad flags exit with 2."""
    flags = _parser().parse_args(argv)
    address: _Address = flags.listen_address
    options = EmulatorOptions(
        applications=tuple(dict.fromkeys(flags.sdk_app_id or [DEFAULT_APPLICATION])),
        secret_id=flags.secret_id,
        secret_key=flags.secret_key,
        sessions=flags.sessions,
        staff=flags.staff,
        skill_groups=flags.skill_groups,
        list=flags.list,
        seed=flags.seed,
        speed=flags.speed,
        order=flags.order,
        latency=flags.latency,
        jitter=flags.jitter,
        requests_per_second=flags.requests_per_second,
        rate_window=flags.rate_window,
        faults=tuple(flags.fault),
    )
    return asyncio.run(_serve(options, address))


async def _serve(options: EmulatorOptions, address: _Address) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    emulator = Emulator(options)
    try:
        await emulator.start(address.host, address.port)
    except OSError as error:
        write_stderr(f"{_PROGRAM}: error: cannot listen on {address}: {error.strerror or error}\n")
        return 1
    async with emulator:
        try:
            write_stdout(_welcome(emulator))
        except StdoutError as error:
            write_stderr(f"{_PROGRAM}: {error}\n")
        await stop.wait()
    return 0


def _welcome(emulator: Emulator) -> str:
    options = emulator.options
    applications = "\n".join(f"      - sdk_app_id: {application}" for application in options.applications)
    return f"""\
The emulator listens on {emulator.url}
Secret id {options.secret_id}, secret key {options.secret_key}
Applications: {", ".join(map(str, options.applications))}

A config.yaml for tccc-exporter:

accounts:
  - name: emulator
    credentials:
      secret_id: {json.dumps(options.secret_id)}
      secret_key: {json.dumps(options.secret_key)}
    endpoint: {emulator.url}
    requests_per_second: {options.requests_per_second}
    applications:
{applications}
"""


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog=_PROGRAM,
        description="A simulated contact center behind an endpoint like that of Tencent Cloud's API.",
        allow_abbrev=False,
    )

    def add(flag: str, parse: Callable[[str], object], default: object, metavar: str, description: str) -> None:
        parser.add_argument(flag, type=parse, default=default, metavar=metavar, help=description)

    parser.add_argument(
        "--web.listen-address",
        dest="listen_address",
        type=_address,
        default=_Address("127.0.0.1", 10821),
        metavar="[HOST]:PORT",
        help="where to listen (127.0.0.1:10821)",
    )
    add("--secret-id", _secret_id, DEFAULT_SECRET_ID, "ID", f"secret id that clients use ({DEFAULT_SECRET_ID})")
    add("--secret-key", _text, DEFAULT_SECRET_KEY, "KEY", f"secret key that goes with it ({DEFAULT_SECRET_KEY})")
    parser.add_argument(
        "--sdk-app-id",
        action="append",
        type=_integer(1),
        metavar="ID",
        help=f"an application, repeatable ({DEFAULT_APPLICATION})",
    )
    add("--sessions", _number, 60.0, "N", "mean number of concurrent sessions over a day, per application (60)")
    add("--staff", _integer(0), None, "N", "people employed per application (enough for the day's peak)")
    add("--skill-groups", _integer(0, MOST_SKILL_GROUPS), 3, "N", "of each application, each with a queue (3)")
    add("--list", _choice(Listed), Listed.ALL, "KIND", "of sessions that the list shows: all, answered (all)")
    add("--seed", _integer(None), 0, "N", "of everything random; the same seed is the same day (0)")
    add("--speed", _number, 1.0, "FACTOR", "how fast simulated time passes, 0 for not at all (1)")
    add("--order", _choice(Order), Order.OLDEST_FIRST, "ORDER", f"of the list: {', '.join(Order)} (oldest-first)")
    add("--latency", _duration, 0.0, "DURATION", "of a round trip, such as 80ms or 0.08 (0)")
    add("--jitter", _duration, 0.0, "DURATION", "by which the latency varies, either way (0)")
    add("--requests-per-second", _integer(1), 20, "N", "that the rate limit allows (20)")
    add("--rate-window", _choice(RateWindow), RateWindow.FIXED, "KIND", "of second: fixed, sliding (fixed)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="[ACTION/]NAME[:PROBABILITY]",
        help=f"strikes requests, of one action or of all, repeatable: {', '.join(FaultName)}, or an error code of the "
        f"API; actions: {', '.join(ActionName)}",
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    return parser


def _address(text: str) -> _Address:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]*):([0-9]{1,5})", text)
    if match is None or int(match[2]) > 65535:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed: [HOST]:PORT such as 127.0.0.1:10821")
    return _Address(match[1].strip("[]") or None, int(match[2]))


def _secret_id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed: letters, digits, - and _")
    return text


def _text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("found '', allowed: any text that is not empty")
    return text


def _integer(minimum: int | None, maximum: int | None = None) -> Callable[[str], int]:
    allowed = "an integer" if minimum is None else f"an integer, {minimum} or more"
    if maximum is not None:
        allowed = f"an integer from {minimum} to {maximum}"

    def parse(text: str) -> int:
        if (
            not re.fullmatch(r"-?[0-9]{1,18}", text)
            or (minimum is not None and int(text) < minimum)
            or (maximum is not None and int(text) > maximum)
        ):
            raise argparse.ArgumentTypeError(f"found {text!r}, allowed: {allowed}")
        return int(text)

    return parse


def _number(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed: a number, 0 or more")
    return float(text)


def _duration(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)(ms|s|)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed: a duration such as 80ms, 1s or 0.08")
    return float(match[1]) * _DURATION_UNITS[match[2]]


def _choice(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        if text not in set(choices):
            raise argparse.ArgumentTypeError(f"found {text!r}, allowed: {', '.join(choices)}")
        return choices(text)

    return parse


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
