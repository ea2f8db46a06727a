"""The HTTP proxy that the environment names, by the rules of Python's `urllib`."""

from __future__ import annotations

import ipaddress
import urllib.request

from yarl import URL


class ProxyError(Exception):
    """The environment names a proxy that cannot be used. The message does not show it: it may hold a password."""


def proxy_for(endpoint: URL) -> URL | None:
    """Return the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name for an endpoint, None for none.

    This machine itself is never reached through a proxy. Raises ProxyError.
    """
    host = endpoint.host or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(endpoint.scheme)
    if not proxy:
        return None
    try:
        url = URL(proxy if "://" in proxy else f"http://{proxy}")
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        variable = f"{endpoint.scheme.upper()}_PROXY"
        raise ProxyError(f"{variable}: found no usable proxy, allowed: http://[USER:PASSWORD@]HOST:PORT")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
