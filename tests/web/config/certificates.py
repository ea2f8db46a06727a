"""Certificates of a CA of our own, made once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True)
class Certificate:
    pem: str
    key: str

    def write(self, directory: Path, name: str) -> None:
        """Write it as `name`.crt and `name`.key."""
        (directory / f"{name}.crt").write_text(self.pem)
        (directory / f"{name}.key").write_text(self.key)


@cache
def authority(name: str) -> trustme.CA:
    return trustme.CA(organization_name=name)


def ca_pem(name: str = "ours") -> str:
    return authority(name).cert_pem.bytes().decode()


@cache
def certificate(*names: str, of: str = "ours", common_name: str | None = None) -> Certificate:
    issued = authority(of).issue_cert(*names, common_name=common_name)
    chain = "".join(one.bytes().decode() for one in issued.cert_chain_pems)
    return Certificate(chain, issued.private_key_pem.bytes().decode())


def server(number: int = 0) -> Certificate:
    """The certificate of a server on this machine; each number is another one."""
    return certificate("localhost", "127.0.0.1", f"server-{number}.example")


def indented(pem: str, spaces: int = 4) -> str:
    """PEM as it stands in a YAML file, behind a |."""
    return "|\n" + "".join(f"{' ' * spaces}{line}\n" for line in pem.splitlines())


def with_uri(uri: str) -> Certificate:
    """A certificate with a name that trustme makes none for."""
    issuer = x509.load_pem_x509_certificate(authority("ours").cert_pem.bytes())
    signer = load_pem_private_key(authority("ours").private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "client")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(issued.public_bytes(Encoding.PEM).decode(), pem.decode())
