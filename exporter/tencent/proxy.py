"""The HTTP proxy of the environment, by the rules that programs written in Go follow."""

from __future__ import annotations

import ipaddress
import urllib.request

from yarl import URL


def proxy_for(endpoint: URL) -> URL | None:
    """Return the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name for an endpoint, None for none.

    This machine itself is never reached through a proxy.
    """
    host = endpoint.host or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(endpoint.scheme)
    if not proxy:
        return None
    return URL(proxy if "://" in proxy else f"http://{proxy}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
