"""From TLS settings to a context of Python's `ssl`. What that cannot do is refused, or said in a note for the log."""

from __future__ import annotations

import ipaddress
import os
import ssl
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from exporter.web.config.schema import TlsSettings
from exporter.web.config.value_rules import CIPHERS, CURVES, VERSIONS

VERIFYING = {"VerifyClientCertIfGiven": ssl.CERT_OPTIONAL, "RequireAndVerifyClientCert": ssl.CERT_REQUIRED}


class TlsSettingsError(Exception):
    """TLS settings that cannot be used: the key they stand under, and the problem."""

    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        self.problem = problem
        super().__init__(key, problem)


@dataclass(frozen=True, slots=True)
class Pem:
    """What the settings name or hold: the certificate with its chain, its key, and the CAs of clients.

    Without a certificate or a key, everything else is checked all the same.
    """

    certificate: bytes | None
    key: bytes | None
    client_ca: bytes | None


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """Which clients are let in. Two that are equal let in the same; without `allowed_sans`, any name is allowed."""

    auth_type: str
    client_ca: bytes | None
    allowed_sans: frozenset[str]

    def allows(self, certificate: Mapping[str, Any] | None) -> bool:
        """Tell whether a client may stay whose certificate TLS has verified; None where it gave none.

        As in Go, nobody has an allowed name without a certificate, also where one is not required.
        """
        if not self.allowed_sans:
            return True
        names = (certificate or {}).get("subjectAltName", ())
        sans = {_canonical(value) for _, value in names if isinstance(value, str)}
        return not sans.isdisjoint(self.allowed_sans)


@dataclass(frozen=True, slots=True)
class ServerTls:
    """TLS as it is spoken with new connections. `notes` are for the log."""

    context: ssl.SSLContext
    clients: ClientPolicy
    notes: tuple[str, ...]


def server_tls(settings: TlsSettings, pem: Pem) -> ServerTls:
    """Make a context of settings that are right by themselves. Raises TlsSettingsError."""
    notes: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION
    _set_versions_and_ciphers(context, settings)
    _set_curves(context, settings, notes)
    _set_clients(context, settings, pem, notes)
    _load_certificate(context, pem)
    allowed = frozenset(map(_canonical, settings.client_allowed_sans))
    return ServerTls(context, ClientPolicy(settings.client_auth_type, pem.client_ca, allowed), tuple(notes))


def reason_of(error: ssl.SSLError) -> str:
    """Return why TLS failed, in the words of its library; empty where it gives no reason."""
    return (error.reason or "").replace("_", " ").lower()


def _set_versions_and_ciphers(context: ssl.SSLContext, settings: TlsSettings) -> None:
    ciphers = [CIPHERS[name] for name in settings.cipher_suites if CIPHERS[name]]
    least, most = settings.min_version, settings.max_version
    if settings.cipher_suites and not ciphers:
        # Nothing is left to speak the older versions with.
        if most != "TLS13":
            raise TlsSettingsError("cipher_suites", f"has ciphers of TLS 1.3 alone, but max_version is {most}")
        least = "TLS13"
    if least in {"TLS10", "TLS11"}:
        # They sign with SHA-1, which OpenSSL takes for secure at this level alone; so the ciphers are named.
        ciphers = [*(ciphers or filter(None, CIPHERS.values())), "@SECLEVEL=0"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion[VERSIONS[least]]
            context.maximum_version = ssl.TLSVersion[VERSIONS[most]]
    except ValueError:
        raise TlsSettingsError("min_version", "is a version that the TLS library of this machine has not") from None
    try:
        if ciphers:
            context.set_ciphers(":".join(ciphers))
    except ssl.SSLError:
        raise TlsSettingsError("cipher_suites", "has no cipher that the TLS library of this machine has") from None
    if settings.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE


def _set_curves(context: ssl.SSLContext, settings: TlsSettings, notes: list[str]) -> None:
    if len(settings.curve_preferences) > 1:
        notes.append("curve_preferences: of several curves none is enforced, the TLS library uses its own defaults")
        return
    for curve in settings.curve_preferences:
        try:
            context.set_ecdh_curve(CURVES[curve])
        except (ValueError, ssl.SSLError):
            # Python before 3.11.4 takes no X25519 here, whatever its TLS library has.
            problem = f"{curve} alone cannot be enforced by this Python and its TLS library, allowed: another curve"
            raise TlsSettingsError("curve_preferences", problem) from None


def _set_clients(context: ssl.SSLContext, settings: TlsSettings, pem: Pem, notes: list[str]) -> None:
    context.verify_mode = VERIFYING.get(settings.client_auth_type, ssl.CERT_NONE)
    if settings.client_auth_type == "RequestClientCert":
        notes.append("client_auth_type: RequestClientCert checks nothing and is served as NoClientCert")
    if settings.client_auth_type not in VERIFYING:
        return
    # As in Go, each certificate given as a CA is trusted by itself, whoever has signed it.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if pem.client_ca is None:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        notes.append("client_ca_file is not set: clients with a certificate of any CA that this machine trusts come in")
        return
    if not _are_certificates(pem.client_ca, context):
        raise TlsSettingsError("client_ca", "holds no PEM certificates, or damaged ones")


def _load_certificate(context: ssl.SSLContext, pem: Pem) -> None:
    if pem.certificate is not None and b"-----BEGIN CERTIFICATE-----" not in pem.certificate:
        raise TlsSettingsError("cert", "holds no PEM certificate")
    if pem.key is not None and b"PRIVATE KEY-----" not in pem.key:
        raise TlsSettingsError("key", "holds no PEM private key")
    if pem.certificate is None or pem.key is None:
        return

    def refuse_to_ask() -> NoReturn:
        raise TlsSettingsError("key", "is encrypted, allowed: a key without a passphrase")

    with _as_file(pem.certificate) as certificate, _as_file(pem.key) as key:
        try:
            context.load_cert_chain(certificate, key, refuse_to_ask)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise TlsSettingsError("key", "does not belong to the certificate") from None
            damaged = "key" if _are_certificates(pem.certificate) else "cert"
            raise TlsSettingsError(damaged, f"cannot be used: {reason_of(error) or 'damaged'}") from None


def _are_certificates(content: bytes, context: ssl.SSLContext | None = None) -> bool:
    """Tell whether something is PEM of certificates, which a context then trusts."""
    try:
        context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(cadata=content.decode("ascii", "ignore"))
    except (ValueError, ssl.SSLError):
        return False
    return True


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """Give the path of a file in memory, since certificates are loaded by path alone; where there is none, on disk."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name
        return
    descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _canonical(san: str) -> str:
    """Return a name as Go compares it: an IP address in its shortest form, anything else as it is."""
    try:
        address = ipaddress.ip_address(san)
    except ValueError:
        return san
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
