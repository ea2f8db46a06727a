"""Commands whose standard streams are closed, full, or read by nobody."""

from __future__ import annotations

import fcntl
import os
import re
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.tools import free_port
from tests.processes import EMULATOR, EXPORTER, MOST_SECONDS_TO_END, PATIENCE, get


def in_shell(command: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    whole = command.replace("tccc-exporter", " ".join(EXPORTER)).replace("tccc-emulator", " ".join(EMULATOR))
    return subprocess.run(["bash", "-c", whole], capture_output=True, text=True, timeout=60, check=False, cwd=directory)


NOT_OPEN = 'msg="cannot write to stdout" error="Bad file descriptor"'
FULL = 'msg="cannot write to stdout" error="No space left on device"'
PLAIN = "tccc-exporter: error: cannot write to stdout: No space left on device\n"


@pytest.mark.parametrize(
    ("command", "code", "out", "error"),
    [
        ("tccc-exporter --demo --once >&-", 1, "", NOT_OPEN),
        ("tccc-exporter --demo --once 2>&-", 0, "# HELP tccc_up", ""),
        ("tccc-exporter --demo --once >&- 2>&-", 1, "", ""),
        ("tccc-exporter --demo --once <&- >&- 2>&-", 1, "", ""),
        ("tccc-exporter --demo --once <&- 2>&-", 0, "# HELP tccc_up", ""),
        ("tccc-exporter --demo --once >/dev/full", 1, "", FULL),
        ("tccc-exporter --demo --once 2>/dev/full", 0, "# HELP tccc_up", ""),
        ("tccc-exporter --demo --once >/dev/full 2>/dev/full", 1, "", ""),
        ("tccc-exporter --demo --config.check >/dev/full", 0, "", FULL),
        ("tccc-exporter --demo --config.check >&-", 0, "", NOT_OPEN),
        ("tccc-exporter --demo --config.check 2>&-", 0, "--demo: ok", ""),
        ("tccc-exporter --config.file=none.yaml --config.check 2>&-", 2, "", ""),
        ("tccc-exporter --config.file=none.yaml --config.check 2>/dev/full", 2, "", ""),
        ("tccc-exporter --config.file=none.yaml --config.check >&-", 2, "", "none.yaml: cannot be read"),
        ("tccc-exporter --print-rules=rules >/dev/full && ls rules/exporter.yml >&2", 0, "", FULL),
        ("tccc-exporter --print-rules=rules 2>&-", 0, "rules/business.yml\nrules/exporter.yml\n", ""),
        ("tccc-exporter --print-rules=/dev/null/x 2>/dev/full", 1, "", ""),
        ("tccc-exporter --version >/dev/full", 1, "", PLAIN),
        ("PYTHONUNBUFFERED=1 tccc-exporter --version >/dev/full", 1, "", PLAIN),
        ("tccc-exporter --help 2>&-", 0, "usage:", ""),
        ("tccc-exporter --nonsense 2>&-", 2, "", ""),
        ("tccc-exporter --nonsense 2>/dev/full", 2, "", ""),
        ("tccc-exporter --nonsense >&-", 2, "", "unrecognized arguments: --nonsense"),
        ("tccc-emulator --version >/dev/full", 1, "", "No space left on device"),
        ("tccc-emulator --nonsense 2>&-", 2, "", ""),
    ],
)
def test_a_command_works_without_the_stream(command: str, code: int, out: str, error: str, tmp_path: Path) -> None:
    result = in_shell(command, tmp_path)
    assert result.returncode == code
    assert result.stdout.startswith(out)
    assert bool(result.stdout) == bool(out)
    assert "ts=" not in result.stdout
    assert error in result.stderr
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


def test_a_reader_that_goes_away_is_told_in_one_line() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [*EXPORTER, "--demo", "--once", "--log.level=error"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert 'msg="cannot write to stdout" error="Broken pipe"' in result.stderr


def test_logs_come_before_the_metrics_where_both_go_to_one_stream() -> None:
    lines = in_shell("tccc-exporter --demo --once 2>&1").stdout.splitlines()
    first_metric = lines.index(next(line for line in lines if line.startswith("#")))
    assert first_metric == 7
    assert "msg=starting" in lines[0]
    assert all("collection succeeded" in line for line in lines[1:7])
    assert not any(line.startswith("ts=") for line in lines[7:])


def dropped(url: str) -> float:
    return float(re.findall(r"^tccc_exporter_log_lines_dropped_total (.*)$", get(f"{url}/metrics")[1], re.MULTILINE)[0])


@contextmanager
def serving(config: Path, stderr: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """An exporter that listens on a port known before, as its log may not be readable."""
    address = f"127.0.0.1:{free_port()}"
    command = [*EXPORTER, f"--config.file={config}", f"--web.listen-address={address}", "--log.level=debug"]
    with subprocess.Popen(command, stderr=stderr) as process:
        try:
            wait_until_listening(address)
            yield process, f"http://{address}"
        finally:
            process.kill()


def wait_until_listening(address: str) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


def failing_config(directory: Path) -> Path:
    path = directory / "config.yaml"
    path.write_text(
        """\
accounts:
  - name: main
    credentials: {secret_id: AKIDEMULATOR, secret_key_file: /nowhere}
    endpoint: http://127.0.0.1:1
    applications: [{sdk_app_id: 1400000000, name: support}]
collection: {min_interval: 1ms}
"""
    )
    return path


def test_logs_that_cannot_be_written_are_counted_and_end_nothing(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, serving(failing_config(tmp_path), full.fileno()) as (process, url):
        first = dropped(url)
        assert 'tccc_up{application="support"} 0.0' in get(f"{url}/metrics")[1]
        assert dropped(url) > first > 0
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_log_that_nobody_reads_holds_up_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    with serving(failing_config(tmp_path), writing) as (process, url):
        while not dropped(url):
            pass
        begun = time.monotonic()
        assert get(f"{url}/-/healthy")[0] == 200
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - begun < MOST_SECONDS_TO_END
    os.close(reading)
    os.close(writing)


def test_a_signal_ends_it_while_nobody_reads_the_metrics(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen([*EXPORTER, "--demo", "--once"], stdout=writing, stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        # Once something has come, the rest is too much for the pipe.
        assert select.select([reading], [], [], PATIENCE)[0]
        begun = time.monotonic()
        process.terminate()
        process.wait(PATIENCE)
        assert time.monotonic() - begun < MOST_SECONDS_TO_END
    os.close(reading)


def test_the_emulator_serves_without_its_streams() -> None:
    address = f"127.0.0.1:{free_port()}"
    command = f"exec tccc-emulator --web.listen-address={address} <&- >&- 2>&-"
    with subprocess.Popen(["bash", "-c", command.replace("tccc-emulator", " ".join(EMULATOR))]) as process:
        wait_until_listening(address)
        process.terminate()
        assert process.wait(PATIENCE) == 0
