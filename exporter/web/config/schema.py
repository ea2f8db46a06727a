"""What the web configuration may hold, and its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated

from exporter.web.config.value_rules import (
    CIPHERS,
    CURVES,
    VERSIONS,
    bcrypt_hash,
    client_auth_type,
    content_type_options,
    frame_options,
    go_duration,
    header_value,
    pem,
    pem_file,
    san,
    strict_transport_security,
    xss_protection,
)
from exporter.yamlconf.value_rules import boolean, one_of, whole_number


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsSettings:
    """How the server speaks TLS. Certificate, key and CA are given each as a file or as PEM text."""

    cert_file: Annotated[str | None, pem_file("cert")] = None
    key_file: Annotated[str | None, pem_file("key")] = None
    client_ca_file: Annotated[str | None, pem_file("client_ca")] = None
    cert: Annotated[str | None, pem()] = field(default=None, repr=False)
    key: Annotated[str | None, pem()] = field(default=None, repr=False)
    client_ca: Annotated[str | None, pem()] = field(default=None, repr=False)
    client_auth_type: Annotated[str, client_auth_type()] = "NoClientCert"
    client_allowed_sans: tuple[Annotated[str, san()], ...] = ()
    min_version: Annotated[str, one_of(tuple(VERSIONS))] = "TLS12"
    max_version: Annotated[str, one_of(tuple(VERSIONS))] = "TLS13"
    cipher_suites: tuple[Annotated[str, one_of(tuple(CIPHERS))], ...] = ()
    prefer_server_cipher_suites: Annotated[bool, boolean()] = True
    curve_preferences: tuple[Annotated[str, one_of(tuple(CURVES))], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderSettings:
    """Headers of every answer; those that are empty are not sent."""

    content_security_policy: Annotated[str, header_value()] = field(
        default="", metadata={"key": "Content-Security-Policy"}
    )
    x_frame_options: Annotated[str, frame_options()] = field(default="", metadata={"key": "X-Frame-Options"})
    x_content_type_options: Annotated[str, content_type_options()] = field(
        default="", metadata={"key": "X-Content-Type-Options"}
    )
    x_xss_protection: Annotated[str, xss_protection()] = field(default="", metadata={"key": "X-XSS-Protection"})
    strict_transport_security: Annotated[str, strict_transport_security()] = field(
        default="", metadata={"key": "Strict-Transport-Security"}
    )

    def items(self) -> dict[str, str]:
        """Return the headers to send, by their names."""
        values = {one.metadata["key"]: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpSettings:
    """What is said of HTTP. Whatever `http2` says, it is HTTP/1.1 that is served."""

    http2: Annotated[bool | None, boolean()] = None
    headers: HeaderSettings = HeaderSettings()


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimitSettings:
    """So many requests at once (`burst`), and another one every `interval` seconds; 0 for no limit."""

    interval: Annotated[float, go_duration()] = 0.0
    burst: Annotated[int, whole_number(0, 1_000_000)] = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class WebConfig:
    """A whole web configuration. Without TLS settings it is plain HTTP, without users there are no passwords."""

    tls_server_config: TlsSettings | None = None
    http_server_config: HttpSettings = HttpSettings()
    basic_auth_users: dict[str, Annotated[str, bcrypt_hash()]] = field(default_factory=dict, repr=False)
    rate_limit: RateLimitSettings = RateLimitSettings()
