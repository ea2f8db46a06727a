from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.loading import for_applications, parse
from exporter.config.schema import Account, Application, Config, CredentialSettings, ThresholdSettings
from exporter.config.writing import as_yaml
from exporter.tencent.secret import Secret
from exporter.yamlconf.names import problem_of

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"

ALL_KEYS = """\
accounts:
  - name: "yes"
    credentials: {secret_id: AKIDx, secret_key: hush, token: hush-hush}
    endpoint: https://ccc.intl.tencentcloudapi.com
    requests_per_second: 7
    applications:
      - sdk_app_id: 1.4e+09
        name: "= 1: \\u547c\\u53eb #\\U0001F4DE"
        thresholds:
          - {signal: active_sessions, severity: warning, above: 80}
          - {signal: active_sessions, severity: warning, below: 3, during: "09:00"}
        skill_groups:
          - {id: "12", thresholds: [{signal: queued_calls, severity: critical, above: 5}]}
          - id: 9.223372036854775807e+18
            thresholds: [{signal: longest_queue_seconds, severity: warning, below: 3, during: "09:00"}]
      - {sdk_app_id: 1}
  - name: other
    credentials: {secret_id_file: id, secret_key_file: /run/key, token_file: token}
    applications: [{sdk_app_id: 2}]
collectors: {inbound: yes, staff: false}
collection: {timeout: 1m30s, timeout_offset: 1s500ms, min_interval: 0, max_staleness: 1h}
staff: {labels: [], retention: 7d, max_series: 1}
schedules:
  "09:00": {timezone: Asia/Shanghai, days: [tue, mon], from: "22:00", to: "06:30"}
  always: {timezone: UTC, from: "00:00", to: "24:00"}
"""


FILLED_IN = "filled-in"


def read_back(config: Config) -> Config:
    """Write a configuration, fill in something for its secrets, and read it."""
    return parse(as_yaml(config).replace("<secret>", FILLED_IN).encode(), "elsewhere.yaml")


def with_other_secrets(config: Config) -> Config:
    accounts = []
    for account in config.accounts:
        found = account.credentials
        if found is not None:
            found = replace(
                found,
                secret_id=found.secret_id and FILLED_IN,
                secret_key=found.secret_key and Secret(FILLED_IN),
                token=found.token and Secret(FILLED_IN),
            )
        accounts.append(replace(account, credentials=found))
    return replace(config, accounts=tuple(accounts))


@pytest.mark.parametrize("content", [ALL_KEYS.encode(), EXAMPLE.read_bytes()], ids=["all keys", "the example"])
def test_it_is_read_back_as_it_was(content: bytes) -> None:
    config = parse(content, "/etc/exporter/config.yaml")
    assert read_back(config) == with_other_secrets(config)


def test_every_default_is_filled_in_and_the_rest_is_as_in_a_file() -> None:
    assert as_yaml(for_applications(["1400000000"], "--sdk-app-id")) == (
        """\
accounts:
- name: main
  endpoint: https://ccc.tencentcloudapi.com
  requests_per_second: 20
  applications:
  - sdk_app_id: 1400000000
    name: '1400000000'
    thresholds: []
    skill_groups: []
collectors:
  inbound: true
  staff: true
collection:
  timeout: 10s
  timeout_offset: 500ms
  min_interval: 1s
  max_staleness: 2m
staff:
  labels:
  - staff_number
  retention: 1h
  max_series: 2000
schedules: {}
"""
    )


def test_no_secret_is_in_it() -> None:
    text = as_yaml(parse(ALL_KEYS.encode(), "config.yaml"))
    assert "hush" not in text
    assert "AKIDx" not in text
    assert yaml.safe_load(text)["accounts"][0]["credentials"] == dict.fromkeys(
        ("secret_id", "secret_key", "token"), "<secret>"
    )


NAMES = st.text(min_size=1, max_size=100).filter(lambda text: problem_of(text, 100) is None)


@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_names_of_any_kind_come_back(names: list[str]) -> None:
    applications = tuple(Application(sdk_app_id=number, name=name) for number, name in enumerate(names, 1))
    config = Config(accounts=(Account(name=names[0], applications=applications),))
    loaded: Any = yaml.safe_load(as_yaml(config))
    assert [one["name"] for one in loaded["accounts"][0]["applications"]] == names


def test_hundreds_of_applications_take_no_time_to_speak_of() -> None:
    thresholds = tuple(
        ThresholdSettings(signal="active_sessions", severity=severity, above=9) for severity in ("warning", "critical")
    )
    applications = tuple(Application(sdk_app_id=one, name=f"a{one}", thresholds=thresholds) for one in range(1, 501))
    key = CredentialSettings(secret_id="AKID", secret_key=Secret("hush"))
    config = Config(accounts=(Account(name="main", credentials=key, applications=applications),))
    started = time.process_time()
    assert as_yaml(config).count("\n") > 4000
    assert time.process_time() - started < 2
