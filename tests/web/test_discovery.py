from __future__ import annotations

import ssl
from dataclasses import replace

import aiohttp
import pytest
import trustme
from aiohttp.test_utils import TestServer

from exporter.web.application import make_application
from tests.emulated import SALES, SUPPORT, config_for, exporter_for, running_emulator
from tests.web.raw import serving
from tests.web.test_application import open_web


async def test_each_application_is_a_target_at_the_address_that_was_asked() -> None:
    async with running_emulator() as emulator:
        config = config_for(emulator, applications=(SUPPORT, replace(SALES, name='"sales" & \u547c\u53eb')))
        async with exporter_for(emulator, config=config) as exporter, open_web(exporter) as client:
            response = await client.get("/sd", headers={"Host": "exporter.test:10820"})
            assert response.content_type == "application/json"
            assert await response.json() == [
                {
                    "targets": ["exporter.test:10820"],
                    "labels": {"__metrics_path__": "/probe", "__param_target": name, "target": name},
                }
                for name in ("support", '"sales" & \u547c\u53eb')
            ]
            assert emulator.requests.arrivals == []


@pytest.mark.parametrize("host", ["exporter", "10.0.0.1:1", "[::1]:10820", "a_b.test:1"])
async def test_hosts(host: str) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        groups = await (await client.get("/sd", headers={"Host": host})).json()
        assert [group["targets"] for group in groups] == [[host], [host]]


@pytest.mark.parametrize(
    "line",
    [b"Host: <b>:1\r\n", b"Host: a:b:c\r\n", b"Host: a/b\r\n", b"Host: u@h\r\n", b"Host:\r\n", b""],
)
async def test_a_host_that_is_none(line: bytes) -> None:
    async with serving() as served:
        answer = await served.ask(b"GET /sd HTTP/1.0\r\n" + line + b"\r\n")
        assert answer is not None
        assert answer.startswith(b"HTTP/1.0 400")


async def test_the_scheme_is_that_of_the_question() -> None:
    authority = trustme.CA()
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_tls)
    client_tls = ssl.create_default_context()
    authority.configure_trust(client_tls)
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        server = TestServer(make_application(exporter))
        await server.start_server(ssl=server_tls)
        asked = server.make_url("/sd")
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(asked, ssl=client_tls) as response,
            ):
                groups = await response.json()
        finally:
            await server.close()
        assert {group["labels"]["__scheme__"] for group in groups} == {"https"}
        assert {target for group in groups for target in group["targets"]} == {asked.authority}
