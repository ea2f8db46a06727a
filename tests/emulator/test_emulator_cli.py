from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import yaml

from exporter import __version__
from exporter.emulator import cli
from exporter.emulator.faults import Fault
from exporter.emulator.listing import Listed, Order
from exporter.emulator.options import EmulatorOptions
from exporter.emulator.rate import RateWindow
from exporter.emulator.server import Emulator
from tests.processes import MOST_SECONDS_TO_END


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--web.listen-address", "10821"],
            "argument --web.listen-address: found '10821', allowed: [HOST]:PORT such as",
        ),
        (["--web.listen-address", ":70000"], "argument --web.listen-address: found ':70000', allowed: [HOST]:PORT"),
        (["--web.listen-address", "::1:80"], "argument --web.listen-address: found '::1:80', allowed: [HOST]:PORT"),
        (["--secret-id", "a/b"], "argument --secret-id: found 'a/b', allowed: letters, digits, - and _"),
        (["--secret-key", ""], "argument --secret-key: found '', allowed: any text that is not empty"),
        (["--sdk-app-id", "support"], "argument --sdk-app-id: found 'support', allowed: an integer, 1 or more"),
        (["--sdk-app-id", "0"], "argument --sdk-app-id: found '0', allowed: an integer, 1 or more"),
        (["--sessions", "many"], "argument --sessions: found 'many', allowed: a number, 0 or more"),
        (["--sessions=-1"], "argument --sessions: found '-1', allowed: a number, 0 or more"),
        (["--staff", "1.5"], "argument --staff: found '1.5', allowed: an integer, 0 or more"),
        (["--skill-groups=501"], "argument --skill-groups: found '501', allowed: an integer from 0 to 500"),
        (["--skill-groups=-1"], "argument --skill-groups: found '-1', allowed: an integer from 0 to 500"),
        (["--list", "some"], "argument --list: found 'some', allowed: all, answered"),
        (["--fault", "DescribeIt/hang"], "argument --fault: found the action 'DescribeIt', allowed: DescribePSTN"),
        (["--seed", "x"], "argument --seed: found 'x', allowed: an integer"),
        (["--speed", "nan"], "argument --speed: found 'nan', allowed: a number, 0 or more"),
        (["--order", "random"], "argument --order: found 'random', allowed: oldest-first, newest-first, by-id, "),
        (["--latency", "1m"], "argument --latency: found '1m', allowed: a duration such as 80ms, 1s or 0.08"),
        (["--jitter=-1s"], "argument --jitter: found '-1s', allowed: a duration such as 80ms, 1s or 0.08"),
        (["--requests-per-second", "0"], "argument --requests-per-second: found '0', allowed: an integer, 1 or more"),
        (["--rate-window", "leaky"], "argument --rate-window: found 'leaky', allowed: fixed, sliding"),
        (["--fault", "explode"], "argument --fault: found 'explode', allowed: internal-error, throttled, "),
        (["--fault", "hang:2"], "argument --fault: found the probability 2, allowed: 0 to 1"),
        (["--fau", "hang"], "unrecognized arguments: --fau hang"),
        (["--seed"], "argument --seed: expected one argument"),
    ],
)
def test_bad_flags_are_told_in_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    output = capsys.readouterr()
    assert raised.value.code == 2
    assert output.out == ""
    assert output.err.startswith(f"tccc-emulator: error: {message}")
    assert output.err.count("\n") == 1


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[EmulatorOptions, object]]:
    """What would have been served."""
    calls: list[tuple[EmulatorOptions, object]] = []

    async def serve(options: EmulatorOptions, address: object) -> int:
        calls.append((options, address))
        return 0

    monkeypatch.setattr(cli, "_serve", serve)
    return calls


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {}),
        (["--secret-id=AKIDx", "--secret-key=k e:y"], {"secret_id": "AKIDx", "secret_key": "k e:y"}),
        (["--sdk-app-id=2", "--sdk-app-id=1", "--sdk-app-id=2"], {"applications": (2, 1)}),
        (["--sessions=20000", "--staff=0", "--seed=-3"], {"sessions": 20000.0, "staff": 0, "seed": -3}),
        (["--skill-groups=0", "--list=answered"], {"skill_groups": 0, "list": Listed.ANSWERED}),
        (["--fault=DescribeCallInMetrics/hang:0.5"], {"faults": (Fault("hang", 0.5, "DescribeCallInMetrics"),)}),
        (["--speed=0", "--order=by-start-second"], {"speed": 0.0, "order": Order.BY_START_SECOND}),
        (["--latency=80ms", "--jitter=0.01"], {"latency": 0.08, "jitter": 0.01}),
        (["--latency=1.5s"], {"latency": 1.5}),
        (
            ["--requests-per-second=5", "--rate-window=sliding"],
            {"requests_per_second": 5, "rate_window": RateWindow.SLIDING},
        ),
        (["--fault=hang:0.5", "--fault=reset"], {"faults": (Fault("hang", 0.5), Fault("reset"))}),
    ],
)
def test_flags_are_the_knobs(
    arguments: list[str], expected: dict[str, Any], served: list[tuple[EmulatorOptions, object]]
) -> None:
    assert cli.main(arguments) == 0
    assert served[0][0] == EmulatorOptions(**expected)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:10821", "127.0.0.1:10821"),
        (":0", ":0"),
        ("[::1]:80", "[::1]:80"),
        ("emulator.local:443", "emulator.local:443"),
    ],
)
def test_listen_addresses(text: str, address: str, served: list[tuple[EmulatorOptions, object]]) -> None:
    cli.main(["--web.listen-address", text])
    assert str(served[0][1]) == address


