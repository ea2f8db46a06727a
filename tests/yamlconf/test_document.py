from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from exporter.config.loading import load
from exporter.yamlconf import yaml_nodes
from exporter.yamlconf.problems import ConfigurationError
from tests.config.helpers import (
    ACCOUNT_KEYS,
    ACCOUNTS,
    COLLECTION_KEYS,
    CREDENTIAL_KEYS,
    DOCUMENT_KEYS,
    FILE,
    ID,
    KEY,
    NAME,
    SUCH_AS,
    fault_lines,
)

BAD_FILES: dict[str, tuple[str, list[str]]] = {
    "a list in place of the document": (
        "- name: main\n",
        [
            f"config.yaml:1: found a list, allowed: a mapping with {DOCUMENT_KEYS}",
        ],
    ),
    "text in place of the document": (
        "hello\n",
        [
            f"config.yaml:1: found text, allowed: a mapping with {DOCUMENT_KEYS}",
        ],
    ),
    "nothing in the document": (
        "null\n",
        [
            "config.yaml:1: accounts: is missing",
        ],
    ),
    "an empty document": (
        """
        # none
        {}
        """,
        [
            "config.yaml:2: accounts: is missing",
        ],
    ),
    "accounts without content": (
        "accounts:\n",
        [
            "config.yaml:1: accounts: found nothing, allowed: a list of one or more",
        ],
    ),
    "no account": (
        "accounts: []\n",
        [
            "config.yaml:1: accounts: found an empty list, allowed: a list of one or more",
        ],
    ),
    "accounts as a mapping": (
        """
        accounts:
          main:
            applications: []
        """,
        [
            "config.yaml:1: accounts: found a mapping, allowed: a list of one or more",
        ],
    ),
    "an account as text": (
        """
        accounts:
          - main
        """,
        [
            f"config.yaml:2: accounts[0]: found text, allowed: a mapping with {ACCOUNT_KEYS}",
        ],
    ),
    "an account without content": (
        """
        accounts:
          -
        """,
        [
            "config.yaml:2: accounts[0].name: is missing",
            "config.yaml:2: accounts[0].applications: is missing",
        ],
    ),
    "an application as a number": (
        """
        accounts:
          - name: main
            applications:
              - 1400000000
        """,
        [
            (
                "config.yaml:4: accounts[0].applications[0]: found a number, "
                "allowed: a mapping with sdk_app_id, name, thresholds, skill_groups"
            ),
        ],
    ),
    "missing keys": (
        """
        accounts:
          - applications:
              - name: support
        """,
        [
            "config.yaml:2: accounts[0].name: is missing",
            "config.yaml:3: accounts[0].applications[0].sdk_app_id: is missing",
        ],
    ),
    "unknown keys": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        colection: {timeout: 10s}
        listen: :10820
        """,
        [
            f"config.yaml:2: found the unknown key colection (did you mean collection?), allowed: {DOCUMENT_KEYS}",
            f"config.yaml:3: found the unknown key listen, allowed: {DOCUMENT_KEYS}",
        ],
    ),
    "a required key that is misspelt": (
        """
        acounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        """,
        [f"config.yaml:1: found the unknown key acounts (did you mean accounts?), allowed: {DOCUMENT_KEYS}"],
    ),
    "a required key that is misspelt in one place and missing in another": (
        """
        accounts:
          - {nam: main, applications: [{sdk_app_id: 1400000000}]}
          - applications: [{sdk_app_id: 1400000001}]
        """,
        [
            f"config.yaml:2: accounts[0]: found the unknown key nam (did you mean name?), allowed: {ACCOUNT_KEYS}",
            "config.yaml:3: accounts[1].name: is missing",
        ],
    ),
    "keys that are no words": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        ? [a, b]
        : 1
        ? {a: b}
        : 2
        1: 3
        true: 4
        <<: 5
        secret_key:x: 6
        AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE: 7
        """,
        [
            f"config.yaml:2: found an unknown key, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:4: found an unknown key, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:6: found the unknown key 1, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:7: found the unknown key true, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:8: found an unknown key, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:9: found an unknown key, allowed: {DOCUMENT_KEYS}",
            f"config.yaml:10: found an unknown key, allowed: {DOCUMENT_KEYS}",
        ],
    ),
    "keys given twice": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        staff:
          retention: 1h
          max_series: 5
          retention: 2h
        staff: {}
        """,
        [
            "config.yaml:5: staff.retention: is given twice, allowed: once; it is first in line 3",
            "config.yaml:6: staff: is given twice, allowed: once; it is first in line 2",
        ],
    ),
    "numbers, dates and booleans where text is wanted": (
        """
        accounts:
          - name: 007
            ca_file: 1.5
            applications:
              - {sdk_app_id: 1, name: yes}
              - {sdk_app_id: 2, name: 12:30}
              - {sdk_app_id: 3, name: 2001-99-99}
              - {sdk_app_id: 4, name: null}
              - {sdk_app_id: 5, name: =}
        """,
        [
            f"config.yaml:2: accounts[0].name: found the non-decimal number 007, allowed: {NAME}",
            f"config.yaml:3: accounts[0].ca_file: found the number 1.5, allowed: {FILE}",
            f"config.yaml:5: accounts[0].applications[0].name: found the boolean yes, allowed: {NAME}",
            f"config.yaml:6: accounts[0].applications[1].name: found the time 12:30, allowed: {NAME}",
            f"config.yaml:7: accounts[0].applications[2].name: found the date 2001-99-99, allowed: {NAME}",
            f"config.yaml:8: accounts[0].applications[3].name: found nothing, allowed: {NAME}",
            f"config.yaml:9: accounts[0].applications[4].name: found the word =, allowed: {NAME}",
        ],
    ),
    "text that is no name": (
        """
        accounts:
          - name: ' main'
            applications:
              - {sdk_app_id: 1, name: ''}
              - {sdk_app_id: 2, name: "a\\0b"}
              - {sdk_app_id: 3, name: ' y'}
              - {sdk_app_id: 4, name: [a, 1, {}]}
        """,
        [
            f'config.yaml:2: accounts[0].name: found " main" with spaces around it, allowed: {NAME}',
            f'config.yaml:4: accounts[0].applications[0].name: found "", allowed: {NAME}',
            (
                'config.yaml:5: accounts[0].applications[1].name: found "a?b" with the control character U+0000, '
                f"allowed: {NAME}"
            ),
            f'config.yaml:6: accounts[0].applications[2].name: found " y" with spaces around it, allowed: {NAME}',
            f'config.yaml:7: accounts[0].applications[3].name: found ["a", the number 1, a mapping], allowed: {NAME}',
        ],
    ),
    "ids that are none": (
        """
        accounts:
          - name: main
            applications:
              - sdk_app_id: '0140'
              - sdk_app_id: 0
              - sdk_app_id: 4294967296
              - sdk_app_id: 1.5
              - sdk_app_id: yes
              - sdk_app_id: 010
              - sdk_app_id: 1:30
              - sdk_app_id: 1_000
              - sdk_app_id: 0x10
              - sdk_app_id:
              - sdk_app_id: -1
              - sdk_app_id: +1
        """,
        [
            f'config.yaml:4: accounts[0].applications[0].sdk_app_id: found "0140", allowed: {ID}',
            f"config.yaml:5: accounts[0].applications[1].sdk_app_id: found the number 0, allowed: {ID}",
            f"config.yaml:6: accounts[0].applications[2].sdk_app_id: found the number 4294967296, allowed: {ID}",
            f"config.yaml:7: accounts[0].applications[3].sdk_app_id: found the number 1.5, allowed: {ID}",
            f"config.yaml:8: accounts[0].applications[4].sdk_app_id: found the boolean yes, allowed: {ID}",
            f"config.yaml:9: accounts[0].applications[5].sdk_app_id: found the non-decimal number 010, allowed: {ID}",
            f"config.yaml:10: accounts[0].applications[6].sdk_app_id: found the time 1:30, allowed: {ID}",
            (
                "config.yaml:11: accounts[0].applications[7].sdk_app_id: found the non-decimal number 1_000, "
                f"allowed: {ID}"
            ),
            f"config.yaml:12: accounts[0].applications[8].sdk_app_id: found the non-decimal number 0x10, allowed: {ID}",
            f"config.yaml:13: accounts[0].applications[9].sdk_app_id: found nothing, allowed: {ID}",
            f"config.yaml:14: accounts[0].applications[10].sdk_app_id: found the number -1, allowed: {ID}",
            f"config.yaml:15: accounts[0].applications[11].sdk_app_id: found the non-decimal number +1, allowed: {ID}",
        ],
    ),
    "durations that are none": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        collection:
          timeout: 10
          timeout_offset: 0.5
          min_interval: 1:30
          max_staleness: 2 m
        staff:
          retention: .inf
        """,
        [
            f"config.yaml:3: collection.timeout: found the number 10, allowed: a duration from 100ms to 10m, {SUCH_AS}",
            (
                "config.yaml:4: collection.timeout_offset: found the number 0.5, "
                f"allowed: a duration from 0s to 1m, {SUCH_AS}"
            ),
            (
                "config.yaml:5: collection.min_interval: found the time 1:30, "
                f"allowed: a duration from 0s to 10m, {SUCH_AS}"
            ),
            f'config.yaml:6: collection.max_staleness: found "2 m", allowed: a duration from 1s to 1h, {SUCH_AS}',
            f"config.yaml:8: staff.retention: found the number .inf, allowed: a duration from 0s to 7d, {SUCH_AS}",
        ],
    ),
    "durations out of range": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        collection:
          timeout: 99ms
          timeout_offset: 1m1ms
          min_interval: 11m
          max_staleness: 999ms
        staff:
          retention: 8d
        """,
        [
            f'config.yaml:3: collection.timeout: found "99ms", allowed: a duration from 100ms to 10m, {SUCH_AS}',
            f'config.yaml:4: collection.timeout_offset: found "1m1ms", allowed: a duration from 0s to 1m, {SUCH_AS}',
            f'config.yaml:5: collection.min_interval: found "11m", allowed: a duration from 0s to 10m, {SUCH_AS}',
            f'config.yaml:6: collection.max_staleness: found "999ms", allowed: a duration from 1s to 1h, {SUCH_AS}',
            f'config.yaml:8: staff.retention: found "8d", allowed: a duration from 0s to 7d, {SUCH_AS}',
        ],
    ),
    "numbers out of range": (
        """
        accounts:
          - name: main
            requests_per_second: 1000001
            applications: [{sdk_app_id: 1}]
        staff: {max_series: 0}
        """,
        [
            (
                "config.yaml:3: accounts[0].requests_per_second: found the number 1000001, "
                "allowed: a whole number from 1 to 1000000"
            ),
            ("config.yaml:5: staff.max_series: found the number 0, allowed: a whole number from 1 to 100000"),
        ],
    ),
    "a block as a list": (
        """
        accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]
        collection:
          - timeout: 10s
        staff: off
        """,
        [
            f"config.yaml:2: collection: found a list, allowed: a mapping with {COLLECTION_KEYS}",
            "config.yaml:4: staff: found a boolean, allowed: a mapping with labels, retention, max_series",
        ],
    ),
    "credentials of which nothing may be shown": (
        """
        accounts:
          - name: main
            credentials:
              secret_id: 12345
              secret_key: [abc, def]
              token: {abc: def}
              secretkey: abc
            applications: [{sdk_app_id: 1}]
          - {name: spare, credentials: abc, applications: [{sdk_app_id: 2}]}
          - {name: c, credentials: {secret_id: ' a', secret_key: ~, token: []}, applications: [{sdk_app_id: 3}]}
        """,
        [
            f"config.yaml:4: accounts[0].credentials.secret_id: found a number, allowed: {KEY}",
            f"config.yaml:5: accounts[0].credentials.secret_key: found a list, allowed: {KEY}",
            f"config.yaml:6: accounts[0].credentials.token: found a mapping, allowed: {KEY}",
            f"config.yaml:7: accounts[0].credentials: found an unknown key, allowed: {CREDENTIAL_KEYS}",
            f"config.yaml:9: accounts[1].credentials: found text, allowed: a mapping with {CREDENTIAL_KEYS}",
            (
                "config.yaml:10: accounts[2].credentials.secret_id: found text whose character 1 is a space, "
                f"allowed: {KEY}"
            ),
            f"config.yaml:10: accounts[2].credentials.secret_key: found nothing, allowed: {KEY}",
            f"config.yaml:10: accounts[2].credentials.token: found an empty list, allowed: {KEY}",
        ],
    ),
}


@pytest.mark.parametrize(("content", "lines"), BAD_FILES.values(), ids=BAD_FILES)
def test_every_fault_is_told_in_the_order_of_its_lines(content: str, lines: list[str]) -> None:
    assert fault_lines(content) == lines


def test_long_values_are_cut_short() -> None:
    content = f"""
    accounts:
      - name: {"x" * 101}
        applications: [{{sdk_app_id: {"9" * 5000}}}]
    """
    assert fault_lines(content) == [
        f'config.yaml:2: accounts[0].name: found "{"x" * 57}..." of 101 characters, allowed: {NAME}',
        f"config.yaml:3: accounts[0].applications[0].sdk_app_id: found the number {'9' * 57}..., allowed: {ID}",
    ]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        (r"bell\x07", "the control character U+0007"),
        (r"next\x85line", "the control character U+0085"),
        (r"delete\x7f", "the control character U+007F"),
        (r"line\u2028separator", "the line separator U+2028"),
        (r"paragraph\u2029separator", "the paragraph separator U+2029"),
    ],
)
def test_a_character_that_no_name_holds_is_named(name: str, named: str) -> None:
    shown = re.sub(r"\\(x..|u....)", "?", name)
    assert fault_lines(f'accounts: [{{name: a, applications: [{{sdk_app_id: 1, name: "{name}"}}]}}]') == [
        f'config.yaml:1: accounts[0].applications[0].name: found "{shown}" with {named}, allowed: {NAME}'
    ]
    [line] = fault_lines(f'{ACCOUNTS}schedules: {{"{name}": {{timezone: UTC}}}}')
    assert line == f"config.yaml:2: schedules: found a name with {named}, allowed: text of 1 to 100 characters"


@pytest.mark.parametrize("loader", {yaml.SafeLoader, yaml_nodes._Loader}, ids=lambda loader: loader.__name__)
def test_half_a_character_is_refused_by_either_parser(
    loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_nodes, "_Loader", loader)
    [line] = fault_lines('accounts: [{name: "\\ud800", applications: [{sdk_app_id: 1}]}]')
    assert "the lone surrogate U+D800" in line or "an escape that stands for no character" in line


def test_text_in_place_of_a_block_is_not_shown() -> None:
    """The file may be of another format, and hold the key."""
    [line] = fault_lines("secret_id = AKIDhush\nsecret_key = hush\n")
    assert line == f"config.yaml:1: found text, allowed: a mapping with {DOCUMENT_KEYS}"
    [line] = fault_lines("accounts:\n  - name:hush\n")
    assert line == (
        "config.yaml:2: accounts[0]: found name without a space behind its colon, "
        f"allowed: a mapping with {ACCOUNT_KEYS}"
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "config.yaml")
    assert str(caught.value) == f"{tmp_path}/config.yaml: cannot be read: No such file or directory"


def test_a_directory_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(str(tmp_path))
    assert str(caught.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_file_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: is too large, allowed: at most 1024 KiB"
