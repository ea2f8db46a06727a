from __future__ import annotations

import re

import pytest

from tests.config.helpers import ACCOUNTS, ENDPOINT, KEY, fault_lines


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("staff_number", '"staff_number"'),
        ("[staff_name]", '["staff_name"]'),
        ("[staff_number, staff_number]", '["staff_number", "staff_number"]'),
        ("[[staff_number]]", '[["staff_number"]]'),
        ("[1]", "[the number 1]"),
        ("[yes]", "[the boolean yes]"),
        ("{staff_number: true}", "a mapping"),
        ("", "nothing"),
    ],
)
def test_staff_labels_that_are_none(labels: str, found: str) -> None:
    assert fault_lines(f"{ACCOUNTS}staff:\n  labels: {labels}\n") == [
        f"config.yaml:3: staff.labels: found {found}, allowed: a list of staff_number, staff_email, each at most once"
    ]


@pytest.mark.parametrize(
    ("endpoint", "found"),
    [
        ("ccc.tencentcloudapi.com", '"ccc.tencentcloudapi.com"'),
        ("ftp://host", '"ftp://host"'),
        ("https://", '"https://" whose host is missing'),
        ("https://:443", '"https://:443" whose host is missing'),
        ("https://host:0", '"https://host:0" whose port is 0'),
        ("https://host:65536", '"https://host:65536" whose port is no number up to 65535'),
        ("https://host:port", '"https://host:port" whose port is no number up to 65535'),
        ("https://host/path", '"https://host/path"'),
        ("https://host//", '"https://host//"'),
        ("https://host?", '"https://host?"'),
        ('"https://host#"', '"https://host#"'),
        ("https://ho st", '"https://ho st"'),
        ("https://{host}", '"https://{host}" whose host holds characters that no host has'),
        ("'https://[::1'", '"https://[::1" whose host or port is not clear: an IPv6 address needs brackets'),
        ("https://user:secret@host", '"...@host"'),
        ("user:secret@host", '"...@host"'),
        ('"https://user:secret\\n@x@host"', '"...@host"'),
        ("443", "the number 443"),
    ],
)
def test_endpoints_that_are_none(endpoint: str, found: str) -> None:
    content = f"accounts:\n  - name: main\n    endpoint: {endpoint}\n    applications: [{{sdk_app_id: 1}}]\n"
    assert fault_lines(content) == [f"config.yaml:3: accounts[0].endpoint: found {found}, allowed: {ENDPOINT}"]


LABEL = "x" * 64


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("ccc..tencentcloudapi.com", "host has a dot at its start, or two in a row"),
        (".ccc.tencentcloudapi.com", "host has a dot at its start, or two in a row"),
        (f"{LABEL}.example", "host has more than 63 characters between two dots"),
        (".".join([LABEL[:60]] * 5), "host is longer than 253 characters"),
        ("xn--.invalid", "host has a part that begins with xn-- and stands for no text"),
        ("xn--zzzzzz.invalid", "host has a part that begins with xn-- and stands for no text"),
        ("256.1.1.1", "host is no IPv4 address: four numbers from 0 to 255"),
        ("[1.2.3.4]:80", "host is no IPv6 address, which alone belongs in brackets"),
        ("[fe80::1%25eth0]", "host has a zone (%)"),
        ("::1", "host or port is not clear: an IPv6 address needs brackets"),
        ("host:", "port is missing"),
        ("a%2fb", "host holds characters that no host has"),
    ],
)
def test_endpoints_that_nothing_could_be_looked_up_at(host: str, reason: str) -> None:
    [line] = fault_lines(f"accounts: [{{name: a, endpoint: 'https://{host}', applications: [{{sdk_app_id: 1}}]}}]")
    assert line.startswith('config.yaml:1: accounts[0].endpoint: found "https://')
    assert line.endswith(f'" whose {reason}, allowed: {ENDPOINT}')


PLACEHOLDERS = [
    "${SECRET_KEY}",
    "$SECRET_KEY",
    "$(SECRET_KEY)",
    "<secret-key>",
    "'{{ .Values.secretKey }}'",
    "{{ secret_key }}",
    "{{secret_key}}",
    "'%SECRET%'",
    "'@SECRET@'",
    "__SECRET_KEY__",
    "YOUR_SECRET_KEY",
    "your-secret-key",
    "changeme",
    "insert-secret-here",
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("part", ["secret_id", "secret_key", "token"])
def test_placeholders_that_nothing_has_filled_in(part: str, placeholder: str) -> None:
    parts = {"secret_id": "a", "secret_key": "b", part: placeholder}
    block = "".join(f"      {name}: {value}\n" for name, value in parts.items())
    content = f"accounts:\n  - name: a\n    credentials:\n{block}    applications: [{{sdk_app_id: 1}}]\n"
    [line] = fault_lines(content)
    assert re.search(
        rf"^config\.yaml:\d: accounts\[0\]\.credentials\.{part}: found (text|a mapping) that looks like a placeholder "
        rf"which nothing has filled in, allowed: the {part} itself.* {part}_file .* TENCENTCLOUD_{part.upper()} in the",
        line,
    )


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("\u201cAKIDhush\u201d", "whose character 1 is a typographic quotation mark"),
        ("\u0410KIDhush", "whose character 1 is a letter that is not ASCII (Cyrillic)"),
        ("hush\u5bc6", "whose character 5 is a letter that is not ASCII (Cjk)"),
        ("hush hush", "whose character 5 is a space"),
        ("hush\u3000hush", "whose character 5 is a space other than the common one"),
        ("hush\u200bhush", "whose character 5 is invisible"),
        ('"hush\\x07"', "whose character 5 is a control character"),
        ('"hush\\n"', "whose character 5 is a control character"),
        ("hush" * 1025, "of more than 4096 characters"),
        ("secret_key=hush", "that looks like a line with the name of a variable before its value"),
        ("'\"hush\"'", "that looks like text in quotes, which are no part of a key"),
    ],
)
@pytest.mark.parametrize("part", ["secret_id", "secret_key", "token"])
def test_a_key_that_no_header_carries_is_told_by_its_kind(part: str, key: str, reason: str) -> None:
    parts = {"secret_id": "a", "secret_key": "b", part: key}
    block = ", ".join(f"{name}: {value}" for name, value in parts.items())
    lines = fault_lines(f"accounts: [{{name: a, credentials: {{{block}}}, applications: [{{sdk_app_id: 1}}]}}]")
    assert lines == [f"config.yaml:1: accounts[0].credentials.{part}: found text {reason}, allowed: {KEY}"]


@pytest.mark.parametrize("part", ["secret_id", "secret_key", "token"])
@pytest.mark.parametrize("key", ["Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "AKIDx"])
def test_a_key_in_place_of_the_path_of_its_file(part: str, key: str) -> None:
    """Told as a file that is not there, it would stand in the log."""
    parts = {"secret_id_file": "id", "secret_key_file": "/run/key", f"{part}_file": key}
    block = ", ".join(f"{name}: {value}" for name, value in parts.items())
    lines = fault_lines(f"accounts: [{{name: a, credentials: {{{block}}}, applications: [{{sdk_app_id: 1}}]}}]")
    assert lines == [
        (
            f"config.yaml:1: accounts[0].credentials.{part}_file: found text that looks like a key itself, "
            "allowed: the path of a file that holds it"
        )
    ]
