"""The way to an endpoint: straight, or through the proxy that the environment names."""

from __future__ import annotations

import base64
import ipaddress
import re
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import unquote

from yarl import URL

from exporter.hosts import HostError, parse_host_and_port

ALLOWED = "http://[USER:PASSWORD@]HOST[:PORT], user and password percent-encoded in UTF-8"


class ProxyError(Exception):
    """The environment names a proxy that cannot be used. The message does not show it: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its URL without user and password, and the value of `Proxy-Authorization` where these are given.

    That header goes to the proxy: with `CONNECT` for an endpoint of https, with each request for one of http.
    """

    url: URL
    authorization: str | None = field(default=None, repr=False)


def proxy_for(endpoint: URL) -> Proxy | None:
    """Return the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name for an endpoint, None for none.

    This machine itself is never reached through a proxy. Raises ProxyError.
    """
    proxies = urllib.request.getproxies_environment()
    proxy = proxies.get(endpoint.scheme, "").strip()
    exempt = proxies.get("no", "")
    hosts = {endpoint.host or "", endpoint.raw_host or ""}
    if not proxy or any(_is_loopback(host) or _is_exempt(host, endpoint.port, exempt) for host in hosts):
        return None
    try:
        return _parse(proxy)
    except ValueError as error:
        raise ProxyError(f"{endpoint.scheme.upper()}_PROXY: found a proxy {error}, allowed: {ALLOWED}") from None


def _parse(text: str) -> Proxy:
    """Parse the URL of a proxy. Raises ValueError, which tells what is wrong with it and shows none of it."""
    scheme, rest = text.split("://", 1) if "://" in text else ("http", text)
    if scheme.lower() not in {"http", "https"}:
        raise ValueError("that is neither http:// nor https://")
    authority, *path = re.split(r"[/?#]", rest, maxsplit=1)
    if path and "@" in path[0]:
        raise ValueError("whose user or password holds a / ? or # that is not percent-encoded")
    login, at, address = authority.rpartition("@")
    try:
        host, port = parse_host_and_port(address)
    except HostError as error:
        raise ValueError(f"whose {error}") from None
    url = URL.build(scheme=scheme.lower(), host=host, port=port)
    return Proxy(url, _authorization(login) if at else None)


def _authorization(login: str) -> str:
    user, _, password = login.partition(":")
    try:
        user, password = unquote(user, errors="strict"), unquote(password, errors="strict")
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    except UnicodeError:
        raise ValueError("whose user or password is not UTF-8") from None
    if ":" in user:
        raise ValueError("whose user holds a colon, which a proxy takes for the end of it")
    return f"Basic {encoded}"


def _is_exempt(host: str, port: int | None, no_proxy: str) -> bool:
    """Tell whether a list of `HOST`, `HOST:PORT`, networks and `*` names a host; a name stands for all below it too."""
    host = host.rstrip(".")
    for entry in re.split(r"[\s,]+", no_proxy.lower()):
        match = _ENTRY.fullmatch(entry)
        if match is None or (match["port"] and int(match["port"]) != port):
            continue
        name = (match["bracketed"] or match["name"] or match["address"] or "").removeprefix("*").strip(".")
        if entry == "*" or host == name or _is_below(host, name) or _is_in(host, name):
            return True
    return False


_ENTRY = re.compile(
    r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?|(?P<address>[0-9a-f:.]+(?:/[0-9]+)?)"
)


def _is_below(host: str, name: str) -> bool:
    # The last numbers of an address are no name that others are below.
    return bool(name) and host.endswith(f".{name}") and not host.replace(".", "").isdigit()


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
