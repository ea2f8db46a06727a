"""Addresses to listen on."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.hosts import HostError, parse_listen_address

LONGEST_SHOWN = 60


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
    """Parse `[HOST]:PORT`, an IPv6 address in brackets. Raises ValueError, which tells what is wrong and allowed."""
    try:
        host, port = parse_listen_address(text)
    except HostError as error:
        shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
        allowed = "[HOST]:PORT such as :10820 or 127.0.0.1:10820"
        raise ValueError(f"found {shown!r} whose {error}, allowed: {allowed}") from None
    return Address(host or None, port)
