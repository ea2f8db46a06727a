from __future__ import annotations

import contextlib
import json
from typing import Any
from unittest import mock

import yaml
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from exporter.config.loading import for_applications, parse
from exporter.config.schema import Config
from exporter.yamlconf import yaml_nodes
from exporter.yamlconf.names import is_forbidden
from exporter.yamlconf.problems import ConfigurationError
from tests.config.helpers import ACCOUNT_KEYS, ACCOUNTS, CREDENTIAL_KEYS, DOCUMENT_KEYS

KEYS = f"{DOCUMENT_KEYS}, {ACCOUNT_KEYS}, {CREDENTIAL_KEYS}, sdk_app_id, timeout, max_staleness, labels".split(", ")
KEYS += ["signal", "severity", "above", "below", "during", "timezone", "days", "from", "to", "office"]
KEYS += ["id", "thresholds", "skill_groups", "inbound"]
MARKER = "hunter2xyz"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "10s",
            "1m30s",
            "https://host",
            "http://u:p@host:1",
            "staff_number",
            "../x",
            "12:30",
            "active_sessions",
            "queued_calls",
            12,
            "UTC",
            "office",
            1,
            20,
        ]
    )
)
trees = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), children, max_size=4)
    ),
    max_leaves=12,
)
yaml_text = st.lists(
    st.sampled_from(
        [*KEYS, ": ", ":", "\n", "\n  ", "\n    ", "- ", "{", "}", "[", "]", ", ", "'", '"', "\t", "|", ">"]
    )
    | st.sampled_from(["&a", "*a", "!t", "!!set", "%", "@", "---\n", "...", "# ", "? ", "<<", "~", "yes", "1:30", "0x"])
    | st.text(max_size=3)
).map("".join)


def configuration_or_faults(content: bytes) -> Config | ConfigurationError:
    """Anything else that is raised fails the test."""
    try:
        return parse(content, "config.yaml")
    except ConfigurationError as error:
        outcome = error
    assert outcome.problems
    assert all(str(problem).startswith("config.yaml") for problem in outcome.problems)
    assert not any(is_forbidden(character) for problem in outcome.problems for character in str(problem))
    return outcome


@given(st.binary())
def test_any_bytes_load_or_have_faults(content: bytes) -> None:
    configuration_or_faults(content)


@given(st.text())
def test_any_text_loads_or_has_faults(content: str) -> None:
    configuration_or_faults(content.encode(errors="surrogatepass"))


@given(content=yaml_text, loader=st.sampled_from([yaml.SafeLoader, yaml_nodes._Loader]))
def test_anything_like_yaml_loads_or_has_faults(content: str, loader: type[yaml.SafeLoader]) -> None:
    with mock.patch.object(yaml_nodes, "_Loader", loader):
        configuration_or_faults(content.encode(errors="surrogatepass"))
        configuration_or_faults((ACCOUNTS + content).encode(errors="surrogatepass"))


@given(
    key=st.sampled_from(
        ["name", "endpoint", "secret_id", "secret_key", "token", "from", "to", "timezone", "sdk_app_id"]
    ),
    text=st.text() | st.from_regex(r"https?://(xn--)?[\w.:\[\]%-]{0,80}", fullmatch=True),
    is_quoted=st.booleans(),
    loader=st.sampled_from([yaml.SafeLoader, yaml_nodes._Loader]),
)
def test_any_single_text_is_taken_or_refused(
    key: str, text: str, is_quoted: bool, loader: type[yaml.SafeLoader]
) -> None:
    value = json.dumps(text, ensure_ascii=loader is yaml.SafeLoader) if is_quoted else text
    parts = {"name": "main", "sdk_app_id": "1", "secret_id": "a", "secret_key": "b", "from": '"01:00"', "to": '"02:00"'}
    parts = {"endpoint": "http://h", "token": "c", "timezone": "UTC", **parts, key: value}
    content = (
        "accounts: [{{name: {name}, endpoint: {endpoint}, applications: [{{sdk_app_id: {sdk_app_id}}}], credentials: "
        "{{secret_id: {secret_id}, secret_key: {secret_key}, token: {token}}}}}]\n"
        "schedules: {{office: {{timezone: {timezone}, from: {from}, to: {to}}}}}\n"
    ).format_map(parts)
    with mock.patch.object(yaml_nodes, "_Loader", loader):
        outcome = configuration_or_faults(content.encode(errors="surrogatepass"))
    if isinstance(outcome, ConfigurationError):
        return
    account = outcome.accounts[0]
    assert account.credentials is not None
    assert account.credentials.secret_key is not None
    assert account.credentials.secret_key.reveal().isascii()
    account.name.encode()
    url = URL(account.endpoint)
    assert url.host
    assert url.port
    url.raw_host.encode("idna")  # type: ignore[union-attr]


