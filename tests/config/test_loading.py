from __future__ import annotations

from pathlib import Path

import pytest

from exporter.config.loading import for_applications, load, parse
from exporter.config.schema import (
    Account,
    Application,
    CollectionSettings,
    Config,
    CredentialSettings,
    StaffSettings,
)
from exporter.tencent.secret import Secret
from exporter.yamlconf.problems import ConfigurationError
from tests.config.helpers import ACCOUNTS


def test_everything_has_its_default() -> None:
    assert parse(ACCOUNTS.encode(), "config.yaml") == Config(
        accounts=(
            Account(
                name="main",
                credentials=None,
                endpoint="https://ccc.tencentcloudapi.com",
                ca_file=None,
                requests_per_second=20,
                applications=(Application(sdk_app_id=1400000000, name="1400000000"),),
            ),
        ),
        collection=CollectionSettings(timeout=10, timeout_offset=0.5, min_interval=1, max_staleness=120),
        staff=StaffSettings(labels=("staff_number",), retention=3600, max_series=2000),
    )


def test_a_file_with_everything_in_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("""
accounts:
  - name: main
    credentials: {secret_id: AKID, secret_key: top-secret, token: "123"}
    endpoint: http://127.0.0.1:8080/
    requests_per_second: 5
    applications:
      - {sdk_app_id: 1400000000, name: 客服热线}
      - {name: "2", sdk_app_id: 4294967295}
  - name: spare
    credentials: {secret_id_file: id, secret_key_file: ../key, token_file: /run/token}
    applications: [{sdk_app_id: 1}]
collection: {timeout: 1m30s, timeout_offset: 0, min_interval: 0s, max_staleness: 1h}
staff: {labels: [staff_email, staff_number], retention: 7d, max_series: 100000}
""")
    assert load(path) == Config(
        accounts=(
            Account(
                name="main",
                credentials=CredentialSettings(secret_id="AKID", secret_key=Secret("top-secret"), token=Secret("123")),
                endpoint="http://127.0.0.1:8080",
                requests_per_second=5,
                applications=(
                    Application(sdk_app_id=1400000000, name="客服热线"),
                    Application(sdk_app_id=4294967295, name="2"),
                ),
            ),
            Account(
                name="spare",
                credentials=CredentialSettings(
                    secret_id_file=f"{tmp_path}/id",
                    secret_key_file=f"{tmp_path}/../key",
                    token_file="/run/token",
                ),
                applications=(Application(sdk_app_id=1, name="1"),),
            ),
        ),
        collection=CollectionSettings(timeout=90, timeout_offset=0, min_interval=0, max_staleness=3600),
        staff=StaffSettings(labels=("staff_email", "staff_number"), retention=604_800, max_series=100_000),
    )


def test_no_secret_is_in_the_repr() -> None:
    content = b"""
accounts:
  - name: by value
    credentials: {secret_id: redacted-id, secret_key: redacted-key, token: redacted-token}
    applications: [{sdk_app_id: 1}]
  - name: by file, with the values where the paths should be
    credentials: {secret_id_file: redacted-id, secret_key_file: redacted-key, token_file: redacted-token}
    applications: [{sdk_app_id: 2}]
"""
    assert "redacted" not in repr(parse(content, "config.yaml"))


def test_a_relative_file_has_its_paths_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("etc").mkdir()
    Path("etc/config.yaml").write_text(
        "accounts: [{name: a, credentials: {secret_id: a, secret_key_file: key}, applications: [{sdk_app_id: 1}]}]"
    )
    credentials = load("etc/config.yaml").accounts[0].credentials
    assert credentials is not None
    assert credentials.secret_key_file == "etc/key"


def test_blocks_without_content_are_at_their_defaults() -> None:
    assert parse(f"{ACCOUNTS}collection:\nstaff: ~\n".encode(), "x") == parse(ACCOUNTS.encode(), "x")


def test_no_labels_is_a_choice() -> None:
    assert parse(f"{ACCOUNTS}staff: {{labels: []}}".encode(), "x").staff.labels == ()


