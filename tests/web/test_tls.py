"""TLS, as curl and OpenSSL see it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import structlog

from exporter.web.access import access_control
from exporter.web.connections import Limits
from tests.web.config.certificates import authority, ca_pem, certificate, server, with_uri
from tests.web.raw import PATIENCE, Served, serving
from tests.web.secured import FILE, curl, s_client, secured, users

PAIR = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
CLIENTS = f"{PAIR}  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n"
SERVED = "HTTP/1.0 200 OK"
TLS12 = ("-tls1_2", "-cipher", "ALL:@SECLEVEL=0")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    server().write(tmp_path, "server")
    (tmp_path / "ca.crt").write_text(ca_pem())
    certificate("client.example").write(tmp_path, "client")
    certificate("10.1.2.3", "2001:db8::1", "robot@client.example").write(tmp_path, "robot")
    certificate("client.example", of="another").write(tmp_path, "stranger")
    return tmp_path


def trusting(directory: Path) -> tuple[str, str]:
    return "--cacert", f"{directory}/ca.crt"


def as_client(directory: Path, name: str) -> tuple[str, ...]:
    return "--cert", f"{directory}/{name}.crt", "--key", f"{directory}/{name}.key"


async def test_curl_is_served_by_tls_alone(directory: Path) -> None:
    async with secured(directory, PAIR) as served:
        assert await curl(served, *trusting(directory)) == 200
        assert await curl(served, *trusting(directory), "--http2") == 200
        assert await curl(served) == 0
        assert not await _is_plain(served)
        assert served.server.url_for_people.startswith("https://")


async def _is_plain(served: Served) -> bool:
    return await served.ask(b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n") is not None


@pytest.mark.parametrize(
    ("settings", "options", "is_served"),
    [
        ("", ("-tls1_3",), True),
        ("", ("-tls1_2",), True),
        ("", ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), False),
        ("  min_version: TLS13\n", ("-tls1_3",), True),
        ("  min_version: TLS13\n", ("-tls1_2",), False),
        ("  max_version: TLS12\n", ("-tls1_2",), True),
        ("  max_version: TLS12\n", ("-tls1_3",), False),
        ("  min_version: TLS11\n", ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), True),
        ("  min_version: TLS11\n", ("-tls1", "-cipher", "ALL:@SECLEVEL=0"), False),
        ("  min_version: TLS10\n", ("-tls1", "-cipher", "ALL:@SECLEVEL=0"), True),
        ("  min_version: TLS10\n", ("-tls1_3",), True),
        ("  min_version: TLS10\n", ("-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"), False),
        ("  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n", (*TLS12,), False),
        ("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n", (*TLS12,), True),
        ("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n", ("-tls1_3",), True),
        ("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]\n", ("-tls1_2", "-cipher", "AESGCM"), False),
        ("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", ("-tls1_2",), False),
        ("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", ("-tls1_3",), True),
        ("  curve_preferences: [CurveP384]\n", ("-curves", "P-384"), True),
        ("  curve_preferences: [CurveP384]\n", ("-curves", "P-256:X25519"), False),
        ("  curve_preferences: [CurveP256]\n", ("-curves", "P-256"), True),
        ("  curve_preferences: [CurveP256]\n", ("-curves", "X25519"), False),
        ("  curve_preferences: [CurveP384, X25519]\n", ("-curves", "P-256"), True),
    ],
)
async def test_versions_ciphers_and_curves(
    settings: str, options: tuple[str, ...], is_served: bool, directory: Path
) -> None:
    async with secured(directory, PAIR + settings) as served:
        told = await s_client(served, *options)
        assert (SERVED in told) == is_served, told


@pytest.mark.parametrize(("prefers", "chosen"), [("true", "AES256-GCM-SHA384"), ("false", "AES128-GCM-SHA256")])
async def test_whose_order_of_ciphers_counts(prefers: str, chosen: str, directory: Path) -> None:
    settings = (
        "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n"
        f"  prefer_server_cipher_suites: {prefers}\n"
    )
    ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    async with secured(directory, PAIR + settings) as served:
        assert f"Cipher is ECDHE-ECDSA-{chosen}" in await s_client(served, "-tls1_2", "-cipher", ciphers)


@pytest.mark.parametrize(
    ("settings", "served_to"),
    [
        ("", {"client", "stranger", "robot", "nobody"}),
        ("  client_auth_type: RequestClientCert\n", {"client", "stranger", "robot", "nobody"}),
        ("  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n", {"client", "robot", "nobody"}),
        ("  client_auth_type: VerifyClientCertIfGiven\n", {"nobody"}),
        ("  client_auth_type: RequireAndVerifyClientCert\n", set()),
        ("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n", {"client", "robot"}),
        # As in Go: a certificate that is given as a CA is trusted by itself.
        ("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: client.crt\n", {"client"}),
        *(
            (
                CLIENTS.removeprefix(PAIR) + f"  client_allowed_sans: [{names}]\n",
                served_to,
            )
            for names, served_to in (
                ("client.example", {"client"}),
                ("other, client.example", {"client"}),
                ("10.1.2.3", {"robot"}),
                ('"2001:DB8:0:0::1"', {"robot"}),
                ("robot@client.example", {"robot"}),
                ("example", set[str]()),
                ("Client.Example", set[str]()),
                ('"*.example"', set[str]()),
            )
        ),
        (
            CLIENTS.removeprefix(PAIR).replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")
            + "  client_allowed_sans: [10.1.2.3]\n",
            {"robot"},
        ),
    ],
)
@pytest.mark.parametrize("version", ["--tlsv1.3", "--tls-max=1.2"])
async def test_clients(settings: str, served_to: set[str], version: str, directory: Path) -> None:
    async with secured(directory, PAIR + settings) as served:
        for name in ("client", "stranger", "robot", "nobody"):
            options = () if name == "nobody" else as_client(directory, name)
            got = await curl(served, *trusting(directory), *version.split("="), *options)
            assert got == (200 if name in served_to else 0), name


async def test_a_uri_as_the_name_of_a_client(directory: Path) -> None:
    with_uri("spiffe://example/scraper").write(directory, "uri")
    for allowed, expected in (("spiffe://example/scraper", 200), ("spiffe://example/other", 0)):
        async with secured(directory, f"{CLIENTS}  client_allowed_sans: ['{allowed}']\n") as served:
            assert await curl(served, *trusting(directory), *as_client(directory, "uri")) == expected


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority("ours").configure_trust(context)
    return context


def swap_in(directory: Path, number: int, web: str = PAIR) -> None:
    """Replace the files of a web configuration all at once, as Kubernetes does it."""
    version = directory / f"version-{number}"
    version.mkdir()
    server(number).write(version, "server")
    (version / "ca.crt").write_text(ca_pem())
    (version / FILE).write_text(web)
    (directory / "next").symlink_to(version)
    (directory / "next").rename(directory / "data")


@asynccontextmanager
async def swappable(directory: Path, web: str = PAIR) -> AsyncIterator[Served]:
    swap_in(directory, 0, web)
    for name in (FILE, "server.crt", "server.key", "ca.crt"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(f"data/{name}")
    access = access_control(str(directory / FILE), exempt_health=False)
    async with serving(access=access) as served:
        yield served


async def names_of_server(served: Served) -> set[str]:
    """Return the names in the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection("localhost", served.port, ssl=client_context())
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    return {value for _, value in certificate["subjectAltName"]}