@given(
    tree=trees,
    block=st.sampled_from(
        [
            "document",
            "account",
            "credentials",
            "thresholds",
            "threshold",
            "skill_groups",
            "skill_group",
            "threshold of a skill group",
            "collectors",
            "collection",
            "staff",
            "schedules",
            "schedule",
        ]
    ),
)
def test_any_tree_loads_or_has_faults(tree: Any, block: str) -> None:
    account: dict[str, Any] = {"name": "main", "applications": [{"sdk_app_id": 1}]}
    document: Any = {"accounts": [account]}
    match block:
        case "document":
            document = tree
        case "account":
            document["accounts"].append(tree)
        case "credentials":
            account["credentials"] = tree
        case "thresholds":
            account["applications"][0]["thresholds"] = tree
        case "threshold":
            account["applications"][0]["thresholds"] = [tree, tree]
        case "skill_groups":
            account["applications"][0]["skill_groups"] = tree
        case "skill_group":
            account["applications"][0]["skill_groups"] = [tree, {"id": 12, "thresholds": tree}]
        case "threshold of a skill group":
            account["applications"][0]["skill_groups"] = [{"id": 12, "thresholds": [tree, tree]}]
        case "schedule":
            document["schedules"] = {"office": tree}
        case _:
            document[block] = tree
    configuration_or_faults(json.dumps(document).encode())


@given(st.lists(st.text(max_size=12) | st.integers().map(str), min_size=1))
def test_any_ids_of_applications_load_or_have_faults(ids: list[str]) -> None:
    with contextlib.suppress(ConfigurationError):
        config = for_applications(ids, "--sdk-app-id")
        parts = [part.strip() for text in ids for part in text.split(",") if part.strip()]
        assert [application.sdk_app_id for application in config.accounts[0].applications] == list(map(float, parts))


credential_keys = st.sampled_from([*CREDENTIAL_KEYS.split(", "), "secretkey", "Secret_Key", "key", MARKER])
credential_values = st.sampled_from(
    [
        MARKER,
        f"'{MARKER}'",
        f'"{MARKER}"',
        f" '{MARKER} '",
        f'"{MARKER}\\n"',
        f"[{MARKER}]",
        f"{{{MARKER}: {MARKER}}}",
        f"{{secret_key: {MARKER}}}",
        f"{{{MARKER}}}",
        f"|\n          {MARKER}\n          {MARKER}",
        f"@{MARKER}",
        f"!{MARKER}",
        f"&{MARKER} x",
        f"*{MARKER}",
        f"%{MARKER}",
        f"'{MARKER}",
        f'"{MARKER}',
        f"[{MARKER}",
        f"{MARKER}: {MARKER}",
        f"{MARKER}\x00",
        f"https://{MARKER}:{MARKER}@host",
        "123",
        "",
    ]
)
credential_blocks = st.lists(
    st.tuples(credential_keys, st.sampled_from([": ", ":", " : "]), credential_values).map("".join), max_size=4
).flatmap(
    lambda parts: st.sampled_from(
        [
            "\n" + "".join(f"      {part}\n" for part in parts),
            "\n" + "".join(f"      - {part}\n" for part in parts),
            "\n" + "".join(f"    {' ' * index}{part}\n" for index, part in enumerate(parts, 1)),
            f" {{{', '.join(parts)}}}\n",
            f" [{', '.join(parts)}]\n",
            f" {{{', '.join(parts)}\n",
            f" {' '.join(parts)}\n",
        ]
    )
)


@given(
    block=credential_blocks,
    key=st.sampled_from(["credentials", "credential", "Credentials", "creds"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    loader=st.sampled_from([yaml.SafeLoader, yaml_nodes._Loader]),
)
def test_no_secret_shows(block: str, key: str, newline: str, loader: type[yaml.SafeLoader]) -> None:
    content = f"accounts:\n  - name: main\n    {key}:{block}    applications: [{{sdk_app_id: 1}}]\n"
    with mock.patch.object(yaml_nodes, "_Loader", loader):
        outcome = configuration_or_faults(content.replace("\n", newline).encode())
    assert MARKER not in f"{outcome} {outcome!r}"
    if isinstance(outcome, ConfigurationError):
        assert MARKER not in repr(outcome.problems)
        assert outcome.__cause__ is None
