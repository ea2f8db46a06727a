"""The command as its users run it."""

from __future__ import annotations

import http.client
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from exporter import __version__
from exporter.cli import LOG_GRACE, main
from exporter.web.server import SHUTDOWN_TIMEOUT
from tests.processes import EMULATOR, EXPORTER, MOST_SECONDS_TO_END, get, running, start_exporter

ANY_PORT = "--web.listen-address=127.0.0.1:0"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def write_config(directory: Path, endpoint: str, *, key: str = "emulator-secret") -> Path:
    path = directory / "config.yaml"
    path.write_text(
        f"""\
accounts:
  - name: main
    credentials: {{secret_id: AKIDEMULATOR, secret_key: {key}}}
    endpoint: {endpoint}
    applications:
      - {{sdk_app_id: 1400000000, name: support}}
"""
    )
    return path


def test_the_demo_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("--demo", "--once", capsys=capsys)
    assert code == 0
    assert 'tccc_up{application="support-hotline"} 1.0\ntccc_up{application="sales"} 1.0\n' in out
    assert "tccc_api_requests_total" in out
    assert err.count('msg="collection succeeded"') == 6


def test_once_with_a_failing_application(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        config = write_config(tmp_path, f"http://127.0.0.1:{unused.getsockname()[1]}", key="hush-hush")
    code, out, err = run(f"--config.file={config}", "--once", capsys=capsys)
    assert code == 1
    assert 'tccc_up{application="support"} 0.0' in out
    assert "code=connection" in err
    assert "check the endpoint" in err
    assert "hush-hush" not in out + err


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("DescribePSTNActiveSessionList", 1),
        ("DescribeCallInMetrics", 0),
        ("DescribeStaffStatusMetrics", 0),
        ("DescribeStaffInfoList", 0),
    ],
)
def test_once_fails_for_the_sessions_alone(
    action: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(*EMULATOR, ANY_PORT, f"--fault={action}/UnauthorizedOperation") as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        config = write_config(tmp_path, endpoint)
        found, out, err = run(f"--config.file={config}", "--once", capsys=capsys)
    assert found == code
    assert f'tccc_up{{application="support"}} {1 - code:.1f}' in out
    assert f"action={action} code=UnauthorizedOperation" in err


def test_a_bad_configuration_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("accounts:\n  - name: main\n    aplications: []\n    endpoint: 1\nstaf: {}\n")
    code, out, err = run(f"--config.file={path}", "--config.check", capsys=capsys)
    assert (code, out) == (2, "")
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{path}:3", f"{path}:4", f"{path}:5"]


@pytest.mark.parametrize(
    ("arguments", "variable", "verdict"),
    [
        (["--config.file=config.yaml"], "", "config.yaml: ok, accounts: 1, applications: 1\n"),
        ([], "", "config.yaml: ok, accounts: 1, applications: 1\n"),
        (["--sdk-app-id=1", "--sdk-app-id=2"], "", "--sdk-app-id: ok, accounts: 1, applications: 2\n"),
        (["--sdk-app-id=1,2", "--sdk-app-id=1.4e+09"], "", "--sdk-app-id: ok, accounts: 1, applications: 3\n"),
        (["--sdk-app-id=1"], "5,6", "--sdk-app-id: ok, accounts: 1, applications: 1\n"),
        ([], "1400000000, 1400000001,", "TCCC_SDK_APP_ID: ok, accounts: 1, applications: 2\n"),
        (["--config.file=config.yaml"], "5,6", "config.yaml: ok, accounts: 1, applications: 1\n"),
        (["--demo"], "5,6", "--demo: ok, accounts: 1, applications: 2\n"),
    ],
)
def test_check_of_what_would_be_run(
    arguments: list[str],
    variable: str,
    verdict: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_config(tmp_path, "http://127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TCCC_SDK_APP_ID", variable)
    assert run("--config.check", *arguments, capsys=capsys) == (0, verdict, "")


def test_the_check_covers_the_web_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web = tmp_path / "web.yml"
    flag = f"--web.config.file={web}"
    web.write_text("http_server_config: {http2: false}\n")
    assert run("--demo", "--config.check", flag, capsys=capsys) == (
        0,
        f"--demo: ok, accounts: 1, applications: 2\n{web}: ok\n",
        "",
    )
    web.write_text("tls_server_config:\n  cert_file: later.crt\n  key_file: later.key\n")
    code, out, err = run("--demo", "--config.check", flag, capsys=capsys)
    assert (code, out.count("ok")) == (0, 2)
    assert err == "".join(
        f"warning: {web}:{line}: tls_server_config.{key}_file: {tmp_path}/later.{suffix} cannot be read: "
        "No such file or directory\n"
        for line, key, suffix in ((2, "cert", "crt"), (3, "key", "key"))
    )
    config = tmp_path / "config.yaml"
    config.write_text("accounts: []\n")
    web.write_text("basic_auth_users:\n  alice: hush-hush\n")
    code, out, err = run(f"--config.file={config}", "--config.check", flag, capsys=capsys)
    assert (code, out) == (2, "")
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{web}:2", f"{config}:1"]
    assert "hush-hush" not in err


def test_the_check_warns_of_secret_files_that_are_of_no_use_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        """\
accounts:
  - name: main
    credentials: {secret_id_file: id, secret_key_file: key, token_file: token}
    applications: [{sdk_app_id: 1400000000}]
  - name: other
    credentials: {secret_id: AKIDxxxxxxxx, secret_key_file: directory}
    applications: [{sdk_app_id: 1400000001}]
  - name: default chain
    applications: [{sdk_app_id: 1400000002}]
"""
    )
    (tmp_path / "id").write_text("AKIDxxxxxxxx\n")
    (tmp_path / "token").write_text("${TOKEN}")
    (tmp_path / "directory").mkdir()
    code, out, err = run(f"--config.file={config}", "--config.check", capsys=capsys)
    assert (code, out) == (0, f"{config}: ok, accounts: 3, applications: 3\n")
    where = [f"warning: {config}:{line}: accounts[{account}].credentials" for account, line in enumerate((3, 6))]
    missing, placeholder, directory = err.splitlines()
    assert missing == f"{where[0]}.secret_key_file: cannot read {tmp_path}/key: No such file or directory"
    assert placeholder.startswith(f"{where[0]}.token_file: {tmp_path}/token: ")
    assert "${TOKEN}" not in err
    assert directory == f"{where[1]}.secret_key_file: cannot read {tmp_path}/directory: Is a directory"


def test_a_bad_web_configuration_serves_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web = tmp_path / "web.yml"
    web.write_text("tls_server_config:\n  cert_file: later.crt\n  key_file: later.key\n")
    code, out, err = run("--demo", "--web.listen-address=127.0.0.1:0", f"--web.config.file={web}", capsys=capsys)
    assert (code, out) == (2, "")
    assert [line.split(": ")[0] for line in err.splitlines() if "msg=starting" not in line] == [f"{web}:2", f"{web}:3"]


@pytest.mark.parametrize(
    ("arguments", "variable", "error"),
    [
        (
            [],
            "",
            "config.yaml: does not exist; give --config.file=PATH, --sdk-app-id=ID, or --demo to look around first\n",
        ),
        (["--config.file=nowhere.yaml"], "", "nowhere.yaml: cannot be read: No such file or directory\n"),
        (["--sdk-app-id=abc"], "", '--sdk-app-id: found "abc", allowed: a whole number from 1 to 4294967295'),
        ([], "5,x", 'TCCC_SDK_APP_ID: found "x", allowed: a whole number from 1 to 4294967295'),
        (["--sdk-app-id=7", "--sdk-app-id=7"], "", "--sdk-app-id: found 7 twice, allowed: each application once\n"),
    ],
)
def test_nothing_to_run(
    arguments: list[str],
    variable: str,
    error: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TCCC_SDK_APP_ID", variable)
    code, out, err = run(*arguments, capsys=capsys)
    assert (code, out) == (2, "")
    assert err.startswith(error)
    assert err.count("\n") == 1


def test_the_first_line_of_the_log_tells_what_is_run(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        """\
accounts:
  - name: main
    endpoint: http://127.0.0.1:1
    applications:
      - sdk_app_id: 1
        thresholds: [{signal: active_sessions, severity: warning, above: 1}]
      - sdk_app_id: 2
        thresholds:
          - {signal: active_sessions, severity: warning, above: 1}
          - {signal: active_sessions, severity: critical, above: 2}
        skill_groups:
          - id: 12
            thresholds:
              - {signal: queued_calls, severity: warning, above: 1}
              - {signal: free_staff, severity: warning, below: 1}
"""
    )
    with running(*EXPORTER, f"--config.file={config}", ANY_PORT) as process:
        address = start_exporter(process).removeprefix("http://")
        starting, listening = process.output.splitlines()[:2]
    version = f"version={__version__} python={platform.python_version()}"
    assert starting.endswith(
        f" level=info msg=starting {version} config={config} accounts=1 applications=2 thresholds=5"
    )
    assert listening.endswith(f" level=info msg=listening addresses={address}")


def test_an_endpoint_that_a_file_leaves_unused_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(tmp_path, "http://127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TCCC_ENDPOINT", "https://elsewhere.test")
    problem = (
        "TCCC_ENDPOINT: is not used: the endpoints of config.yaml count; set endpoint there, or unset the variable"
    )
    for arguments in ([], ["--config.file=config.yaml"]):
        code, _, err = run("--config.check", *arguments, capsys=capsys)
        assert (code, err) == (0, f"warning: {problem}\n")
    _, _, err = run("--once", capsys=capsys)
    starting, told = err.splitlines()[:2]
    assert "msg=starting" in starting
    assert told.endswith(f' level=warn msg="variable of the environment not used" problem="{problem}"')
    assert run("--sdk-app-id=1", "--config.check", capsys=capsys)[2] == ""


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TENCENTCLOUD_SECRET_ID": "AKIDxxxxxxxx"}, "TENCENTCLOUD_SECRET_ID is set, TENCENTCLOUD_SECRET_KEY is not"),
        ({"TENCENTCLOUD_SECRET_KEY": "hush"}, "TENCENTCLOUD_SECRET_KEY is set, TENCENTCLOUD_SECRET_ID is not"),
    ],
)
def test_half_a_key_is_told(
    variables: dict[str, str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.setenv(name, variables.get(name, ""))
    code, _, err = run("--sdk-app-id=1", "--once", capsys=capsys)
    assert code == 1
    assert f'code=no_credentials error="no key found: {words}; ' in err
    assert "hush" not in err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, out, err = run("--demo", f"--web.listen-address={address}", capsys=capsys)
    assert (code, out) == (1, "")
    starting, failed = err.splitlines()
    assert "msg=starting" in starting
    assert f'level=error msg="cannot listen" address={address} error=' in failed


def test_the_demo_serves_and_tells_where() -> None:
    with running(*EXPORTER, "--demo", ANY_PORT) as process:
        url = start_exporter(process)
        process.wait_for("To stop: Ctrl-C")
        assert "    # HELP tccc_up" in process.output
        assert f"{url}/metrics" in process.output
        assert get(f"{url}/-/healthy") == (200, "tccc-exporter is healthy.\n")
        assert 'tccc_up{application="sales"} 1.0' in get(f"{url}/metrics")[1]
        assert "support-hotline" in get(url)[1]
        process.signal(signal.SIGINT)
        assert process.wait() == 0
        assert "Traceback" not in process.output


def test_the_start_tells_what_comes_of_each_application(tmp_path: Path) -> None:
    with running(*EMULATOR, ANY_PORT) as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        with running(*EXPORTER, f"--config.file={write_config(tmp_path, endpoint)}", ANY_PORT) as process:
            start_exporter(process)
            process.wait_for(
                r'msg="collection succeeded" application=support sdk_app_id=1400000000 collector=sessions sessions=\d+'
            )
        with running(*EXPORTER, f"--config.file={write_config(tmp_path, endpoint, key='wrong')}", ANY_PORT) as process:
            url = start_exporter(process)
            process.wait_for("code=AuthFailure.SignatureFailure.*wrong key")
            assert 'tccc_up{application="support"} 0.0' in get(f"{url}/metrics")[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second_and_the_scrape_under_way_is_answered(number: int, tmp_path: Path) -> None:
    with running(*EMULATOR, ANY_PORT, "--fault=hang") as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        with running(*EXPORTER, f"--config.file={write_config(tmp_path, endpoint)}", ANY_PORT) as process:
            url = start_exporter(process)
            host = url.removeprefix("http://")
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request("GET", "/metrics")
            # A second client is answered, so the request of the first one has been read too.
            assert get(f"{url}/-/healthy")[0] == 200
            signalled = time.monotonic()
            process.signal(number)
            answers: list[tuple[int, bytes]] = []
            reader = threading.Thread(target=lambda: answers.append(_answer(connection)))
            reader.start()
            assert process.wait() == 0
            assert time.monotonic() - signalled < MOST_SECONDS_TO_END
            reader.join()
            [(status, body)] = answers
            assert status == 200
            assert b'tccc_up{application="support"} 0.0' in body
            connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_single_collection_too(number: int, tmp_path: Path) -> None:
    with running(*EMULATOR, ANY_PORT, "--fault=hang") as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        with running(
            *EXPORTER, f"--config.file={write_config(tmp_path, endpoint)}", "--once", "--log.level=debug"
        ) as one:
            # Its metrics come only after the signal, so the emulator's side tells that it is under way.
            one.wait_for('msg="collection started"')
            signalled = time.monotonic()
            one.signal(number)
            assert one.wait() == 1
            assert time.monotonic() - signalled < MOST_SECONDS_TO_END
            assert 'tccc_up{application="support"} 0.0' in one.output


def test_what_it_waits_for_at_the_end_takes_less_than_a_second() -> None:
    assert SHUTDOWN_TIMEOUT + LOG_GRACE < 1


def test_a_name_look_up_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        """\
import socket, sys, time

def hang(host, *arguments, original=socket.getaddrinfo, **options):
    if str(host).endswith(".test"):
        print("looking up", file=sys.stderr, flush=True)
        time.sleep(60)
    return original(host, *arguments, **options)

socket.getaddrinfo = hang
"""
    )
    config = write_config(tmp_path, "https://ccc.example.test")
    environment = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[1]}"}
    with running(*EXPORTER, f"--config.file={config}", ANY_PORT, environment=environment) as process:
        start_exporter(process)
        process.wait_for("looking up")
        signalled = time.monotonic()
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
        assert time.monotonic() - signalled < MOST_SECONDS_TO_END


def test_a_proxy_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("https_proxy", "socks5://user:hush@proxy:1080")
    config = write_config(tmp_path, "https://ccc.example.test")
    code, out, err = run(f"--config.file={config}", "--once", capsys=capsys)
    assert (code, out) == (2, "")
    assert err == (
        "HTTPS_PROXY: found a proxy that is neither http:// nor https://, allowed: http://[USER:PASSWORD@]HOST[:PORT], "
        "user and password percent-encoded in UTF-8\n"
    )
    assert run(f"--config.file={config}", "--config.check", capsys=capsys) == (2, "", err)
    assert run("--demo", "--config.check", capsys=capsys)[0] == 0


def test_variables_with_a_key_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "AKIDxxxxxxxx")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "${SECRET_KEY}")
    for arguments in (["--config.check"], ["--once"]):
        code, out, err = run("--sdk-app-id=1", *arguments, capsys=capsys)
        assert (code, out) == (2, "")
        assert err == (
            "TENCENTCLOUD_SECRET_KEY: found text that looks like a placeholder which nothing has filled in, allowed: 1 "
            "to 4096 characters of printable ASCII without spaces, and nothing else\n"
        )
    config = write_config(tmp_path, "http://127.0.0.1:1")
    assert run(f"--config.file={config}", "--config.check", capsys=capsys)[0] == 0


