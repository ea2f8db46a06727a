"""Good and bad web configuration files, and what is told of the bad ones."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from textwrap import dedent

import pytest

from exporter.web.config.loading import LoadedWebConfig, check, load
from exporter.web.config.read_files import ReadFiles
from exporter.web.config.value_rules import CURVES
from exporter.yamlconf.problems import ConfigurationError
from tests.web.config.certificates import ca_pem, certificate, indented, server

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
HASH_2A, HASH_2B = HASH.replace("2y", "2a"), HASH.replace("2y", "2b")
PAIR = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
KEYS = (
    "cert_file, key_file, client_ca_file, cert, key, client_ca, client_auth_type, client_allowed_sans, min_version, "
    "max_version, cipher_suites, prefer_server_cipher_suites, curve_preferences"
)
PATH = "text of 1 to 4096 characters without spaces around it; numbers, dates, yes and no in quotes"
VERSIONS = "one of TLS10, TLS11, TLS12, TLS13"
BLOCKS = "tls_server_config, http_server_config, basic_auth_users, rate_limit"
TYPES = "one of NoClientCert, RequestClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert"
BCRYPT = 'a bcrypt hash ($2a$, $2b$ or $2y$), as of htpasswd -nBC 10 ""'
INLINE = "PEM text of at most 256 KiB, behind | on lines of its own"
PLAIN = "text of at most 4096 printable ASCII characters in one line"
DURATION = "a duration from 0 to 1h, such as 100ms, 1s or 1m30s"
NO_FILE = "cannot be read: No such file or directory"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    server().write(tmp_path, "server")
    certificate("other.example").write(tmp_path, "other")
    (tmp_path / "ca.crt").write_text(ca_pem())
    (tmp_path / "junk").write_text("junk\n")
    (tmp_path / "encrypted.key").write_text(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
    )
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def loaded(directory: Path, content: str) -> LoadedWebConfig:
    path = directory / "web.yml"
    path.write_text(content)
    return load(path, ReadFiles())


def problems(directory: Path, content: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(directory, content)
    return [str(problem).replace(f"{directory}/", "") for problem in caught.value.problems]


BAD_FILES: dict[str, tuple[str, list[str]]] = {
    "empty": ("", ["web.yml: is empty"]),
    "junk": (
        "hWkNKCp3fvIx3jKnsaBI\nTuEjdwNS8A2vYdFbiKqr\n",
        [f"web.yml:1: found text, allowed: a mapping with {BLOCKS}"],
    ),
    "an unknown block": (
        "tls_config: {}\n",
        [f"web.yml:1: found the unknown key tls_config (did you mean tls_server_config?), allowed: {BLOCKS}"],
    ),
    "an unknown key": (
        f"{PAIR}  cert_filse: server.crt\n",
        [f"web.yml:4: tls_server_config: found the unknown key cert_filse (did you mean cert_file?), allowed: {KEYS}"],
    ),
    "a key given twice": (
        f"{PAIR}  key_file: other.key\n",
        ["web.yml:4: tls_server_config.key_file: is given twice, allowed: once; it is first in line 3"],
    ),
    "no certificate": (
        "tls_server_config:\n  key_file: server.key\n",
        ["web.yml:1: tls_server_config.cert_file: is missing, allowed: cert_file or cert"],
    ),
    "no key": (
        "tls_server_config: {cert_file: server.crt}\n",
        ["web.yml:1: tls_server_config.key_file: is missing, allowed: key_file or key"],
    ),
    "TLS settings without certificate and key, which would be plain HTTP in Go": (
        "tls_server_config:\n  min_version: TLS13\n",
        [
            "web.yml:1: tls_server_config.cert_file: is missing, allowed: cert_file or cert",
            "web.yml:1: tls_server_config.key_file: is missing, allowed: key_file or key",
        ],
    ),
    "an empty path": (
        "tls_server_config:\n  cert_file: ''\n  key_file: server.key\n",
        [f'web.yml:2: tls_server_config.cert_file: found "", allowed: {PATH}'],
    ),
    "files that are not there": (
        "tls_server_config:\n  cert_file: nowhere\n  key_file: /nowhere\n",
        [
            f"web.yml:2: tls_server_config.cert_file: nowhere {NO_FILE}",
            f"web.yml:3: tls_server_config.key_file: /nowhere {NO_FILE}",
        ],
    ),
    "a directory, and a pipe": (
        "tls_server_config:\n  cert_file: .\n  key_file: pipe\n",
        [
            "web.yml:2: tls_server_config.cert_file: {} cannot be read: Is a directory",
            "web.yml:3: tls_server_config.key_file: pipe cannot be read: Not a regular file",
        ],
    ),
    "a certificate that is none": (
        "tls_server_config:\n  cert_file: junk\n  key_file: server.key\n",
        ["web.yml:2: tls_server_config.cert_file: holds no PEM certificate"],
    ),
    "a key that is none": (
        "tls_server_config:\n  cert_file: server.crt\n  key_file: junk\n",
        ["web.yml:3: tls_server_config.key_file: holds no PEM private key"],
    ),
    "the key of another certificate": (
        "tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n",
        ["web.yml:3: tls_server_config.key_file: does not belong to the certificate"],
    ),
    "a damaged certificate": (
        (
            "tls_server_config:\n  cert: |\n    -----BEGIN CERTIFICATE-----\n    AAAA\n    -----END CERTIFICATE-----\n"
            "  key_file: server.key\n"
        ),
        ["web.yml:2: tls_server_config.cert: cannot be used: damaged"],
    ),
    "a damaged key": (
        (
            "tls_server_config:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    AAAA\n    -----END PRIVATE KEY-----\n"
            "  cert_file: server.crt\n"
        ),
        ["web.yml:2: tls_server_config.key: cannot be used: damaged"],
    ),
    "a certificate twice": (
        f"{PAIR}  cert: {indented(server().pem)}",
        ["web.yml:4: tls_server_config.cert: is given beside cert_file, allowed: one of the two"],
    ),
    "no PEM in place": (
        "tls_server_config:\n  cert: server.crt\n  key: server.key\n",
        [
            f"web.yml:2: tls_server_config.cert: found text, allowed: {INLINE}",
            f"web.yml:3: tls_server_config.key: found text, allowed: {INLINE}",
        ],
    ),
    "a key in place of the path of its file": (
        f"tls_server_config:\n  cert_file: server.crt\n  key_file: {indented(server().key)}",
        [
            (
                "web.yml:3: tls_server_config.key_file: found text that is PEM itself, "
                "allowed: a path here, or the text as key"
            )
        ],
    ),
    "a CA without a policy": (
        f"{PAIR}  client_ca_file: ca.crt\n",
        [
            (
                "web.yml:4: tls_server_config.client_ca_file: is given, but no client is asked for a certificate, "
                "allowed: with RequireAndVerifyClientCert"
            )
        ],
    ),
    "a CA that is not there": (
        f"{PAIR}  client_ca_file: nowhere\n  client_auth_type: RequireAndVerifyClientCert\n",
        [f"web.yml:4: tls_server_config.client_ca_file: nowhere {NO_FILE}"],
    ),
    "a CA that is none": (
        f"{PAIR}  client_ca_file: junk\n  client_auth_type: RequireAndVerifyClientCert\n",
        ["web.yml:4: tls_server_config.client_ca_file: holds no PEM certificates, or damaged ones"],
    ),
    "an unknown policy": (
        f"{PAIR}  client_auth_type: VerifyEverything\n",
        [f'web.yml:4: tls_server_config.client_auth_type: found "VerifyEverything", allowed: {TYPES}'],
    ),
    "a policy that cannot be done": (
        f"{PAIR}  client_auth_type: RequireAnyClientCert\n",
        [
            (
                'web.yml:4: tls_server_config.client_auth_type: found "RequireAnyClientCert" which Python\'s TLS '
                f"cannot do: it takes no certificate without verifying it, allowed: {TYPES}"
            )
        ],
    ),
    "names of clients that are not asked": (
        f"{PAIR}  client_allowed_sans: [a]\n",
        [
            (
                "web.yml:4: tls_server_config.client_allowed_sans: is given with NoClientCert, "
                "allowed: with VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            )
        ],
    ),
    "names of clients that are asked and not checked": (
        f"{PAIR}  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n",
        [
            (
                "web.yml:5: tls_server_config.client_allowed_sans: is given with RequestClientCert, "
                "allowed: with VerifyClientCertIfGiven or RequireAndVerifyClientCert"
            )
        ],
    ),
    "no names of clients": (
        f"{PAIR}  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: []\n",
        ["web.yml:5: tls_server_config.client_allowed_sans: lets nobody in, allowed: a list of one or more"],
    ),
    "names that are none": (
        f"{PAIR}  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans:\n    - good\n    - 5\n",
        [
            (
                "web.yml:7: tls_server_config.client_allowed_sans[1]: found the number 5, allowed: text of 1 to 2048 "
                "characters without spaces around it; numbers, dates, yes and no in quotes"
            )
        ],
    ),
    "an unknown version": (
        f"{PAIR}  min_version: TLS111\n  max_version: 1.3\n",
        [
            f'web.yml:4: tls_server_config.min_version: found "TLS111", allowed: {VERSIONS}',
            f"web.yml:5: tls_server_config.max_version: found the number 1.3, allowed: {VERSIONS}",
        ],
    ),
    "versions the wrong way round": (
        f"{PAIR}  min_version: TLS13\n  max_version: TLS12\n",
        ["web.yml:4: tls_server_config.min_version: is TLS13, allowed: no more than max_version, which is TLS12"],
    ),
    "a maximum below the least that is the default": (
        f"{PAIR}  max_version: TLS11\n",
        ["web.yml:1: tls_server_config.min_version: is TLS12, allowed: no more than max_version, which is TLS11"],
    ),
    "ciphers of a version that is not spoken": (
        f"{PAIR}  max_version: TLS12\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
        ["web.yml:5: tls_server_config.cipher_suites: has ciphers of TLS 1.3 alone, but max_version is TLS12"],
    ),
    "a cipher as text": (
        f"{PAIR}  cipher_suites: TLS_AES_128_GCM_SHA256\n",
        ["web.yml:4: tls_server_config.cipher_suites: found text, allowed: a list"],
    ),
    "an unknown curve": (
        f"{PAIR}  curve_preferences:\n  - CurveP257\n",
        [
            (
                'web.yml:5: tls_server_config.curve_preferences[0]: found "CurveP257", '
                "allowed: one of CurveP256, CurveP384, CurveP521, X25519"
            )
        ],
    ),
    "what is no boolean": (
        f"{PAIR}  prefer_server_cipher_suites: maybe\nhttp_server_config:\n  http2: 2\n",
        [
            'web.yml:4: tls_server_config.prefer_server_cipher_suites: found "maybe", allowed: true or false',
            "web.yml:6: http_server_config.http2: found the number 2, allowed: true or false",
        ],
    ),
    "a header of another name": (
        "http_server_config:\n  headers:\n    Content-Type: foo\n",
        [
            (
                "web.yml:3: http_server_config.headers: found the unknown key Content-Type "
                "(did you mean X-Content-Type-Options?), allowed: "
                "Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, "
                "Strict-Transport-Security"
            )
        ],
    ),
    "headers of other values": (
        dedent("""\
            http_server_config:
              headers:
                X-Frame-Options: foo
                X-Content-Type-Options: sniff
                X-XSS-Protection: 2
                Strict-Transport-Security: forever
                Content-Security-Policy: "a\\r\\nb: c"
            """),
        [
            'web.yml:3: http_server_config.headers.X-Frame-Options: found "foo", allowed: deny or sameorigin',
            'web.yml:4: http_server_config.headers.X-Content-Type-Options: found "sniff", allowed: nosniff',
            (
                "web.yml:5: http_server_config.headers.X-XSS-Protection: found the number 2, "
                "allowed: 0 or 1, perhaps with ; and more behind it"
            ),
            (
                'web.yml:6: http_server_config.headers.Strict-Transport-Security: found "forever", '
                "allowed: max-age=SECONDS, perhaps with ; and more beside it"
            ),
            (
                'web.yml:7: http_server_config.headers.Content-Security-Policy: found "a??b: c" that no header '
                f"carries, allowed: {PLAIN}"
            ),
        ],
    ),
    "passwords that are no hashes": (
        f"basic_auth_users:\n  john: doe\n  jane: {HASH[:-1]}\n  jim: {HASH.replace('10', '03')}\n  joe: 5\n  jo:\n",
        [
            f"web.yml:2: basic_auth_users.john: found text, allowed: {BCRYPT}",
            f"web.yml:3: basic_auth_users.jane: found text, allowed: {BCRYPT}",
            f"web.yml:4: basic_auth_users.jim: found text, allowed: {BCRYPT}",
            f"web.yml:5: basic_auth_users.joe: found a number, allowed: {BCRYPT}",
            f"web.yml:6: basic_auth_users.jo: found nothing, allowed: {BCRYPT}",
        ],
    ),
    "users that no client can name": (
        f'basic_auth_users:\n  "a:b": {HASH}\n  7: {HASH}\n',
        [
            "web.yml:1: basic_auth_users: found a name with a colon, which no client can send",
            "web.yml:3: basic_auth_users: found a key that is no name, allowed: text of 1 to 100 characters",
        ],
    ),
    "users as a list": (
        f"basic_auth_users: [{HASH}]\n",
        ["web.yml:1: basic_auth_users: found a list, allowed: a mapping of names"],
    ),
    "a rate limit that lets nothing through": (
        "rate_limit:\n  interval: 1s\n",
        ["web.yml:1: rate_limit.burst: lets no request through, allowed: 1 or more"],
    ),
    "a rate limit that is none": (
        "rate_limit:\n  interval: soon\n  burst: many\n",
        [
            f'web.yml:2: rate_limit.interval: found "soon", allowed: {DURATION}',
            'web.yml:3: rate_limit.burst: found "many", allowed: a whole number from 0 to 1000000',
        ],
    ),
}


@pytest.mark.parametrize(("content", "lines"), BAD_FILES.values(), ids=BAD_FILES)
def test_every_problem_is_told_with_its_line(content: str, lines: list[str], directory: Path) -> None:
    assert problems(directory, content) == [line.format(directory) for line in lines]


@pytest.mark.parametrize(
    "name",
    ["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-GCM-SHA256", "ALL"],
)
def test_ciphers_that_go_calls_insecure_or_not_at_all(name: str, directory: Path) -> None:
    [line] = problems(directory, f"{PAIR}  cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n  - {name}\n")
    assert line.startswith(f'web.yml:6: tls_server_config.cipher_suites[1]: found "{name}", allowed: one of TLS_ECDHE_')


def test_a_key_that_asks_for_a_passphrase(directory: Path) -> None:
    """Asked for on the terminal, it would hold up the start, or the whole process."""
    encrypted = _encrypted(server().key)
    (directory / "encrypted.key").write_text(encrypted)
    assert problems(directory, "tls_server_config:\n  cert_file: server.crt\n  key_file: encrypted.key\n") == [
        "web.yml:3: tls_server_config.key_file: is encrypted, allowed: a key without a passphrase"
    ]


def _encrypted(pem: str) -> str:
    from cryptography.hazmat.primitives import serialization

    return (
        serialization.load_pem_private_key(pem.encode(), None)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
        .decode()
    )


GOOD_FILES = {
    "nothing": "{}\n",
    "no TLS": "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n",
    "no rate limit": "rate_limit:\n  interval: 0\n  burst: 0\n",
    "users": f"basic_auth_users:\n  alice: {HASH}\n  bob: {HASH_2A}\n  李: '{HASH_2B}'\n",
    "headers": dedent("""\
        http_server_config:
          headers:
            X-Frame-Options: deny
            Strict-Transport-Security: max-age=31536000; includeSubDomains
            X-Content-Type-Options: nosniff
            X-XSS-Protection: 1
            Content-Security-Policy: "default-src 'self' *.test.example.net"
        """),
    "blank headers": "http_server_config: {headers: {X-Frame-Options: '', X-XSS-Protection: ''}}\n",
    "a pair": PAIR,
    "a pair in the file": (f"tls_server_config:\n  cert: {indented(server().pem)}  key: {indented(server().key)}"),
    "clients": (
        f"{PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca: {indented(ca_pem())}"
        "  client_allowed_sans: [a.example, 10.0.0.1, a@b.example, 'spiffe://a/b', '*.example']\n"
    ),
    "clients by any CA of the machine": f"{PAIR}  client_auth_type: VerifyClientCertIfGiven\n",
    "all ciphers": f"{PAIR}  cipher_suites:\n  - TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\n  - TLS_AES_128_GCM_SHA256\n",
    "old versions": f"{PAIR}  min_version: TLS10\n  max_version: TLS12\n",
    "all curves": f"{PAIR}  curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]\n",
    "one curve": f"{PAIR}  curve_preferences: [CurveP384]\n  prefer_server_cipher_suites: false\n",
}


@pytest.mark.parametrize("content", GOOD_FILES.values(), ids=GOOD_FILES)
def test_good_files(content: str, directory: Path) -> None:
    assert (loaded(directory, content).tls is not None) == ("cert" in content)


def test_a_curve_that_cannot_be_enforced_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never served with others instead. Not every Python takes every curve that its TLS library has."""
    monkeypatch.setitem(CURVES, "X25519", "unheard of")
    with pytest.raises(ConfigurationError, match="curve_preferences: X25519 alone cannot be enforced by this Python"):
        loaded(directory, f"{PAIR}  curve_preferences: [X25519]\n")