class Load:
    """Clients that scrape all the time, half of them on a new connection each time."""

    def __init__(self, served: Served) -> None:
        self.url = f"https://localhost:{served.port}/-/healthy"
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self._answered = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Load]:
        async with asyncio.TaskGroup() as group, AsyncExitStack() as stack:
            scraping = []
            for number in range(6):
                connector = aiohttp.TCPConnector(ssl=client_context(), force_close=number % 2 == 0)
                session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
                scraping.append(group.create_task(self._scrape(session)))
            try:
                yield self
            finally:
                for one in scraping:
                    one.cancel()
                await asyncio.gather(*scraping, return_exceptions=True)

    async def goes_on(self, requests: int = 30) -> None:
        """Wait until so many more have been answered."""
        expected = len(self.statuses) + requests
        async with asyncio.timeout(PATIENCE):
            while len(self.statuses) < expected:
                await self._answered.wait()
                self._answered.clear()

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        while True:
            async with session.get(self.url, headers=self.headers) as response:
                self.statuses.append(response.status)
                self._answered.set()


async def test_certificates_change_under_load(tmp_path: Path) -> None:
    async with swappable(tmp_path) as served, Load(served).running() as load:
        for number in range(1, 8):
            swap_in(tmp_path, number)
            assert f"server-{number}.example" in await names_of_server(served)
            await load.goes_on()
    assert set(load.statuses) == {200}


async def test_a_key_written_after_its_certificate_fails_no_handshake(directory: Path) -> None:
    async with secured(directory, PAIR) as served, Load(served).running() as load:
        for number in range(1, 4):
            (directory / "server.crt").write_text(server(number).pem)
            await asyncio.sleep(0.1)
            (directory / "server.key").write_text(server(number).key)
            assert f"server-{number}.example" in await names_of_server(served)
            await load.goes_on()
    assert set(load.statuses) == {200}


async def test_settings_and_users_change_under_load(tmp_path: Path) -> None:
    settings = [
        "  min_version: TLS13\n",
        "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n",
        "  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.crt\n",
        "http_server_config: {headers: {X-Frame-Options: deny}}\n",
        "  curve_preferences: [CurveP256]\n",
        "",
    ]
    async with swappable(tmp_path, PAIR + users(alice="secret")) as served:
        load = Load(served)
        load.headers["Authorization"] = f"Basic {b64encode(b'alice:secret').decode()}"
        async with load.running():
            for number, setting in enumerate(settings, 1):
                swap_in(tmp_path, number, PAIR + setting + users(alice="secret", **{f"user{number}": "x"}))
                await load.goes_on()
    assert set(load.statuses) == {200}


