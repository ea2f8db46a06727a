"""The command line of tccc-exporter, in the manner of Prometheus exporters."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from exporter import __version__
from exporter.streams import OneLineParser
from exporter.web.address import Address, parse_address
from exporter.web.routes import RESERVED_PATHS

DEFAULT_LISTEN_ADDRESS = ":10820"
DEFAULT_MAX_REQUESTS = 200
LARGEST_MAX_REQUESTS = 1_000_000
LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")

_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?")


def parse_flags(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line, by default that of this process. Exits with 2 and one line on a wrong flag."""
    parser = _parser()
    flags = parser.parse_args(arguments)
    if flags.demo and (flags.config_file or flags.sdk_app_id or flags.endpoint is not None):
        parser.error(
            "--demo brings its own applications: give no --config.file, no --sdk-app-id and no --endpoint with it"
        )
    if flags.config_file and flags.sdk_app_id:
        parser.error("give either --config.file or --sdk-app-id")
    if flags.config_file and flags.endpoint is not None:
        parser.error("--endpoint goes with --sdk-app-id; with --config.file, give each account its endpoint there")
    if flags.systemd_socket and flags.listen_addresses and not flags.healthcheck:
        parser.error("give either --web.systemd-socket or --web.listen-address")
    if flags.healthcheck and flags.listen_addresses and not flags.listen_addresses[0].port:
        parser.error("--healthcheck asks at the first --web.listen-address: give it a port other than 0")
    if flags.print_dashboards is not None or flags.print_rules is not None:
        modes = {
            "--config.check": flags.config_check,
            "--once": flags.once,
            "--healthcheck": flags.healthcheck,
            "--demo": flags.demo,
        }
        for mode in (name for name, given in modes.items() if given):
            parser.error(f"--print-dashboards and --print-rules write files and exit: give no {mode} with them")
    flags.listen_addresses = flags.listen_addresses or [parse_address(DEFAULT_LISTEN_ADDRESS)]
    return flags


def _listen_address(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parse_path(text: str) -> str:
    if text in RESERVED_PATHS or not _PATH.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, allowed: a path that begins with /, of characters that need no encoding, and is not one "
            f"of {', '.join(RESERVED_PATHS)}"
        )
    return text


def _max_requests(text: str) -> int:
    if not re.fullmatch("[0-9]{1,7}", text) or int(text) > LARGEST_MAX_REQUESTS:
        raise argparse.ArgumentTypeError(
            f"found {text!r}, allowed: a whole number from 0 (no limit) to {LARGEST_MAX_REQUESTS}"
        )
    return int(text)


def _directory(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("found '', allowed: a directory")
    return Path(text)


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="tccc-exporter",
        description="Prometheus exporter for Tencent Cloud Contact Center: calls, queues and staff.",
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
        help="run without a configuration file: an application to read, its key from the environment, the profile "
        "or the cloud; repeatable, or several with commas between them; also TCCC_SDK_APP_ID",
    )
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="where the applications of --sdk-app-id are read, such as https://ccc.intl.tencentcloudapi.com; "
        "also TCCC_ENDPOINT",
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
        "--web.enable-lifecycle",
        dest="enable_lifecycle",
        action="store_true",
        help="allow POST and PUT /-/reload, which reload the configuration as SIGHUP does",
    )
    parser.add_argument(
        "--web.systemd-socket",
        dest="systemd_socket",
        action="store_true",
        help="listen on the sockets that systemd hands over, instead of --web.listen-address",
    )
    parser.add_argument(
        "--web.max-requests",
        dest="max_requests",
        default=DEFAULT_MAX_REQUESTS,
        type=_max_requests,
        metavar="N",
        help="requests answered at once, more get 503; 0 for no limit (default: %(default)s)",
    )
    parser.add_argument(
        "--log.level",
        dest="log_level",
        choices=LOG_LEVELS,
        default="info",
        help="least severe level to log (default: %(default)s)",
    )
    parser.add_argument(
        "--log.format",
        dest="log_format",
        choices=LOG_FORMATS,
        default="logfmt",
        help="format of the logs, which go to stderr (default: %(default)s)",
    )
    parser.add_argument(
        "--once", action="store_true", help="collect once, print the metrics, exit with 1 where an application failed"
    )
    parser.add_argument(
        "--healthcheck",
        action="store_true",
        help="ask the exporter that listens at --web.listen-address whether it is healthy; exit with 0 or 1",
    )
    parser.add_argument(
        "--demo", action="store_true", help="run against an embedded emulation of the API; needs no account"
    )
    parser.add_argument(
        "--print-dashboards",
        type=_directory,
        metavar="DIR",
        help="write the dashboards for Grafana into a directory, which is made, and exit; replaces those of before",
    )
    parser.add_argument(
        "--print-rules",
        type=_directory,
        metavar="DIR",
        help="write the recording and alert rules for Prometheus, likewise",
    )
    parser.add_argument("--version", action="version", version=f"tccc-exporter {__version__}")
    return parser
