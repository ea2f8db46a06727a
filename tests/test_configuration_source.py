from __future__ import annotations

from pathlib import Path

import pytest

from exporter.configuration_source import configuration
from exporter.flags import parse_flags
from exporter.yamlconf.problems import ConfigurationError


@pytest.mark.parametrize(
    ("arguments", "variables", "endpoint"),
    [
        (["--sdk-app-id=1"], {}, "https://ccc.tencentcloudapi.com"),
        (["--sdk-app-id=1"], {"TCCC_ENDPOINT": " "}, "https://ccc.tencentcloudapi.com"),
        (
            ["--sdk-app-id=1"],
            {"TCCC_ENDPOINT": "https://ccc.intl.tencentcloudapi.com/"},
            "https://ccc.intl.tencentcloudapi.com",
        ),
        (["--sdk-app-id=1", "--endpoint=http://a:1"], {"TCCC_ENDPOINT": "http://b"}, "http://a:1"),
        ([], {"TCCC_SDK_APP_ID": "1", "TCCC_ENDPOINT": "http://b"}, "http://b"),
        (["--endpoint=http://a"], {"TCCC_SDK_APP_ID": "1", "TCCC_ENDPOINT": "nonsense"}, "http://a"),
        (["--config.file=config.yaml"], {"TCCC_ENDPOINT": "nonsense"}, "http://127.0.0.1:1"),
        ([], {"TCCC_ENDPOINT": "nonsense"}, "http://127.0.0.1:1"),
    ],
)
def test_where_applications_without_a_file_are_read(
    arguments: list[str],
    variables: dict[str, str],
    endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "config.yaml").write_text(
        "accounts: [{name: main, endpoint: 'http://127.0.0.1:1', applications: [{sdk_app_id: 1}]}]"
    )
    monkeypatch.chdir(tmp_path)
    _, config = configuration(parse_flags(arguments), {"HOME": str(tmp_path), **variables})
    assert [account.endpoint for account in config.accounts] == [endpoint]


@pytest.mark.parametrize(
    ("arguments", "variables", "problem"),
    [
        (
            ["--endpoint=http://a"],
            {},
            "--endpoint: is given without applications, allowed: with --sdk-app-id or TCCC_SDK",
        ),
        (["--sdk-app-id=1", "--endpoint="], {}, '--endpoint: found "", allowed: http:// or https:// with a host'),
        (["--sdk-app-id=1", "--endpoint=ccc.test"], {}, '--endpoint: found "ccc.test", allowed: http:// or https://'),
        (
            ["--sdk-app-id=1", "--endpoint=https://:1"],
            {},
            '--endpoint: found "https://:1" whose host is missing, allowed:',
        ),
        (
            ["--sdk-app-id=1", "--endpoint=https://user:hush@host"],
            {},
            '--endpoint: found "...@host", allowed: http:// or https:// with a host',
        ),
        (
            ["--sdk-app-id=1"],
            {"TCCC_ENDPOINT": "https://a/b?c"},
            'TCCC_ENDPOINT: found "https://a/b?c", allowed: http://',
        ),
        (["--sdk-app-id=x"], {"TCCC_ENDPOINT": "x"}, '--sdk-app-id: found "x", allowed: a whole number from 1 to 429'),
    ],
)
def test_an_endpoint_that_cannot_be(
    arguments: list[str], variables: dict[str, str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        configuration(parse_flags(arguments), variables)
    told = str(caught.value)
    assert told.startswith(problem)
    assert told.count("\n") == len(caught.value.problems) - 1
    assert "hush" not in told
