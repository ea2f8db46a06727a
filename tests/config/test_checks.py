from __future__ import annotations

import os
from pathlib import Path

import pytest
import trustme

from exporter.config.loading import parse
from tests.config.helpers import ACCOUNTS, NAME, SUCH_AS, fault_lines, unindented

BAD_COLLECTIONS: dict[str, tuple[str, list[str]]] = {
    "offset as long as the timeout": (
        """
        collection:
          timeout: 1s
          timeout_offset: 1s
        """,
        [
            "config.yaml:4: collection.timeout_offset: is 1s, allowed: less than the timeout, which is 1s",
        ],
    ),
    "offset longer than the timeout where left out": (
        """
        collection:
          timeout_offset: 15s
        """,
        [
            "config.yaml:3: collection.timeout_offset: is 15s, allowed: less than the timeout, which is 10s",
        ],
    ),
    "timeout shorter than the offset where left out": (
        """
        collection:
          timeout: 400ms
        """,
        [
            "config.yaml:2: collection.timeout_offset: is 500ms, allowed: less than the timeout, which is 400ms",
        ],
    ),
    "staleness shorter than the timeout": (
        """
        collection:
          max_staleness: 5s
          timeout: 1m30s
        """,
        [
            "config.yaml:3: collection.max_staleness: is 5s, allowed: no less than the timeout, 1m30s",
        ],
    ),
    "timeout longer than the staleness where left out": (
        "collection: {timeout: 3m}\n",
        [
            "config.yaml:2: collection.max_staleness: is 2m, allowed: no less than the timeout, 3m",
        ],
    ),
    "a timeout that is none says nothing of the others": (
        """
        collection:
          timeout_offset: 1m
          max_staleness: 1s
          timeout: soon
        """,
        [
            f'config.yaml:5: collection.timeout: found "soon", allowed: a duration from 100ms to 10m, {SUCH_AS}',
        ],
    ),
}


@pytest.mark.parametrize(("collection", "lines"), BAD_COLLECTIONS.values(), ids=BAD_COLLECTIONS)
def test_durations_that_do_not_fit_together(collection: str, lines: list[str]) -> None:
    assert fault_lines(ACCOUNTS + unindented(collection)) == lines


def test_durations_that_just_fit_together() -> None:
    assert not fault_lines(ACCOUNTS + "collection: {timeout: 10s, timeout_offset: 9s999ms, max_staleness: 10s}\n")


UNIQUE = "allowed: a name that nothing else in the file has; it is first in line"

BAD_NAMES: dict[str, tuple[str, list[str]]] = {
    "accounts of one name": (
        """
        accounts:
          - {name: main, applications: [{sdk_app_id: 1}]}
          - {name: main, applications: [{sdk_app_id: 2}]}
        """,
        [
            f'config.yaml:3: accounts[1].name: found "main" again, {UNIQUE} 2',
        ],
    ),
    "applications of one name in two accounts": (
        """
        accounts:
          - {name: a, applications: [{sdk_app_id: 1, name: support}]}
          - {name: b, applications: [{sdk_app_id: 2, name: support}]}
        """,
        [
            f'config.yaml:3: accounts[1].applications[0].name: found "support" again, {UNIQUE} 2',
        ],
    ),
    "an id twice in an account": (
        """
        accounts:
          - name: a
            applications:
              - {sdk_app_id: 1}
              - {sdk_app_id: 1}
              - {sdk_app_id: 1, name: again}
        """,
        [
            (
                "config.yaml:5: accounts[0].applications[1].sdk_app_id: found 1 again, "
                "allowed: once in an account; it is first in line 4"
            ),
            (
                "config.yaml:6: accounts[0].applications[2].sdk_app_id: found 1 again, "
                "allowed: once in an account; it is first in line 4"
            ),
        ],
    ),
    "an id in two accounts without a name": (
        """
        accounts:
          - {name: a, applications: [{sdk_app_id: 1}]}
          - {name: b, applications: [{sdk_app_id: 1}]}
        """,
        [
            f'config.yaml:3: accounts[1].applications[0].name: is "1" where left out, {UNIQUE} 2',
        ],
    ),
    "a name that is the id of another": (
        """
        accounts:
          - name: a
            applications:
              - {sdk_app_id: 1}
              - {sdk_app_id: 2, name: "1"}
        """,
        [
            f'config.yaml:5: accounts[0].applications[1].name: found "1" again, {UNIQUE} 4',
        ],
    ),
    "an id that is the name of another": (
        """
        accounts:
          - name: a
            applications:
              - {sdk_app_id: 2, name: "1"}
              - {sdk_app_id: 1}
        """,
        [
            f'config.yaml:5: accounts[0].applications[1].name: is "1" where left out, {UNIQUE} 4',
        ],
    ),
    "a faulty name is not taken for one left out": (
        """
        accounts:
          - name: a
            applications:
              - {sdk_app_id: 2, name: "1"}
              - {sdk_app_id: 1, name: 1}
        """,
        [
            f"config.yaml:5: accounts[0].applications[1].name: found the number 1, allowed: {NAME}",
        ],
    ),
}