def test_what_is_not_done_as_it_says_is_noted(directory: Path) -> None:
    content = (
        f"{PAIR}  client_auth_type: RequestClientCert\n  curve_preferences: [CurveP256, X25519]\n"
        "http_server_config: {http2: true}\n"
    )
    assert [note.partition(":")[0] for note in loaded(directory, content).notes] == [
        "curve_preferences",
        "client_auth_type",
        "http2",
    ]
    content = f"{PAIR}  client_auth_type: RequireAndVerifyClientCert\n"
    assert loaded(directory, content).notes == (
        "client_ca_file is not set: clients with a certificate of any CA that this machine trusts come in",
    )
    assert loaded(directory, f"{PAIR}http_server_config: {{http2: false}}\n").notes == ()


def test_ciphers_of_tls13_alone_leave_nothing_to_speak_older_versions_with(directory: Path) -> None:
    tls = loaded(directory, f"{PAIR}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n").tls
    assert tls is not None
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_3


def test_durations_of_go(directory: Path) -> None:
    for written, seconds in {
        "0": 0,
        "1s": 1,
        "1.5s": 1.5,
        "1m30s": 90,
        "250ms": 0.25,
        "100us": 1e-4,
        "1h": 3600,
    }.items():
        content = f"rate_limit: {{interval: {written}, burst: 1}}\n"
        assert loaded(directory, content).config.rate_limit.interval == seconds


def test_secrets_are_in_no_repr(directory: Path) -> None:
    tls = f"tls_server_config:\n  cert_file: server.crt\n  key: {indented(server().key)}"
    content = f"basic_auth_users:\n  alice: {HASH}\n{tls}"
    assert HASH not in repr(loaded(directory, content).config)
    assert "PRIVATE" not in repr(loaded(directory, content).config)


def test_the_check_tells_what_is_missing_and_finds_everything_else(directory: Path) -> None:
    path = directory / "web.yml"
    path.write_text("tls_server_config:\n  cert_file: server.crt\n  key_file: later.key\n")
    assert check(path) == [f"{path}:3: tls_server_config.key_file: {directory}/later.key {NO_FILE}"]
    path.write_text("tls_server_config:\n  cert_file: junk\n  key_file: later.key\n")
    with pytest.raises(ConfigurationError) as caught:
        check(path)
    assert str(caught.value) == f"{path}:2: tls_server_config.cert_file: holds no PEM certificate"
    with pytest.raises(ConfigurationError):
        check(directory / "nowhere.yml")