def test_a_configuration_from_a_pipe() -> None:
    text = "echo 'accounts: [{name: main, applications: [{sdk_app_id: 1}]}]'"
    check = " ".join((*EXPORTER, "--config.check"))
    for command in (f"{text} | {check} --config.file=/dev/stdin", f"{check} --config.file=<({text})"):
        result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stderr
        assert result.stdout.endswith(": ok, accounts: 1, applications: 1\n")


def _answer(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    response = connection.getresponse()
    return response.status, response.read()


@pytest.mark.parametrize("name", ["PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"])
@pytest.mark.parametrize("directory", ["here", "nowhere"])
def test_what_other_processes_share_by_prometheus_client_is_not_touched(
    name: str, directory: str, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    script = Path(sys.executable).parent / "tccc-exporter"
    for command in (EXPORTER, (str(script),)):
        result = subprocess.run(
            [*command, "--demo", "--once"],
            env={**os.environ, name: str(tmp_path / directory)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0
        assert "Traceback" not in result.stderr
        assert "tccc_api_requests_total{" in result.stdout
    assert [path.name for path in tmp_path.rglob("*")] == ["here"]


def test_the_advice_for_a_port_that_is_taken_is_the_one_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        _, _, of_demo = run("--demo", f"--web.listen-address={address}", capsys=capsys)
        _, _, of_others = run("--sdk-app-id=1", f"--web.listen-address={address}", capsys=capsys)
    assert "make demo FLAGS=--web.listen-address=:9999" in of_demo
    assert "make demo" not in of_others
    assert "choose another address by --web.listen-address=[HOST]:PORT" in of_others


def test_more_requests_than_the_flag_allows_are_refused(tmp_path: Path) -> None:
    with running(*EMULATOR, ANY_PORT, "--fault=hang") as emulator:
        endpoint = emulator.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        config = write_config(tmp_path, endpoint)
        with running(*EXPORTER, f"--config.file={config}", ANY_PORT, "--web.max-requests=1") as process:
            url = start_exporter(process)
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
            connection.request("GET", "/metrics")
            assert get(f"{url}/-/healthy")[0] == 200
            assert get(f"{url}/metrics?collect[]=exporter")[0] == 503
            connection.close()