@pytest.mark.parametrize(("content", "lines"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_names_that_are_not_unique(content: str, lines: list[str]) -> None:
    assert fault_lines(content) == lines


def test_an_application_in_two_accounts_under_two_names() -> None:
    content = (
        "accounts:\n"
        "  - {name: a, applications: [{sdk_app_id: 1}]}\n"
        "  - {name: b, applications: [{sdk_app_id: 1, name: by another key}]}\n"
    )
    assert not fault_lines(content)


BAD_CREDENTIALS: dict[str, tuple[str, list[str]]] = {
    "nothing": (
        "",
        [
            "config.yaml:3: accounts[0].credentials.secret_id: is missing, allowed: secret_id or secret_id_file",
            "config.yaml:3: accounts[0].credentials.secret_key: is missing, allowed: secret_key or secret_key_file",
        ],
    ),
    "no id": (
        "{secret_key: b}",
        ["config.yaml:3: accounts[0].credentials.secret_id: is missing, allowed: secret_id or secret_id_file"],
    ),
    "no key": (
        "{secret_id: a, token: c}",
        ["config.yaml:3: accounts[0].credentials.secret_key: is missing, allowed: secret_key or secret_key_file"],
    ),
    "each part in two ways": (
        (
            "\n"
            "      secret_id: a\n"
            "      secret_id_file: /a\n"
            "      secret_key_file: /b\n"
            "      secret_key: b\n"
            "      token: c\n"
            "      token_file: /c"
        ),
        [
            "config.yaml:5: accounts[0].credentials.secret_id_file: is given beside secret_id, allowed: one of the two",
            (
                "config.yaml:6: accounts[0].credentials.secret_key_file: is given beside secret_key, "
                "allowed: one of the two"
            ),
            "config.yaml:9: accounts[0].credentials.token_file: is given beside token, allowed: one of the two",
        ],
    ),
}


@pytest.mark.parametrize(("credentials", "lines"), BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS)
def test_keys_that_are_not_whole(credentials: str, lines: list[str]) -> None:
    content = f"accounts:\n  - name: main\n    credentials: {credentials}\n    applications: [{{sdk_app_id: 1}}]\n"
    assert fault_lines(content) == lines


def test_certificates(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trustme.CA().private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "empty.pem").touch()
    file = f"{tmp_path}/config.yaml"

    def lines(ca_file: str, endpoint: str = "https://host") -> list[str]:
        return fault_lines(
            f"accounts:\n  - name: main\n    endpoint: {endpoint}\n    ca_file: {ca_file}\n"
            "    applications: [{sdk_app_id: 1}]\n",
            file,
        )

    place = f"{file}:4: accounts[0].ca_file:"
    assert lines("ca.pem") == lines(f"{tmp_path}/ca.pem") == []
    for name in ("empty.pem", "key.pem"):
        problem = f"found no certificate in {tmp_path}/{name}, allowed: a file of PEM certificates"
        assert lines(name) == [f"{place} {problem}"]
    assert lines("none.pem") == [
        f"{place} {tmp_path}/none.pem cannot be read: No such file or directory, allowed: a file of PEM certificates"
    ]
    assert lines(".") == [f"{place} {tmp_path} cannot be read: Is a directory, allowed: a file of PEM certificates"]
    os.mkfifo(tmp_path / "fifo")
    for path in (f"{tmp_path}/fifo", "/dev/zero"):
        assert lines(path) == [
            f"{place} {path} cannot be read: Not a regular file, allowed: a file of PEM certificates"
        ]
    assert lines("ca.pem", "HTTP://host") == [f"{place} is given with an http:// endpoint, allowed: with https:// only"]


def test_certificates_serve_the_endpoint_where_left_out_too(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    content = b"accounts: [{name: main, ca_file: ca.pem, applications: [{sdk_app_id: 1}]}]"
    assert parse(content, f"{tmp_path}/config.yaml").accounts[0].ca_file == f"{tmp_path}/ca.pem"


def test_faults_of_every_kind_are_told_in_the_order_of_their_lines() -> None:
    content = """
    collection:
      timeout_offset: 20s
      min_interval: 1
    accounts:
      - name: main
        credentials:
          secret_id: a
        ca_file: /none.pem
        applications:
          - sdk_app_id: 1
          - sdk_app_id: 1
            nam: spare
    staff:
      max_series: many
    """
    assert fault_lines(content, "/etc/tccc.yaml") == [
        "/etc/tccc.yaml:2: collection.timeout_offset: is 20s, allowed: less than the timeout, which is 10s",
        f"/etc/tccc.yaml:3: collection.min_interval: found the number 1, allowed: a duration from 0s to 10m, {SUCH_AS}",
        ("/etc/tccc.yaml:6: accounts[0].credentials.secret_key: is missing, allowed: secret_key or secret_key_file"),
        (
            "/etc/tccc.yaml:8: accounts[0].ca_file: /none.pem cannot be read: No such file or directory, "
            "allowed: a file of PEM certificates"
        ),
        (
            "/etc/tccc.yaml:11: accounts[0].applications[1].sdk_app_id: found 1 again, "
            "allowed: once in an account; it is first in line 10"
        ),
        (
            "/etc/tccc.yaml:12: accounts[0].applications[1]: found the unknown key nam (did you mean name?), "
            "allowed: sdk_app_id, name, thresholds, skill_groups"
        ),
        '/etc/tccc.yaml:14: staff.max_series: found "many", allowed: a whole number from 1 to 100000',
    ]
