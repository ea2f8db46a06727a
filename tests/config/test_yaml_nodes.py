from __future__ import annotations

import pytest
import yaml

from exporter.config import yaml_nodes
from exporter.config.loading import parse
from tests.config.helpers import ACCOUNTS, fault_lines

BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "config.yaml: is empty"),
    "comments alone": ("# nothing yet\n\n", "config.yaml: is empty"),
    "not UTF-8": (
        b"accounts:\n  - name: caf\xe9\n",
        "config.yaml:2: found bytes that are not UTF-8, allowed: text in UTF-8",
    ),
    "UTF-16": (
        "accounts:".encode("utf-16"),
        "config.yaml:1: found bytes that are not UTF-8, allowed: text in UTF-8",
    ),
    "NUL": (
        ACCOUNTS + "staff:\n  retention: 1h\0\n",
        "config.yaml:3: found a control character, allowed: printable text",
    ),
    "tab as indentation": (
        "accounts:\n\t- name: main\n",
        "config.yaml:2: found a tab at the start of the line, allowed: spaces",
    ),
    "tab after spaces": (
        "accounts:\n  - name: main\n  \tendpoint: x\n",
        "config.yaml:3: found a tab at the start of the line, allowed: spaces",
    ),
    "anchor": (
        "accounts: &all [{name: main}]\n",
        "config.yaml:1: found an anchor or an alias, allowed: text that starts with & or * in quotes",
    ),
    "alias": (
        ACCOUNTS + "staff: *defaults\n",
        "config.yaml:2: found an anchor or an alias, allowed: text that starts with & or * in quotes",
    ),
    "exploding aliases": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        "config.yaml:1: found an anchor or an alias, allowed: text that starts with & or * in quotes",
    ),
    "tag of Python": (
        "accounts: []\nstaff: !!python/object/apply:os.system [reboot]\n",
        "config.yaml:2: found a tag, allowed: text that starts with ! in quotes",
    ),
    "tag for binary": (
        "accounts:\n  - name: !!binary aGVsbG8=\n",
        "config.yaml:2: found a tag, allowed: text that starts with ! in quotes",
    ),
    "tag for a set": (
        ACCOUNTS + "staff: {labels: !!set {staff_number}}\n",
        "config.yaml:2: found a tag, allowed: text that starts with ! in quotes",
    ),
    "tag of one's own": (
        "accounts:\n  - name: !vault abc\n",
        "config.yaml:2: found a tag, allowed: text that starts with ! in quotes",
    ),
    "two documents": (ACCOUNTS + "---\n" + ACCOUNTS, "config.yaml:2: found a second document, allowed: one"),
    "nested deep": ("# deep\n" + "[" * 21 + "]" * 21, "config.yaml:2: is nested too deep, allowed: 20 levels"),
    "nested without an end": ("[" * 100_000, "config.yaml:1: is nested too deep, allowed: 20 levels"),
    "too large": (b"#" * (1024 * 1024 + 1), "config.yaml: is too large, allowed: at most 1024 KiB"),
    "text after a mapping": (
        "accounts:\n  - name: main\nendpoint\n",
        (
            "config.yaml:4: is not valid YAML: could not find expected ':' while scanning a simple key that starts in "
            "line 3"
        ),
    ),
    "colon in text": (
        "accounts:\n  - name: main: spare\n",
        "config.yaml:2: is not valid YAML: mapping values are not allowed in this context",
    ),
    "mapping without an end": (
        "accounts:\n  - {name: main\n    endpoint: x\n",
        (
            "config.yaml:3: is not valid YAML: did not find expected ',' or '}' while parsing a flow mapping "
            "that starts in line 2"
        ),
    ),
    "quotes without an end": (
        'accounts:\n  - name: "main\n    endpoint: x\n',
        (
            "config.yaml:4: is not valid YAML: found unexpected end of stream while scanning a quoted scalar "
            "that starts in line 2"
        ),
    ),
    "text that starts with @": (
        "accounts:\n  - name: @main\n",
        "config.yaml:2: is not valid YAML: found character that cannot start any token",
    ),
    "wrong indentation": (
        "accounts:\n  - name: main\n   endpoint: x\n",
        (
            "config.yaml:3: is not valid YAML: did not find expected '-' indicator while parsing a block collection "
            "that starts in line 2"
        ),
    ),
}


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="the parser written in Python words its problems otherwise")
@pytest.mark.parametrize(("content", "line"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_usable_yaml_is_told_in_one_line(content: str | bytes, line: str) -> None:
    assert fault_lines(content) == [line]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ACCOUNTS.encode(), id="plain"),
        pytest.param(b"\xef\xbb\xbf" + ACCOUNTS.encode(), id="byte order mark"),
        pytest.param(b"accounts:\r\n- name: main\r\n  applications:\r\n  - sdk_app_id: 1400000000\r\n", id="CRLF"),
        pytest.param(b"---\n" + ACCOUNTS.encode() + b"...\n", id="document markers"),
        pytest.param(b"%YAML 1.1\n---\n" + ACCOUNTS.encode(), id="directive"),
        pytest.param(ACCOUNTS.rstrip().encode() + b"\t# comment", id="a tab where it does no harm"),
        pytest.param(b'{"accounts": [{"name": "main", "applications": [{"sdk_app_id": 1400000000}]}]}', id="JSON"),
        pytest.param(ACCOUNTS.encode() + b"#" * 1_000_000, id="large"),
    ],
)
def test_reads_any_way_to_write_the_same(content: bytes) -> None:
    assert parse(content, "config.yaml") == parse(ACCOUNTS.encode(), "config.yaml")


@pytest.mark.parametrize(
    "content",
    [
        "credentials:\n  secret_key: MARKER'\"MARKER\n  MARKER",
        "credentials: {secret_key: MARKER MARKER: MARKER: }",
        'credentials: "\\MARKER"',
        "%MARKER MARKER",
        "credentials: !MARKER!MARKER x",
        "credentials: &MARKER'MARKER x",
        "credentials: *MARKER",
        "credentials: |MARKER\n MARKER",
        "credentials: {? MARKER",
        "credentials: @MARKER",
        "credentials: 'MARKER",
        "- MARKER\nMARKER: MARKER",
    ],
)
@pytest.mark.parametrize("loader", {yaml.SafeLoader, yaml_nodes._Loader}, ids=lambda loader: loader.__name__)
def test_no_parser_shows_what_the_file_holds(
    content: str, loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_nodes, "_Loader", loader)
    with pytest.raises(yaml_nodes.SyntaxFaultError) as caught:
        yaml_nodes.compose(content.encode())
    assert "MARKER" not in f"{caught.value} {caught.value!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
