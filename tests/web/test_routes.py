from __future__ import annotations

import json
import subprocess
import sys

import pytest

from exporter.flags import parse_flags
from exporter.web.routes import RELOAD, RESERVED_PATHS, ROUTES, Route
from tests.emulated import exporter_for, running_emulator
from tests.web.test_application import open_web


@pytest.mark.parametrize("route", [route for route in ROUTES if route != RELOAD], ids=lambda route: route.path)
async def test_every_route_is_there_and_refuses_other_methods(route: Route) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        path = f"{route.path}?target=support"
        got = await client.get(path)
        assert got.status == 200
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        head = await client.head(path)
        assert (head.status, await head.read()) == (200, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            refused = await client.request(method, path)
            assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD")
            assert refused.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", RESERVED_PATHS)
def test_no_path_of_the_table_can_be_that_of_the_metrics(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_flags([f"--web.telemetry-path={path}"])
    assert f"found {path!r}, allowed: a path that begins with /" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path",
    [
        "/%70robe",
        "/x%00",
        "/./probe",
        "/a/../probe",
        "/..",
        "/.",
        "/a//b",
        "/a\nb",
        "/a b",
        "/a\\b",
        "/a?b",
        "/\u00e9",
        "",
    ],
)
def test_no_path_that_stands_for_another_one_can_be(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_flags([f"--web.telemetry-path={path}"])
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("path", ["/metrics", "/m/", "/a/b-c_d.e~f", "/.well-known/metrics", "/probe/x", "/..."])
async def test_other_paths_can(path: str) -> None:
    assert parse_flags([f"--web.telemetry-path={path}"]).telemetry_path == path
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter, path) as client:
        assert "tccc_up" in await (await client.get(path)).text()


def test_the_table_needs_no_server() -> None:
    code = "import exporter.healthcheck, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert not {"aiohttp", "structlog", "asyncio", "msgspec", "prometheus_client", "ssl", "yaml"} & set(loaded)