@pytest.mark.parametrize(
    ("tightened", "options"),
    [
        (CLIENTS, ()),
        (f"{PAIR}  min_version: TLS13\n", ("--tls-max", "1.2")),
        (f"{PAIR}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n", ("--tls-max", "1.2")),
    ],
)
async def test_a_tightening_holds_for_the_very_next_connection(
    tightened: str, options: tuple[str, ...], directory: Path
) -> None:
    async with secured(directory, PAIR) as served:
        for _ in range(3):
            (directory / FILE).write_text(PAIR)
            assert await curl(served, *trusting(directory), *options) == 200
            (directory / FILE).write_text(tightened)
            assert await curl(served, *trusting(directory), *options) == 0
            assert await curl(served, *trusting(directory), *as_client(directory, "client")) in {0, 200}


async def test_a_session_of_before_is_not_resumed_past_a_tightening(directory: Path) -> None:
    session = str(directory / "session")
    async with secured(directory, PAIR) as served:
        assert SERVED in await s_client(served, "-tls1_2", "-sess_out", session)
        assert "Reused" in await s_client(served, "-tls1_2", "-sess_in", session)
        (directory / FILE).write_text(CLIENTS)
        assert SERVED not in await s_client(served, "-tls1_2", "-sess_in", session)


async def test_whom_a_new_rule_does_not_let_in_is_closed(directory: Path) -> None:
    context = client_context()
    context.load_cert_chain(directory / "client.crt", directory / "client.key")
    request = b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n"
    async with secured(directory, f"{CLIENTS}  client_allowed_sans: [client.example]\n") as served:
        reader, writer = await asyncio.open_connection("localhost", served.port, ssl=context)
        writer.write(request)
        assert b"healthy" in await reader.readuntil(b"healthy.\n")
        (directory / FILE).write_text(f"{CLIENTS}  client_allowed_sans: [robot.example]\n")
        writer.write(request)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        assert await curl(served, *trusting(directory), *as_client(directory, "client")) == 0
        writer.transport.abort()


async def test_a_file_that_became_bad(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.web.config.live.PATIENCE", 0.0)
    request = b"GET /-/healthy HTTP/1.1\r\nHost: exporter\r\n\r\n"
    async with secured(directory, PAIR) as served:
        reader, writer = await asyncio.open_connection("localhost", served.port, ssl=client_context())
        (directory / "server.key").unlink()
        with structlog.testing.capture_logs() as logs:
            for _ in range(2):
                writer.write(request)
                answer = await reader.readuntil(b"log.\n")
                assert answer.startswith(b"HTTP/1.1 500 ")
                assert await curl(served, *trusting(directory)) == 0
        assert [log["event"] for log in logs if log["log_level"] != "debug"] == [
            "web configuration cannot be used, nobody is let in",
            "TLS handshake failed",
        ]
        server().write(directory, "server")
        writer.write(request)
        assert (await reader.readuntil(b"healthy.\n")).startswith(b"HTTP/1.1 200 ")
        assert await curl(served, *trusting(directory)) == 200
        writer.transport.abort()


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01", b"GET /"])
async def test_a_handshake_that_does_not_come(sent: bytes, directory: Path) -> None:
    async with secured(directory, PAIR, limits=Limits(head=0.2)) as served, served.client() as client:
        client.send(sent)
        await client.closed()
        assert await curl(served, *trusting(directory)) == 200


async def test_handshakes_count_as_connections_and_keep_nobody_out(directory: Path) -> None:
    async with secured(directory, PAIR, limits=Limits(connections=3)) as served, AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(served.client()) for _ in range(20)]
        assert await curl(served, *trusting(directory)) == 200
        for client in silent[:17]:
            await client.closed()


async def test_clients_that_leave_in_the_middle_of_a_handshake_are_forgotten(directory: Path) -> None:
    async with secured(directory, PAIR, limits=Limits(connections=3)) as served:
        with structlog.testing.capture_logs() as logs:
            for _ in range(10):
                with socket.create_connection(("127.0.0.1", served.port)) as leaving:
                    leaving.sendall(b"\x16\x03\x01")
                await asyncio.sleep(0.01)
            assert await curl(served, *trusting(directory)) == 200
        assert "too many connections, closing those that ask for nothing" not in [log["event"] for log in logs]


async def test_the_server_stops_while_handshakes_are_under_way(directory: Path) -> None:
    async with AsyncExitStack() as clients, asyncio.timeout(PATIENCE):
        async with secured(directory, PAIR) as served:
            silent = await clients.enter_async_context(served.client())
            assert await curl(served, *trusting(directory)) == 200
        await silent.closed()
