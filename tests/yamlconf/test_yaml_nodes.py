from __future__ import annotations

import pytest
import yaml

from exporter.config.loading import parse
from exporter.yamlconf import yaml_nodes
from tests.config.helpers import ACCOUNTS, fault_lines

LOADERS = {yaml.SafeLoader, yaml_nodes._Loader}
"""The parser written in Python, which is always there, and the one in C."""

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
        "config.yaml:3: found the control character U+0000, allowed: text, tabs and line ends",
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
    "a code point beyond all": (
        'accounts: []\nstaff: "\\UFFFFFFFF"\n',
        "config.yaml:2: found an escape that stands for no character, allowed: the character itself",
    ),
}

COLON = "a key, a colon, a space and the value"

SYNTAX: dict[str, tuple[str, str]] = {
    "key deeper than its neighbor": (
        "accounts:\n  - name: main\n      endpoint: x\n",
        "3: found 6 spaces before the text of this line, expected 4, 2 or 0, as in the lines above",
    ),
    "key deeper than its neighbor with a block": (
        "collection:\n  timeout: {}\n    min_interval: 1s\n",
        "3: found 4 spaces before the text of this line, expected 2 or 0, as in the lines above",
    ),
    "key less deep than its neighbor": (
        "accounts:\n  - name: main\n   endpoint: x\n",
        "3: found 3 spaces before the text of this line, expected 4, 2 or 0, as in the lines above",
    ),
    "key between two levels": (
        "collection:\n    timeout: 1s\n\n  # comment\n  min_interval: 1s\n",
        "5: found 2 spaces before the text of this line, expected 4 or 0, as in the lines above",
    ),
    "entry less deep than its neighbor": (
        "accounts:\n  - name: a\n - name: b\n",
        "3: found 1 space before the text of this line, expected 4, 2 or 0, as in the lines above",
    ),
    "first key deeper than the others": (
        "  accounts: []\nstaff: {}\n",
        "2: found 0 spaces before the text of this line, expected 2, as in the lines above",
    ),
    "entry as deep as keys": (
        "accounts:\n  - name: a\n    - name: b\n",
        "3: found an entry of a list (-) among keys, expected a key, or - in line with other entries",
    ),
    "entry behind the keys of a block": (
        "collection:\n  timeout: 1s\n  - x\n",
        "3: found an entry of a list (-) among keys, expected a key, or - in line with other entries",
    ),
    "key as deep as entries": (
        "- a\nb: c\n",
        "2: found a key among the entries of a list, expected - before it, or the indentation of other keys",
    ),
    "entry behind its key": (
        "accounts: - name: a\n",
        "1: found - behind a key, allowed: - at the start of a line, or [a, b]",
    ),
    "no space behind the first key": (
        "staff:\n  retention:1h\n  labels: []\n",
        f"2: found no space behind the colon, allowed: {COLON}",
    ),
    "no space behind a later key": (
        "staff:\n  labels: []\n  retention:1h\n  max_series: 1\n",
        f"3: found no space behind the colon, allowed: {COLON}",
    ),
    "full-width colon": (
        "accounts：[]\nstaff: {}\n",
        "1: found a full-width colon, allowed: an ordinary one with a space behind it",
    ),
    "no colon, first": ("staff\n  labels: []\n", f"1: found a line without a colon, allowed: {COLON}"),
    "no colon, between": ("a: b\nstaff\nc: {}\n", f"2: found a line without a colon, allowed: {COLON}"),
    "no colon, last": ("a: b\nendpoint\n", f"2: found a line without a colon, allowed: {COLON}"),
    "colon in text": (
        "accounts:\n  - name: main: spare\n",
        "2: found a second colon with a space behind it, allowed: one; text that holds more in quotes",
    ),
    "colon without a key": (": x\n", "1: found a colon without a key before it"),
    "mapping without an end": (
        "accounts:\n  - {name: main\n    endpoint: x\n",
        "3: found neither a comma nor } where one belongs: the { of line 2 is still open",
    ),
    "list without an end": (
        "staff: {labels: [staff_number}\n",
        "1: found neither a comma nor ] where one belongs: the [ of this line is still open",
    ),
    "mapping open to the end": (
        "accounts: [{name: main}\n",
        "2: found neither a comma nor ] where one belongs: the [ of line 1 is still open",
    ),
    "comma forgotten": (
        '{"a": 1\n "b": 2}\n',
        "2: found neither a comma nor } where one belongs: the { of line 1 is still open",
    ),
    "comma too many": ('{"a": 1,\n "b": 2,,\n}\n', "2: found , in place of a value, allowed: a value, text in quotes"),
    "bracket too many": ("a: [b]]\n", "1: found a ] that nothing has opened"),
    "brace too many": ("a: {b: c}}\n", "1: found a } that nothing has opened"),
    "quotes without an end": (
        'accounts:\n  - name: "main\n    endpoint: x\n',
        "2: found a quotation mark without the one that ends the text",
    ),
    "single quotes without an end": ("a: 'b\n", "1: found a quotation mark without the one that ends the text"),
    "quotes up to a document marker": (
        "a: 'b\n--- c\n",
        "1: found a quotation mark without the one that ends the text",
    ),
    "text behind quotes": (
        'a: "b" c\n',
        "1: found more behind the end of a value, allowed: one value; text in quotes as a whole",
    ),
    "backslashes in double quotes": (
        'ca_file: "C:\\Users\\ca.pem"\n',
        "1: found a backslash that begins no escape, allowed: text with backslashes in single quotes",
    ),
    "unknown escape": (
        'a: "\\q"\n',
        "1: found a backslash that begins no escape, allowed: text with backslashes in single quotes",
    ),
    "text that starts with @": (
        "accounts:\n  - name: @main\n",
        "2: found @ at the start of text, allowed: text that starts with @ in quotes",
    ),
    "text that starts with %": (
        "accounts:\n  - name: %main\n",
        "2: found % at the start of text, allowed: text that starts with % in quotes",
    ),
    "text that starts with `": (
        "accounts:\n  - name: `main`\n",
        "2: found ` at the start of text, allowed: text that starts with ` in quotes",
    ),
    "text that starts with |": (
        "a: |b\n",
        "1: found more behind | or >, allowed: text that starts with | or > in quotes",
    ),
    "text that starts with ?": (
        "a: ? b\n",
        "1: found ? at the start of text, allowed: text that starts with ? in quotes",
    ),
    "text that starts with ,": ("a: , b\n", "1: found , in place of a value, allowed: a value, text in quotes"),
    "line that starts with %": (
        "a: 1\n%b: 2\n",
        "2: found % at the start of the line, allowed: text that starts with % in quotes",
    ),
    "YAML of another version": (
        "%YAML 2.0\n---\na: 1\n",
        "1: found % at the start of the line, allowed: text that starts with % in quotes",
    ),
    "lone *": ("a: *\n", "1: found an anchor or an alias, allowed: text that starts with & or * in quotes"),
    "lone &": ("a: & b\n", "1: found an anchor or an alias, allowed: text that starts with & or * in quotes"),
    "tag without an end": ("a: !<x\n", "1: found a tag, allowed: text that starts with ! in quotes"),
    "tag of nobody": ("a: !x!y z\n", "1: found a tag, allowed: text that starts with ! in quotes"),
    "tab behind a dash": ("a:\n  -\tb: 1\n    c: 2\n", "2: found a tab, allowed: spaces"),
    "tab in a block": ("a: |\n\tb\n", "2: found a tab at the start of the line, allowed: spaces"),
    "INI": (
        "[accounts]\nname = main\n",
        "2: found more behind what should be the end, allowed: one mapping of keys and values",
    ),
    "more after the end": (
        "a: 1\n...\nb: 2\n",
        "3: found more behind what should be the end, allowed: one mapping of keys and values",
    ),
}


@pytest.mark.parametrize("content_and_line", BAD_FILES.values(), ids=BAD_FILES)
@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_a_file_that_is_no_usable_yaml_is_told_in_one_line(
    content_and_line: tuple[str | bytes, str], loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_nodes, "_Loader", loader)
    content, line = content_and_line
    assert fault_lines(content) == [line]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("content_and_problem", SYNTAX.values(), ids=SYNTAX)
@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_wrong_syntax_is_told_in_plain_words_whichever_parser_finds_it(
    content_and_problem: tuple[str, str], loader: type[yaml.SafeLoader], newline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_nodes, "_Loader", loader)
    content, problem = content_and_problem
    assert fault_lines(content.replace("\n", newline).encode()) == [f"config.yaml:{problem}"]


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
@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_no_parser_shows_what_the_file_holds(
    content: str, loader: type[yaml.SafeLoader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_nodes, "_Loader", loader)
    with pytest.raises(yaml_nodes.SyntaxProblemError) as caught:
        yaml_nodes.compose(content.encode())
    assert "MARKER" not in f"{caught.value} {caught.value!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
