"""The rules of single values in the web configuration."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from exporter.yamlconf.value_rule import InvalidValueError, ValueRule
from exporter.yamlconf.value_rules import text
from exporter.yamlconf.yaml_nodes import scalar_text

VERSIONS = {"TLS10": "TLSv1", "TLS11": "TLSv1_1", "TLS12": "TLSv1_2", "TLS13": "TLSv1_3"}
"""Go's names of the versions, and those of Python's."""

CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
}
"""The names of Go's `tls.CipherSuites()`, and those of OpenSSL; none for TLS 1.3, where nothing can be chosen."""

CURVES = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
"""Go's names of the curves, and those of OpenSSL."""

CLIENT_AUTH_TYPES = ("NoClientCert", "RequestClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")

LARGEST_PEM = 256 * 1024
LONGEST_HEADER = 4096


def pem() -> ValueRule:
    """Return the rule of a certificate or a key that stands in the file itself. What is in it is not looked at."""

    def parse(value: str) -> str:
        if "-----BEGIN " not in value or not value.isascii() or len(value) > LARGEST_PEM:
            raise ValueError
        return value

    return ValueRule(parse, f"PEM text of at most {LARGEST_PEM // 1024} KiB, behind | on lines of its own", scalar_text)


def pem_file(inline: str) -> ValueRule:
    """Return the rule of the path of a file, in whose place its content may be; that goes under the key `inline`."""
    path = text(4096)

    def parse(value: Any) -> Any:
        if isinstance(value, str) and "-----BEGIN " in value:
            raise InvalidValueError("that is PEM itself", shown="text", allowed=f"a path here, or the text as {inline}")
        return path.parse(value)

    return ValueRule(parse, path.allowed)


def client_auth_type() -> ValueRule:
    """Return the rule of what is asked of clients; types that Python's TLS cannot do are refused with the reason."""

    def parse(value: str) -> str:
        if value in {"RequireAnyClientCert", "RequireClientCert"}:
            raise InvalidValueError("which Python's TLS cannot do: it takes no certificate without verifying it")
        if value not in CLIENT_AUTH_TYPES:
            raise ValueError
        return value

    return ValueRule(parse, f"one of {', '.join(CLIENT_AUTH_TYPES)}", scalar_text)


def san() -> ValueRule:
    """Return the rule of a name that clients may have in their certificates: of a host, an IP, an email or a URI."""
    return text(2048)


def bcrypt_hash() -> ValueRule:
    """Return the rule of a password's hash."""

    def parse(value: str) -> str:
        match = _BCRYPT.fullmatch(value)
        if match is None or not 4 <= int(match[1]) <= 31:
            raise ValueError
        return value

    return ValueRule(parse, 'a bcrypt hash ($2a$, $2b$ or $2y$), as of htpasswd -nBC 10 ""', scalar_text)


def go_duration() -> ValueRule:
    """Return the rule of a duration as Go writes it, such as `1s`, `1.5s` or `1m30s`; its value is in seconds."""

    def parse(value: str) -> float:
        if value != "0" and not _GO_DURATION.fullmatch(value):
            raise ValueError
        seconds = sum(Decimal(number) * _UNITS[unit] for number, unit in _GO_DURATION_PART.findall(value))
        if seconds > 3600:
            raise ValueError
        return float(seconds)

    return ValueRule(parse, "a duration from 0 to 1h, such as 100ms, 1s or 1m30s", scalar_text)


def header_value() -> ValueRule:
    """Return the rule of a header that may say anything."""
    return _header(lambda _: True, "")


def frame_options() -> ValueRule:
    """Return the rule of X-Frame-Options."""
    return _header(lambda value: value in {"deny", "sameorigin"}, "deny or sameorigin")


def content_type_options() -> ValueRule:
    """Return the rule of X-Content-Type-Options."""
    return _header(lambda value: value == "nosniff", "nosniff")


def xss_protection() -> ValueRule:
    """Return the rule of X-XSS-Protection."""
    return _header(re.compile("[01]( *;.*)?").fullmatch, "0 or 1, perhaps with ; and more behind it")


def strict_transport_security() -> ValueRule:
    """Return the rule of Strict-Transport-Security."""
    pattern = re.compile(r"(.*; *)?max-age=\"?[0-9]+\"?( *;.*)?", re.IGNORECASE)
    return _header(pattern.fullmatch, "max-age=SECONDS, perhaps with ; and more beside it")


def _header(is_allowed: Callable[[str], Any], allowed: str) -> ValueRule:
    plain = f"text of at most {LONGEST_HEADER} printable ASCII characters in one line"

    def parse(value: str) -> str:
        if len(value) > LONGEST_HEADER or not value.isascii() or not (value.isprintable() and value == value.strip()):
            raise InvalidValueError("that no header carries", allowed=plain)
        if value and not is_allowed(value):
            raise ValueError
        return value

    return ValueRule(parse, allowed or plain, scalar_text)


_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_UNITS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "\u00b5s": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_PART = r"([0-9]{1,18}(?:\.[0-9]{0,18})?)(ns|us|\u00b5s|ms|s|m|h)"
_GO_DURATION_PART = re.compile(_PART)
_GO_DURATION = re.compile(f"(?:{_PART})+")