@pytest.mark.parametrize(("flag", "text"), [("--version", __version__), ("--help", "--web.listen-address")])
def test_version_and_help_go_to_stdout(flag: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main([flag])
    assert raised.value.code == 0
    assert text in capsys.readouterr().out


@asynccontextmanager
async def emulator_process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from exporter.emulator.cli import main; sys.exit(main())",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_port_in_use_is_told_in_one_line() -> None:
    async with Emulator(EmulatorOptions(speed=0)) as emulator:
        address = emulator.url.removeprefix("http://")
        async with emulator_process("--web.listen-address", address) as process, asyncio.timeout(60):
            output, errors = await process.communicate()
    assert process.returncode == 1
    assert output == b""
    message = errors.decode()
    assert message.startswith(f"tccc-emulator: error: cannot listen on {address}: ")
    assert "address already in use" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_prints_how_to_reach_it_and_ends_at_a_signal(number: signal.Signals) -> None:
    arguments = ("--web.listen-address=127.0.0.1:0", "--secret-key=a'b: \"c", "--sdk-app-id=7", "--sdk-app-id=8")
    async with emulator_process(*arguments, "--fault=huge-body") as process, asyncio.timeout(60):
        assert process.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("      - sdk_app_id: 8")):
            lines.append((await process.stdout.readline()).decode())
        printed = "".join(lines)
        url = lines[0].split()[-1]
        async with aiohttp.ClientSession() as session:
            endless = await session.post(url)
            begin = time.monotonic()
            process.send_signal(number)
            assert await process.wait() == 0
            assert time.monotonic() - begin < MOST_SECONDS_TO_END
            endless.close()
        assert process.stderr is not None
        assert await process.stderr.read() == b""
    assert "Secret id AKIDEMULATOR, secret key a'b: \"c\n" in printed
    config = yaml.safe_load(printed[printed.index("accounts:") :])
    assert config == {
        "accounts": [
            {
                "name": "emulator",
                "credentials": {"secret_id": "AKIDEMULATOR", "secret_key": "a'b: \"c"},
                "endpoint": url,
                "requests_per_second": 20,
                "applications": [{"sdk_app_id": 7}, {"sdk_app_id": 8}],
            }
        ]
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_in_this_process_ends_at_a_signal(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    real_write = sys.stdout.write

    def write(text: str) -> int:
        signal.raise_signal(number)
        return real_write(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdout, "write", write)
        assert cli.main(["--web.listen-address=127.0.0.1:0", "--speed=0"]) == 0
    assert "sdk_app_id: 1400000000" in capsys.readouterr().out
