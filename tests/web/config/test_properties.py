"""Whatever is in a web configuration, it loads or its problems are told, and no secret is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exporter.web.config.loading import LoadedWebConfig, load
from exporter.web.config.read_files import ReadFiles
from exporter.yamlconf.problems import ConfigurationError
from tests.web.config.certificates import server
from tests.web.config.test_loading import HASH, KEYS

MARKER = "hunter2xyz"
NAMES = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit", "headers", "http2", "interval"]
NAMES += [*KEYS.split(", "), "burst", "X-Frame-Options", "Strict-Transport-Security", "alice", ""]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["TLS13", "1s", "deny", "X25519", HASH, ".", "server.crt", "/dev/zero", "-----BEGIN CERTIFICATE-----"]
    )
    | st.sampled_from([server().pem, server().key, "TLS_AES_128_GCM_SHA256", "RequireAndVerifyClientCert", "a\0b"])
)
trees = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), children, max_size=6)
    ),
    max_leaves=16,
)


class InMemory(ReadFiles):
    """One file that is there, and no other."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._file = content

    def read(self, path: str | Path) -> bytes:
        return self._file if Path(path).name == "web.yml" else super().read(path)


def outcome(content: bytes) -> LoadedWebConfig | ConfigurationError:
    try:
        return load("/nonexistent/web.yml", InMemory(content))
    except ConfigurationError as error:
        found = error
    assert found.problems
    assert all("\n" not in str(problem) for problem in found.problems)
    return found


@given(st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_load_or_have_problems(content: bytes) -> None:
    outcome(content)


@given(tree=trees, block=st.sampled_from([*NAMES[:4], None]))
def test_any_tree_loads_or_has_problems(tree: Any, block: str | None) -> None:
    outcome(json.dumps(tree if block is None else {block: tree}).encode())


@given(
    block=st.sampled_from(["basic_auth_users", "tls_server_config"]),
    key=st.sampled_from(["alice", "key", "cert", "client_ca", "key_file"]),
    secret=st.sampled_from([MARKER, f"-----BEGIN {MARKER}", [MARKER], {MARKER: MARKER}, f"{MARKER}\n{MARKER}"]),
)
def test_no_secret_shows(block: str, key: str, secret: Any) -> None:
    if key == "key_file" and secret == MARKER:
        # A path is shown: it is what has to be mended.
        return
    found = outcome(json.dumps({block: {key: secret}}).encode())
    assert isinstance(found, ConfigurationError)
    assert MARKER not in str(found)
