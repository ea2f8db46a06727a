"""Certificates of a CA of our own, made once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    pem: str
    key: str

    def write(self, directory: Path, name: str) -> None:
        """Write it as `name`.crt and `name`.key."""
        (directory / f"{name}.crt").write_text(self.pem)
        (directory / f"{name}.key").write_text(self.key)


@cache
def authority(name: str = "ours") -> trustme.CA:
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
