"""Addresses to listen on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; no `host` stands for all addresses of this machine."""

    host: str | None
    port: int

    def __str__(self) -> str:
        host = self.host or ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


class ListenError(Exception):
    """An address that cannot be listened on, and why."""

    def __init__(self, address: Address, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(address, reason)


def parse_address(text: str) -> Address:
    """Parse `[HOST]:PORT`, an IPv6 address in brackets. Raises ValueError, which tells what is allowed."""
    host, separator, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if (
        not separator
        or not (port.isascii() and port.isdigit())
        or int(port) > 65535
        or (set(host) & set(":[]") and not bracketed)
    ):
        raise ValueError(f"found {text!r}, allowed: [HOST]:PORT such as :10820 or 127.0.0.1:10820")
    return Address((host[1:-1] if bracketed else host) or None, int(port))
