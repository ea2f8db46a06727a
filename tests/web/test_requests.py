"""What the server makes of odd requests, and how it counts them."""

from __future__ import annotations

import asyncio
import re

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from exporter.logs import configure_logs
from exporter.web.connections import Limits
from tests.web.raw import HEALTH, SCRAPE, Served, SlowCollection, serving

END = b" HTTP/1.1\r\nHost: exporter\r\n"
CLOSE = b"Connection: close\r\n\r\n"
ANY = {200, 400, 404, 405}
REFUSED = {400, None}
COUNTER = "tccc_exporter_http_requests_total"


async def counted(served: Served) -> dict[tuple[str, str], float]:
    """Return the answers counted so far by handler and code."""
    answer = await served.ask(b"GET /metrics?name[]=tccc_exporter_http_requests_total" + END + CLOSE)
    assert answer is not None
    body = answer.partition(b"\r\n\r\n")[2].decode()
    [family] = text_string_to_metric_families(body)
    return {(one.labels["handler"], one.labels["code"]): one.value for one in family.samples if one.name == COUNTER}


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        (b"GET /nothing" + END + CLOSE, 404),
        (b"GET /metrics/" + END + CLOSE, 404),
        (b"GET //metrics" + END + CLOSE, 404),
        (b"GET /%00%ff%zz" + END + CLOSE, 404),
        (b"POST /metrics" + END + CLOSE, 405),
        (b"BREW /metrics" + END + CLOSE, ANY),
        (b"GET /-/healthy HTTP/1.0\r\n\r\n", 200),
        (b"GET /metrics?%zz=%&&==&name[]" + END + CLOSE, 200),
        (b"GET /metrics?name[]=%ff%00" + END + CLOSE, 200),
        (b"GET /metrics?" + b"name[]=a&" * 900 + END + CLOSE, 200),
        (b"GET /metrics?" + b"name[]=tccc_up&" * 10_000 + END + CLOSE, 400),
        (b"GET /" + b"a" * 8000 + END + CLOSE, 404),
        (b"GET /" + b"a" * 9000 + END + CLOSE, 400),
        (b"GET /metrics" + END + b"X-Long: " + b"a" * 9000 + b"\r\n" + CLOSE, 400),
        (b"GET /metrics" + END + b"".join(b"X-%d: a\r\n" % i for i in range(1000)) + CLOSE, ANY),
        (b"GET /metrics" + END + b"Accept: " + b"text/plain," * 700 + b"\r\n" + CLOSE, 200),
        (b"GET /metrics" + END + b"Accept: \xff\xfe\r\nAccept-Encoding: \x80\r\n" + CLOSE, 200),
        (b"GET /metrics" + END + b"X-Prometheus-Scrape-Timeout-Seconds: \xff\r\n" + CLOSE, 200),
        (b"GET /metrics" + END + b"X-Prometheus-Scrape-Timeout-Seconds: " + b"9" * 5000 + b"\r\n" + CLOSE, 200),
        (b"GET /metrics" + END + b"Expect: the-impossible\r\n" + CLOSE, 417),
        (b"GET /metrics" + END + b"Content-Length: abc\r\n" + CLOSE, 400),
        (b"GET /metrics" + END + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"zz\r\n", ANY),
        (b"GET /metrics" + END + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n" + CLOSE + b"abc", 200),
        (b"GET /metrics" + END + b"Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", 200),
        (b"GET http://[::1/metrics" + END + CLOSE, REFUSED),
        (b"GET http://elsewhere/-/healthy" + END + CLOSE, 200),
        (b"CONNECT elsewhere:443" + END + CLOSE, ANY),
        (b"OPTIONS *" + END + CLOSE, ANY),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", REFUSED),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED),
        (b"\x00" * 1000, REFUSED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", REFUSED),
    ],
    ids=range(32),
)
async def test_odd_requests(
    request_: bytes, outcome: int | set[int | None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = configure_logs("info", "logfmt")
    async with serving(Limits(head=1.0)) as served:
        await served.ask(SCRAPE)
        lines.flush(10.0)
        capsys.readouterr()
        answer = await served.ask(request_)
        assert await served.is_healthy()
    found = None if answer is None else int(answer.split(b" ")[1])
    assert found == outcome or (isinstance(outcome, set) and found in outcome)
    lines.flush(10.0)
    assert capsys.readouterr().err == ""


@given(
    data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda data: b"GET /metrics" + END + data + b"\r\n\r\n")
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_comes_the_server_goes_on_and_is_silent(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("error", "logfmt")
    assert asyncio.run(_is_healthy_after(data))
    assert "Traceback" not in capsys.readouterr().err


async def _is_healthy_after(data: bytes) -> bool:
    async with serving(Limits(head=0.02, idle=0.02)) as served:
        async with served.client() as client:
            client.send(data)
            await client.closed()
        return await served.is_healthy()


async def test_head_is_get_without_the_body() -> None:
    async with serving() as served, served.client() as client:
        client.send(b"HEAD /metrics" + END + b"\r\n")
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in head
        # What follows on the same connection is the next answer and nothing else.
        client.send(HEALTH)
        answer = await client.answer()
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_answers_are_counted_by_handler_and_code() -> None:
    async with serving() as served:
        start = await counted(served)
        assert {key for key in start if key[0] != "/metrics"} == {
            (path, code)
            for path in ("/", "/probe", "/sd", "/config", "/runbook", "/-/healthy", "/-/ready", "/-/reload")
            for code in ("200", "500", "503")
        } | {("other", "400"), ("other", "404"), ("other", "405")}
        assert set(start.values()) == {0.0}
        for request in (HEALTH, HEALTH, SCRAPE, b"GET /a" + END + CLOSE, b"GET /b" + END + CLOSE):
            assert await served.ask(request)
        assert await served.ask(b"POST /metrics" + END + CLOSE)
        assert await served.ask(b"nonsense\r\n\r\n")
        assert await served.ask(b"GET /metrics" + END + b"Expect: the-impossible\r\n" + CLOSE)
        end = await counted(served)
        assert {key: value for key, value in end.items() if value} == {
            ("/-/healthy", "200"): 2.0,
            ("/metrics", "200"): 2.0,
            ("other", "400"): 1.0,
            ("other", "404"): 2.0,
            ("other", "405"): 1.0,
            ("other", "417"): 1.0,
        }


async def test_a_fault_of_the_exporter_is_counted() -> None:
    async with serving() as served:
        collection = SlowCollection(served.exporter)
        collection.go.set()
        collection.fails = True
        answer = await served.ask(SCRAPE)
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 500 ")
        collection.fails = False
        found = await counted(served)
    assert found["/metrics", "500"] == 1.0


async def test_each_answer_is_logged_at_level_debug() -> None:
    async with serving() as served:
        with structlog.testing.capture_logs() as logs:
            answer = await served.ask(b"GET /metrics?name[]=tccc_up" + END + CLOSE)
            await served.ask(b"GET /" + b"a" * 1000 + END + CLOSE)
    assert answer is not None
    scrape, unknown = [log for log in logs if log["event"] == "request answered"]
    duration = scrape.pop("duration")
    assert re.fullmatch(r"(\d+s)?(\d+ms)?", duration)
    assert scrape == {
        "event": "request answered",
        "log_level": "debug",
        "client": "127.0.0.1",
        "method": "GET",
        "path": "/metrics?name[]=tccc_up",
        "status": 200,
        "format": "text/plain; version=0.0.4; charset=utf-8",
        "encoding": None,
        "bytes": len(answer),
    }
    assert unknown["status"] == 404
    assert len(unknown["path"]) == 200


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"GET /" + b"a" * 9000 + END + CLOSE, b"GET /nothing" + END + CLOSE, b"POST /" + END + CLOSE],
    ids=["nonsense", "too long", "unknown", "not allowed"],
)
async def test_no_refusal_tells_the_versions_of_the_server(request_: bytes) -> None:
    async with serving() as served:
        answer = await served.ask(request_)
    assert answer is not None
    assert b"\r\nServer: tccc-exporter\r\n" in answer
    assert b"Python" not in answer
    assert b"aiohttp" not in answer