@pytest.mark.parametrize(
    ("endpoint", "used"),
    [
        ("https://ccc.intl.tencentcloudapi.com", "https://ccc.intl.tencentcloudapi.com"),
        ("https://host/", "https://host"),
        ("HTTPS://Host:443", "https://host"),
        ("http://host:8080/", "http://host:8080"),
        ("http://my_host.local", "http://my_host.local"),
        ("'https://[::1]:8443'", "https://[::1]:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_endpoints(endpoint: str, used: str) -> None:
    content = f"accounts: [{{name: a, applications: [{{sdk_app_id: 1}}], endpoint: {endpoint}}}]"
    assert parse(content.encode(), "x").accounts[0].endpoint == used


@pytest.mark.parametrize(
    "name",
    [
        "客服　热线",
        "no\u00a0break",
        "👩\u200d💻 desk",
        "שלום\u200f",
        "\U0001fae9 newer than Python's tables",
        "\U000e0001",
        "\ue000",
        "a\u00adb",
        "e\u0301",
        "\ufeffmark",
    ],
)
def test_names_of_any_script(name: str) -> None:
    content = (
        f'accounts: [{{name: "{name}", applications: [{{sdk_app_id: 1, name: "{name} 1", thresholds: [{{signal: '
        f'active_sessions, severity: warning, above: 1, during: "{name}"}}]}}]}}]\n'
        f'schedules: {{"{name}": {{timezone: UTC}}}}\n'
    )
    config = parse(content.encode(), "x")
    assert (config.accounts[0].name, config.accounts[0].applications[0].name) == (name, f"{name} 1")
    assert list(config.schedules) == [name]


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ('"1400000000"', 1400000000),
        ("'1400000000'", 1400000000),
        ("1.4e+09", 1400000000),
        ("1.4e9", 1400000000),
        ('"1.4E+09"', 1400000000),
        ("1.400000001e+09", 1400000001),
        ("14e8", 1400000000),
        ("1400000000.0", 1400000000),
        ("1.0e0", 1),
    ],
)
def test_ids_as_templates_write_them(written: str, used: int) -> None:
    content = f"accounts: [{{name: a, applications: [{{sdk_app_id: {written}}}]}}]"
    assert parse(content.encode(), "x").accounts[0].applications == (Application(sdk_app_id=used, name=str(used)),)


@pytest.mark.parametrize(
    "written",
    [
        "1.4000000001e+09",
        "1.5",
        "4.3e+09",
        "1e-3",
        "1e999",
        ".inf",
        ".nan",
        "1.4e+09x",
        '"1e"',
        "1_4e8",
        '" 1"',
        '"+1"',
    ],
)
def test_ids_that_are_not_exactly_one(written: str) -> None:
    with pytest.raises(ConfigurationError, match="allowed: a whole number from 1 to 4294967295"):
        parse(f"accounts: [{{name: a, applications: [{{sdk_app_id: {written}}}]}}]".encode(), "x")


def test_applications_alone() -> None:
    assert for_applications(["1400000000", "7"], "--sdk-app-id") == for_applications(["1400000000, 7,"], "x")
    assert for_applications(["1400000000", "7"], "--sdk-app-id") == Config(
        accounts=(
            Account(
                name="main",
                applications=(
                    Application(sdk_app_id=1400000000, name="1400000000"),
                    Application(sdk_app_id=7, name="7"),
                ),
            ),
        )
    )


def test_applications_alone_that_are_none() -> None:
    ids = ["0", "4294967296", "-1", "1.5", "٣", "", "x" * 100, "9" * 5000, ",", "5", "5"]
    with pytest.raises(ConfigurationError) as caught:
        for_applications(ids, "TCCC_SDK_APP_ID")
    allowed = "allowed: a whole number from 1 to 4294967295"
    assert list(map(str, caught.value.problems)) == [
        f'TCCC_SDK_APP_ID: found "0", {allowed}',
        f'TCCC_SDK_APP_ID: found "4294967296", {allowed}',
        f'TCCC_SDK_APP_ID: found "-1", {allowed}',
        f'TCCC_SDK_APP_ID: found "1.5", {allowed}',
        f'TCCC_SDK_APP_ID: found "٣", {allowed}',
        f'TCCC_SDK_APP_ID: found "", {allowed}',
        f'TCCC_SDK_APP_ID: found "{"x" * 57}...", {allowed}',
        f'TCCC_SDK_APP_ID: found "{"9" * 57}...", {allowed}',
        f'TCCC_SDK_APP_ID: found ",", {allowed}',
        "TCCC_SDK_APP_ID: found 5 twice, allowed: each application once",
    ]
