"""The command line of tccc-exporter, in the manner of Prometheus exporters."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from exporter import __version__
from exporter.logs import LEVELS
from exporter.streams import write_stderr, write_stdout
from exporter.web.address import Address, parse_address

DEFAULT_LISTEN_ADDRESS = ":10820"
RESERVED_PATHS = ("/", "/-/healthy", "/-/ready")


class OneLineParser(argparse.ArgumentParser):
    """A parser that tells a wrong flag in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """End the process with the message."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: object = None) -> None:
        """Python's own either raises what the stream does or passes over it, depending on the version."""
        if file is sys.stdout:
            write_stdout(message)
        else:
            write_stderr(message)


def parse_flags(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line, by default that of this process. Exits with 2 and one line on a wrong flag."""
    parser = _parser()
    flags = parser.parse_args(arguments)
    if flags.demo and (flags.config_file or flags.sdk_app_id):
        parser.error("--demo brings its own applications: give no --config.file and no --sdk-app-id with it")
    if flags.config_file and flags.sdk_app_id:
        parser.error("give either --config.file or --sdk-app-id")
    flags.listen_addresses = flags.listen_addresses or [parse_address(DEFAULT_LISTEN_ADDRESS)]
    return flags


def _listen_address(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parse_path(text: str) -> str:
    if (
        not text.startswith("/")
        or text.startswith("//")
        or text in RESERVED_PATHS
        or not text.isascii()
        or any(c in text for c in "?#{} ")
    ):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, allowed: a path that begins with / and is not one of {', '.join(RESERVED_PATHS)}"
        )
    return text


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="tccc-exporter",
        description="Prometheus exporter for the active phone sessions of Tencent Cloud Contact Center.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config.file", dest="config_file", metavar="PATH", help="configuration file (default: config.yaml)"
    )
    parser.add_argument(
        "--config.check", dest="config_check", action="store_true", help="check the configuration and exit"
    )
    parser.add_argument(
        "--sdk-app-id",
        action="append",
        default=[],
        metavar="ID",
        help="run without a configuration file: an application to read, its key from the environment or the profile; "
        "repeatable, or several with commas between them; also TCCC_SDK_APP_ID",
    )
    parser.add_argument(
        "--web.listen-address",
        dest="listen_addresses",
        action="append",
        type=_listen_address,
        metavar="[HOST]:PORT",
        help=f"where to listen; repeatable (default: {DEFAULT_LISTEN_ADDRESS})",
    )
    parser.add_argument(
        "--web.telemetry-path",
        dest="telemetry_path",
        default="/metrics",
        type=_parse_path,
        metavar="PATH",
        help="path of the metrics (default: %(default)s)",
    )
    parser.add_argument(
        "--web.config.file",
        dest="web_config_file",
        metavar="PATH",
        help="TLS, basic authentication and headers, in the format of Prometheus's exporter-toolkit (default: none)",
    )
    parser.add_argument(
        "--web.auth-exempt-health",
        dest="auth_exempt_health",
        action="store_true",
        help="ask for no user and password at /-/healthy and /-/ready",
    )
    parser.add_argument(
        "--log.level",
        dest="log_level",
        choices=sorted(LEVELS, key=lambda level: LEVELS[level]),
        default="info",
        help="least severe level to log (default: %(default)s)",
    )
    parser.add_argument(
        "--log.format",
        dest="log_format",
        choices=["logfmt", "json"],
        default="logfmt",
        help="format of the logs, which go to stderr (default: %(default)s)",
    )
    parser.add_argument(
        "--once", action="store_true", help="collect once, print the metrics, exit with 1 where an application failed"
    )
    parser.add_argument(
        "--demo", action="store_true", help="run against an embedded emulation of the API; needs no account"
    )
    parser.add_argument("--version", action="version", version=f"tccc-exporter {__version__}")
    return parser
