from __future__ import annotations

import base64
import re
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from exporter.tencent.proxy import Proxy, ProxyError, proxy_for

ENDPOINT = URL("https://api.invalid:8080")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def basic(login: str) -> str:
    return f"Basic {base64.b64encode(login.encode()).decode()}"


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy:3128", Proxy(URL("http://proxy:3128"))),
        ("http://proxy:3128/", Proxy(URL("http://proxy:3128"))),
        ("proxy:3128", Proxy(URL("http://proxy:3128"))),
        ("proxy", Proxy(URL("http://proxy"))),
        ("HTTPS://Proxy:3128", Proxy(URL("https://proxy:3128"))),
        ("http://[::1]:3128", Proxy(URL("http://[::1]:3128"))),
        ("http://user:hush@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:hush"))),
        ("user:hush@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:hush"))),
        ("http://user@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:"))),
        ("http://user:%E5%AF%86@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:密"))),
        ("http://user:密@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:密"))),
        ("http://user:p%40ss%2F%3A:@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:p@ss/::"))),
        ("http://user:p@ss@proxy:3128", Proxy(URL("http://proxy:3128"), basic("user:p@ss"))),
        ("http://us%0Aer:100%@proxy:3128", Proxy(URL("http://proxy:3128"), basic("us\ner:100%"))),
        (" ", None),
    ],
)
def test_proxies(text: str, proxy: Proxy | None, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", text)
    assert proxy_for(ENDPOINT) == proxy
    assert proxy_for(URL("http://api.invalid")) is None
    assert "hush" not in repr(proxy)
    assert proxy is None or proxy.authorization is None or proxy.authorization not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("socks5://user:hush@proxy:1080", "that is neither http:// nor https://"),
        ("http://user:%FF@proxy:1", "whose user or password is not UTF-8"),
        ("http://user:\udce5@proxy:1", "whose user or password is not UTF-8"),
        ("http://us%3Aer:hush@proxy:1", "whose user holds a colon, which a proxy takes for the end of it"),
        ("http://user:1/hush@proxy:1", "whose user or password holds a / ? or # that is not percent-encoded"),
        ("http://user:hush#@proxy:1", "whose user or password holds a / ? or # that is not percent-encoded"),
        ("http://user:hush", "whose port is no number up to 65535"),
        ("http://user:hush@", "whose host is missing"),
        ("http://", "whose host is missing"),
        ("http://:3128", "whose host is missing"),
        ("http://proxy:0", "whose port is 0"),
        ("http://proxy:65536", "whose port is no number up to 65535"),
        ("http://[::1", "whose host or port is not clear: an IPv6 address needs brackets"),
        ("http://user:hush@ccc..invalid", "whose host has a dot at its start, or two in a row"),
        (f"http://{'x' * 64}.invalid", "whose host has more than 63 characters between two dots"),
        (f"http://{'.'.join(['x' * 60] * 5)}", "whose host is longer than 253 characters"),
        ("http://xn--.invalid", "whose host has a part that begins with xn-- and stands for no text"),
        ("http://pro xy:1", "whose host holds characters that no host has"),
        ("${PROXY}", "whose host holds characters that no host has"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_text(
    text: str, problem: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr("urllib.request.getproxies_environment", lambda: {"https": text})
    with pytest.raises(ProxyError) as caught:
        proxy_for(ENDPOINT)
    assert str(caught.value) == (
        f"HTTPS_PROXY: found a proxy {problem}, allowed: http://[USER:PASSWORD@]HOST[:PORT], user and password "
        "percent-encoded in UTF-8"
    )
    assert caught.value.__suppress_context__


@given(st.text() | st.from_regex(r"(https?://)?[\w:@/%.\[\]]{0,60}", fullmatch=True))
def test_any_text_is_a_proxy_or_told_in_one_line(text: str) -> None:
    with mock.patch("urllib.request.getproxies_environment", return_value={"https": text}):
        try:
            proxy = proxy_for(ENDPOINT)
        except ProxyError as error:
            message = str(error)
        else:
            message = ""
            assert proxy is None or (
                proxy.url.host and proxy.url.user is None and (proxy.authorization or "").isascii()
            )
    assert not message or re.fullmatch("HTTPS_PROXY: found a proxy [ -~]*, allowed: [ -~]*", message)


@pytest.mark.parametrize(
    ("endpoint", "exempt"),
    [
        ("https://api.invalid:8080", "api.invalid:8080"),
        ("https://api.invalid:8080", "API.Invalid:8080"),
        ("https://api.invalid:8080", ".invalid:8080"),
        ("https://api.invalid:8080", "other, api.invalid:8080 ,another"),
        ("https://api.invalid:8080", "other api.invalid"),
        ("https://api.invalid:8080", ".api.invalid"),
        ("https://api.invalid:8080", "invalid"),
        ("https://api.invalid:8080", "*.invalid"),
        ("https://api.invalid:8080", "*"),
        ("https://api.invalid:8080", "other, *"),
        ("https://API.invalid.:8080", "api.invalid"),
        ("https://api.invalid", "api.invalid:443"),
        ("https://xn--bcher-kva.invalid", "bücher.invalid"),
        ("https://xn--bcher-kva.invalid", "xn--bcher-kva.invalid"),
        ("https://[2001:db8::1]:8080", "[2001:db8::1]:8080"),
        ("https://[2001:db8::1]:8080", "[2001:DB8::1]"),
        ("https://[2001:db8::1]:8080", "2001:db8::1"),
        ("https://[2001:db8::1]:8080", "2001:db8:0::1"),
        ("https://[2001:db8::1]:8080", "2001:db8::/32"),
        ("https://10.1.2.3:8080", "10.1.2.3:8080"),
        ("https://10.1.2.3:8080", "10.0.0.0/8"),
        ("https://127.0.0.1:1", ""),
        ("https://127.8.8.8:1", ""),
        ("https://localhost:1", ""),
        ("https://[::1]:1", ""),
    ],
)
def test_hosts_that_are_reached_without_the_proxy(endpoint: str, exempt: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("https_proxy", "http://proxy.invalid:3128")
    environment.setenv("no_proxy", exempt)
    assert proxy_for(URL(endpoint)) is None


@pytest.mark.parametrize(
    ("endpoint", "exempt"),
    [
        ("https://api.invalid:8080", "api.invalid:80"),
        ("https://api.invalid:8080", "api.invalid:443"),
        ("https://api.invalid:8080", "pi.invalid"),
        ("https://api.invalid:8080", "sub.api.invalid"),
        ("https://api.invalid:8080", "api.invalid:port"),
        ("https://api.invalid:8080", ""),
        ("https://api.invalid:8080", " , . ,:,[],[:"),
        ("https://[2001:db8::1]:8080", "[2001:db8::1]:80"),
        ("https://[2001:db8::1]:8080", "::2"),
        ("https://10.1.2.3:8080", "10.1.2.4/30"),
        ("https://10.1.2.3:8080", "2.3"),
    ],
)
def test_hosts_that_are_reached_through_the_proxy(endpoint: str, exempt: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("https_proxy", "http://proxy.invalid:3128")
    environment.setenv("no_proxy", exempt)
    assert proxy_for(URL(endpoint)) == Proxy(URL("http://proxy.invalid:3128"))
