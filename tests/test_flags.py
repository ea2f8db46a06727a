from __future__ import annotations

from typing import get_args

import pytest

from exporter import __version__
from exporter.flags import LOG_FORMATS, LOG_LEVELS, parse_flags
from exporter.logs import LEVELS, LogFormat, LogLevel
from exporter.web.address import Address


def test_defaults() -> None:
    flags = parse_flags([])
    assert flags.listen_addresses == [Address(None, 10820)]
    assert (flags.telemetry_path, flags.log_level, flags.log_format) == ("/metrics", "info", "logfmt")
    assert not any((flags.config_file, flags.sdk_app_id, flags.once, flags.demo, flags.config_check))
    assert (flags.endpoint, flags.max_requests, flags.systemd_socket, flags.healthcheck) == (None, 200, False, False)


def test_the_levels_are_those_of_the_logs() -> None:
    assert LOG_LEVELS == tuple(sorted(LEVELS, key=lambda level: LEVELS[level])) == get_args(LogLevel)
    assert get_args(LogFormat) == LOG_FORMATS


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":0", Address(None, 0)),
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        ("[::1]:9000", Address("::1", 9000)),
        ("exporter.test:65535", Address("exporter.test", 65535)),
    ],
)
def test_addresses_and_back(text: str, address: Address) -> None:
    [parsed] = parse_flags([f"--web.listen-address={text}"]).listen_addresses
    assert parsed == address
    assert str(parsed) == text


def test_flags_that_repeat() -> None:
    flags = parse_flags(["--web.listen-address=:1", "--web.listen-address", ":2", "--sdk-app-id=1", "--sdk-app-id=2"])
    assert [address.port for address in flags.listen_addresses] == [1, 2]
    assert flags.sdk_app_id == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["--web.listen-address=10820"],
            "argument --web.listen-address: found '10820' whose port is missing, allowed: [HOST]:PORT",
        ),
        (["--web.listen-address=:http"], "found ':http' whose port is no number up to 65535, allowed: [HOST]:PORT"),
        (["--web.listen-address=:65536"], "found ':65536' whose port is no number up to 65535, allowed: [HOST]:PORT"),
        (
            ["--web.listen-address=::1:80"],
            "found '::1:80' whose host or port is not clear: an IPv6 address needs brackets, allowed",
        ),
        (["--web.telemetry-path=metrics"], "found 'metrics', allowed: a path that begins with /"),
        (
            ["--web.telemetry-path=/"],
            "and is not one of /, /probe, /sd, /config, /runbook, /-/healthy, /-/ready, /-/reload",
        ),
        (["--web.telemetry-path=//x"], "found '//x', allowed: a path"),
        (["--web.listen-address=a]:0"], "found 'a]:0' whose host or port is not clear"),
        (["--web.telemetry-path=/{x}"], "found '/{x}', allowed: a path"),
        (["--web.listen-address=a..b:1"], "found 'a..b:1' whose host has a dot at its start, or two in a row, allowed"),
        ([f"--web.listen-address={'x' * 64}.test:1"], "whose host has more than 63 characters between two dots"),
        (["--web.listen-address=xn--.invalid:1"], "whose host has a part that begins with xn-- and stands for no"),
        ([f"--web.listen-address={'9' * 5000}:{'9' * 5000}"], "whose port is no number up to 65535, allowed"),
        (["--web.listen-address=[]:1"], "whose host is no IPv6 address"),
        (["--web.listen-address=1.2.3.400:1"], "whose host is no IPv4 address"),
        (["--log.level=loud"], "argument --log.level: invalid choice: 'loud' (choose from"),
        (["--log.format=xml"], "argument --log.format: invalid choice"),
        (["--conf.file=x"], "unrecognized arguments: --conf.file=x"),
        (["config.yaml"], "unrecognized arguments: config.yaml"),
        (["--config.file"], "argument --config.file: expected one argument"),
        (["--demo", "--config.file=x"], "--demo brings its own applications"),
        (["--demo", "--sdk-app-id=1"], "--demo brings its own applications"),
        (["--config.file=x", "--sdk-app-id=1"], "give either --config.file or --sdk-app-id"),
        (["--demo", "--endpoint=https://x"], "--demo brings its own applications"),
        (
            ["--config.file=x", "--endpoint="],
            "--endpoint goes with --sdk-app-id; with --config.file",
        ),
        (["--web.systemd-socket", "--web.listen-address=:1"], "either --web.systemd-socket or --web.listen-address"),
        (["--web.max-requests=-1"], "found '-1', allowed: a whole number from 0 (no limit) to 1000000"),
        (["--web.max-requests=1000001"], "found '1000001', allowed"),
        (["--web.max-requests=1_0"], "found '1_0', allowed"),
        (["--web.max-requests=\u0663"], "found '\u0663', allowed"),
        (["--web.max-requests="], "found '', allowed"),
        (
            ["--healthcheck", "--web.listen-address=:0"],
            "--healthcheck asks at the first --web.listen-address",
        ),
        (["--print-rules="], "argument --print-rules: found '', allowed: a directory"),
        (["--print-dashboards"], "argument --print-dashboards: expected one argument"),
        (["--print-dashboards=x", "--demo"], "write files and exit: give no --demo with them"),
        (["--print-rules=x", "--once"], "write files and exit: give no --once with them"),
        (["--print-rules=x", "--config.check"], "write files and exit: give no --config.check with them"),
        (["--print-rules=x", "--healthcheck"], "write files and exit: give no --healthcheck with them"),
    ],
)
def test_bad_flags_get_one_line(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_flags(arguments)
    error = capsys.readouterr().err
    assert caught.value.code == 2
    assert error.startswith("tccc-exporter: error: ")
    assert problem in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("flag", "expected"), [("--version", f"tccc-exporter {__version__}\n"), ("--help", "--web.listen-address")]
)
def test_version_and_help(flag: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_flags([flag])
    assert caught.value.code == 0
    assert expected in capsys.readouterr().out
