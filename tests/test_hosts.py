from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from exporter.hosts import HostError, parse_host_and_port, parse_listen_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("ccc.tencentcloudapi.com", "ccc.tencentcloudapi.com", None),
        ("host:1", "host", 1),
        ("host.:65535", "host.", 65535),
        ("my_host-1", "my_host-1", None),
        ("192.0.2.1:80", "192.0.2.1", 80),
        ("[2001:DB8:0::1]:80", "2001:db8::1", 80),
        ("bücher.example", "xn--bcher-kva.example", None),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
        ("客服。example", "xn--ubtq9x.example", None),
        ("xn--i-7iq.example", "xn--i-7iq.example", None),
        (f"{'x' * 63}.example", f"{'x' * 63}.example", None),
        (f"{'x.' * 126}x", f"{'x.' * 126}x", None),
    ],
)
def test_hosts_and_ports(text: str, host: str, port: int | None) -> None:
    assert parse_host_and_port(text) == (host, port)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "host is missing"),
        (":1", "host is missing"),
        ("host:0", "port is 0"),
        ("host:", "port is missing"),
        ("host:٣", "port is no number up to 65535"),
        ("host:000001", "port is no number up to 65535"),
        ("a b", "host holds characters that no host has"),
        ("a\n", "host holds characters that no host has"),
        ("a/b", "host holds characters that no host has"),
        ("user@host", "host holds characters that no host has"),
        ("é@host", "host holds characters that no host has"),
        ("\udc80", "host holds characters that no host has"),
        ("a\u200db", "host holds characters that no host has"),
        ("a\u00adb", "host holds characters that no host has"),
        ("客" * 70, "host holds characters that no host has"),
        ("..", "host has a dot at its start, or two in a row"),
        (".", "host has a dot at its start, or two in a row"),
        ("1", "host is no IPv4 address: four numbers from 0 to 255"),
        ("1.2.3.4.5", "host is no IPv4 address: four numbers from 0 to 255"),
        ("127.0.0.01", "host is no IPv4 address: four numbers from 0 to 255"),
        ("[host]", "host is no IPv6 address, which alone belongs in brackets"),
        ("[::1%eth0]", "host has a zone (%)"),
        ("[::1", "host or port is not clear: an IPv6 address needs brackets"),
    ],
)
def test_what_nothing_can_be_reached_at(text: str, problem: str) -> None:
    with pytest.raises(HostError, match=f"^{re.escape(problem)}$"):
        parse_host_and_port(text)


def test_addresses_to_listen_on() -> None:
    assert parse_listen_address(":0") == ("", 0)
    assert parse_listen_address("[fe80::1%eth0]:1") == ("fe80::1%eth0", 1)
    with pytest.raises(HostError, match="^port is missing$"):
        parse_listen_address("10820")


@given(
    st.text()
    | st.from_regex(r"(xn--)?[\w.-]{0,70}(:[0-9]{0,6})?", fullmatch=True)
    | st.from_regex(r"\[[0-9a-f:.%]{0,20}\](:[0-9]{0,6})?", fullmatch=True)
)
def test_whatever_is_taken_suits_all_who_get_it(text: str) -> None:
    try:
        host, port = parse_host_and_port(text)
    except HostError:
        return
    url = URL.build(scheme="https", host=host, port=port)
    assert url.host
    assert URL(str(url)) == url
    assert url.raw_host
    assert len(url.raw_host.encode("idna")) <= 254
