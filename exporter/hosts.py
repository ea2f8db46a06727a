"""Hosts and ports: one rule for endpoints, proxies and addresses to listen on."""

from __future__ import annotations

import ipaddress
import re

from yarl import URL

LONGEST_HOST = 253
LONGEST_LABEL = 63
LARGEST_PORT = 65535


class HostError(ValueError):
    """A host or a port that nothing can be reached at. The message tells why, such as `host is missing`, and shows
    nothing of the text, which may hold a password in the wrong place.
    """


def parse_host_and_port(text: str) -> tuple[str, int | None]:
    """Parse `HOST` or `HOST:PORT`, to connect to; an IPv6 address stands in brackets. The port is None for none given.

    The host is returned in ASCII, as it is looked up, and without brackets. Raises HostError.
    """
    host, port = _parsed(*_split(text))
    if not host:
        raise HostError("host is missing")
    if port == 0:
        raise HostError("port is 0")
    if "%" in host:
        raise HostError("host has a zone (%)")
    return host, port


def parse_listen_address(text: str) -> tuple[str, int]:
    """Parse `HOST:PORT`, or `:PORT` for all addresses. As `parse_host_and_port`, but port 0 stands for any free one."""
    host_text, port_text = _split(text)
    host, port = _parsed(host_text, "" if port_text is None else port_text)
    assert port is not None
    return host, port


def _split(text: str) -> tuple[str, str | None]:
    match = _PARTS.fullmatch(text)
    if match is None:
        raise HostError("host or port is not clear: an IPv6 address needs brackets")
    return match["host"], match["port"]


def _parsed(host: str, port: str | None) -> tuple[str, int | None]:
    number = None if port is None else _parse_port(port)
    return _parse_host(host), number


_PARTS = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[^:\[\]]*))?")
_NAME = re.compile("[A-Za-z0-9._-]+")
_SEPARATORS = re.compile(r"[\x00-\x20/\\?#@%\[\]:]")


def _parse_port(text: str) -> int:
    if not text:
        raise HostError("port is missing")
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > LARGEST_PORT:
        raise HostError(f"port is no number up to {LARGEST_PORT}")
    return int(text)


def _parse_host(host: str) -> str:
    if host.startswith("["):
        return _parse_ipv6(host[1:-1])
    name = _in_ascii(host) if not host.isascii() else host
    if not name:
        return ""
    if not _NAME.fullmatch(name):
        raise HostError("host holds characters that no host has")
    if len(name.removesuffix(".")) > LONGEST_HOST:
        raise HostError(f"host is longer than {LONGEST_HOST} characters")
    labels = name.removesuffix(".").split(".")
    if not all(labels):
        raise HostError("host has a dot at its start, or two in a row")
    if any(len(label) > LONGEST_LABEL for label in labels):
        raise HostError(f"host has more than {LONGEST_LABEL} characters between two dots")
    if labels[-1].isdigit() and not _is_ipv4(name):
        raise HostError("host is no IPv4 address: four numbers from 0 to 255")
    _check_encoded_labels(name)
    return name


def _parse_ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise HostError("host is no IPv6 address, which alone belongs in brackets") from None


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _in_ascii(host: str) -> str:
    try:
        # Some versions of yarl leave out what cannot be seen, and go on to another host.
        name = URL(f"http://{host}").raw_host if host.isprintable() and not _SEPARATORS.search(host) else None
    except ValueError:
        name = None
    if not name or not name.isascii():
        raise HostError("host holds characters that no host has")
    return name


def _check_encoded_labels(name: str) -> None:
    """Refuse what the decoders of internationalized names would fail on later."""
    try:
        assert URL(f"http://{name}").host
        name.encode("idna")
    except ValueError:
        raise HostError("host has a part that begins with xn-- and stands for no text") from None
