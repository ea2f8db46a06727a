"""What a client gets over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

from exporter.config.schema import CollectionSettings, StaffSettings
from exporter.emulator.call import CallDirection, Status
from exporter.emulator.server import Emulator
from exporter.service import Exporter
from exporter.web.application import make_application
from tests.emulated import SALES, SUPPORT, config_for, exporter_for, running_emulator

Client = TestClient[web.Request, web.Application]
PLAIN = {"Accept-Encoding": "identity"}


@asynccontextmanager
async def open_web(exporter: Exporter, telemetry_path: str = "/metrics") -> AsyncIterator[Client]:
    async with TestClient(
        TestServer(make_application(exporter, telemetry_path)), auto_decompress=False, headers=PLAIN
    ) as client:
        yield client


async def scrape(client: Client, **options: object) -> list[Metric]:
    response = await client.get("/metrics", **options)  # type: ignore[arg-type]
    assert response.status == 200
    return list(parse_text(await response.text()))


def samples(families: list[Metric], name: str, **labels: str) -> dict[tuple[tuple[str, str], ...], float]:
    """Return the samples of a name that have these labels: the other labels, and the value."""
    found: list[Sample] = [sample for family in families for sample in family.samples if sample.name == name]
    return {
        tuple((key, value) for key, value in sample.labels.items() if key not in labels): sample.value
        for sample in found
        if labels.items() <= sample.labels.items()
    }


def value(families: list[Metric], name: str, **labels: str) -> float:
    [(others, result)] = samples(families, name, **labels).items()
    assert others == ()
    return result


async def first_request(emulator: Emulator) -> None:
    async with asyncio.timeout(60):
        while not emulator.requests.arrivals:  # noqa: ASYNC110 -- the emulator tells of no event
            await asyncio.sleep(0)


def assert_truth(families: list[Metric], emulator: Emulator) -> None:
    for application in (SUPPORT, SALES):
        center = emulator.centers[application.sdk_app_id]
        name = application.name
        assert value(families, "tccc_up", application=name) == 1
        assert value(families, "tccc_active_sessions", application=name) == len(center)
        assert sum(samples(families, "tccc_sessions", application=name).values()) == len(center)
        for status in Status:
            for direction, label in ((CallDirection.INBOUND, "inbound"), (CallDirection.OUTBOUND, "outbound")):
                shown = value(families, "tccc_sessions", application=name, status=status.value, direction=label)
                assert shown == center.count(status, direction)
        staffed = sum(session.staff_member is not None for session in center.sessions)
        assert sum(samples(families, "tccc_staff_sessions", application=name).values()) == staffed
        assert value(families, "tccc_unassigned_sessions", application=name) == len(center) - staffed
        for direction, label in ((CallDirection.INBOUND, "inbound"), (CallDirection.OUTBOUND, "outbound")):
            waiting = sum(one.accepted is None and one.direction is direction for one in center.sessions)
            assert value(families, "tccc_waiting_sessions", application=name, direction=label) == waiting


@pytest.mark.parametrize("sessions", [0, 5, 60, 700])
async def test_metrics_equal_what_the_emulator_holds(sessions: float) -> None:
    async with running_emulator(sessions) as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        assert_truth(await scrape(client), emulator)


async def test_both_formats_say_the_same() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        openmetrics = list(parse_openmetrics(await response.text()))
        text = await scrape(client)
        assert_truth(openmetrics, emulator)
        for family in openmetrics:
            if family.name.startswith("tccc_") and "duration" not in family.name and "timestamp" not in family.name:
                for sample in family.samples:
                    if sample.name.startswith(("tccc_api", "tccc_scrape")):
                        continue
                    assert samples(text, sample.name).get(tuple(sample.labels.items())) == sample.value
        assert not any(sample.name.endswith("_created") for family in openmetrics for sample in family.samples)


async def test_no_label_set_twice_and_help_for_all() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        families = await scrape(client)
        seen = [(sample.name, frozenset(sample.labels.items())) for family in families for sample in family.samples]
        assert len(set(seen)) == len(seen)
        assert all(family.documentation for family in families)


async def test_gzip_and_plain() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"tccc_up" in gzip.decompress(await response.read())
        response = await client.get("/metrics", headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in response.headers
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
        assert b"tccc_up" in await response.read()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["tccc_up"], {"tccc_up"}),
        (["tccc_up", "tccc_application_info"], {"tccc_up", "tccc_application_info"}),
        (["tccc_api_requests_total"], {"tccc_api_requests_total"}),
        (["tccc_session_age_seconds_gsum"], {"tccc_session_age_seconds_gsum"}),
        (
            ["tccc_session_age_seconds"],
            {"tccc_session_age_seconds_bucket", "tccc_session_age_seconds_gsum", "tccc_session_age_seconds_gcount"},
        ),
        (["tccc_observed_sessions_started_total"], {"tccc_observed_sessions_started_total"}),
        (["tccc_observed_talk_seconds_count"], {"tccc_observed_talk_seconds_count"}),
        (
            ["tccc_observed_wait_seconds"],
            {"tccc_observed_wait_seconds_bucket", "tccc_observed_wait_seconds_sum", "tccc_observed_wait_seconds_count"},
        ),
        (["tccc_no_such_metric"], set()),
    ],
)
async def test_selection_by_name(names: list[str], expected: set[str]) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        families = await scrape(client, params=[("name[]", name) for name in names])
        assert {sample.name for family in families for sample in family.samples} == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/openmetrics-text;version=abc"},
        {"Accept": ";;;q==,,"},
        {"Accept-Encoding": "gzip;q=lots"},
        {"X-Prometheus-Scrape-Timeout-Seconds": "soon"},
        {"X-Prometheus-Scrape-Timeout-Seconds": "-1"},
    ],
)
async def test_nonsensical_headers_are_no_error(headers: dict[str, str]) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        assert value(await scrape(client, headers=headers), "tccc_up", application="support") == 1


async def test_one_failing_application_leaves_its_neighbor_untouched() -> None:
    async with running_emulator() as emulator:
        stranger = replace(SUPPORT, sdk_app_id=1)
        config = config_for(emulator, applications=(stranger, SALES))
        async with exporter_for(emulator, config=config) as exporter, open_web(exporter) as client:
            families = await scrape(client)
            assert value(families, "tccc_up", application="support") == 0
            assert value(families, "tccc_up", application="sales") == 1
            assert samples(families, "tccc_sessions", application="support") == {}
            assert samples(families, "tccc_active_sessions", application="support") == {}
            assert samples(families, "tccc_snapshot_timestamp_seconds", application="support") == {}
            assert value(families, "tccc_application_info", application="support", account="main", sdk_app_id="1") == 1
            failures = samples(families, "tccc_api_request_failures_total", account="main")
            assert [labels for labels, count in failures.items() if count] == [
                (("action", "DescribePSTNActiveSessionList"), ("code", "FailedOperation.PermissionDenied"))
            ]


async def test_an_api_that_breaks_and_recovers() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        before = await scrape(client)
        emulator.set_faults("permission-denied")
        broken = await scrape(client)
        assert value(broken, "tccc_up", application="support") == 0
        assert samples(broken, "tccc_staff_sessions") == {}
        timestamp = samples(before, "tccc_snapshot_timestamp_seconds")
        assert samples(broken, "tccc_snapshot_timestamp_seconds") == timestamp
        emulator.set_faults()
        assert_truth(await scrape(client), emulator)


async def test_a_scrape_is_answered_before_prometheus_gives_up() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        emulator.set_faults("hang")
        # Without the header it would take ten seconds.
        async with asyncio.timeout(5):
            families = await scrape(client, headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.6"})
        assert value(families, "tccc_up", application="support") == 0
        assert value(families, "tccc_scrape_timeout_seconds") == pytest.approx(0.3)


async def test_staff_series_switched_off_and_limited() -> None:
    async with running_emulator() as emulator:
        async with exporter_for(emulator, staff=StaffSettings(labels=())) as exporter, open_web(exporter) as client:
            families = await scrape(client)
            assert samples(families, "tccc_staff_sessions") == {}
            assert value(families, "tccc_busiest_staff_sessions", application="support") == 1
        few = StaffSettings(labels=("staff_number", "staff_email"), max_series=3)
        async with exporter_for(emulator, staff=few) as exporter, open_web(exporter) as client:
            families = await scrape(client)
            shown = samples(families, "tccc_staff_sessions", application="support")
            assert len(shown) == 4
            other = value(
                families, "tccc_staff_sessions", application="support", staff_number="other", staff_email="other"
            )
            assert other == value(families, "tccc_staff_series_folded", application="support")


async def test_the_exporters_own_metrics() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        await scrape(client)
        families = await scrape(client)
        labels = {"account": "main", "action": "DescribePSTNActiveSessionList"}
        sent = len(emulator.requests.arrivals)
        assert value(families, "tccc_api_requests_total", **labels) == sent
        assert value(families, "tccc_api_request_duration_seconds_count", **labels) == sent
        assert value(families, "tccc_api_request_failures_total", code="timeout", **labels) == 0
        assert value(families, "tccc_exporter_config_last_reload_successful") == 1
        assert value(families, "tccc_exporter_config_last_reload_success_timestamp_seconds") > 1.6e9
        assert len(samples(families, "tccc_exporter_build_info")) == 1
        assert value(families, "process_open_fds") > 0
        assert samples(families, "python_info")


async def test_no_phone_number_and_no_session_id_in_any_metric() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        text = await (await client.get("/metrics")).text()
        for session in emulator.centers[SUPPORT.sdk_app_id].sessions:
            assert session.session_id not in text
        assert "+999" not in text


async def test_many_scrapes_at_once_share_one_collection() -> None:
    async with running_emulator(latency=0.05) as emulator, exporter_for(emulator) as exporter:
        pages = sum(len(center) // 25 + 1 for center in emulator.centers.values())
        async with open_web(exporter) as client:
            async with asyncio.TaskGroup() as group:
                scrapes = [group.create_task(scrape(client)) for _ in range(50)]
            assert all(value(one.result(), "tccc_up", application="sales") == 1 for one in scrapes)
        assert len(emulator.requests.arrivals) <= 2 * pages


async def test_a_client_that_hangs_up_does_not_end_the_collection() -> None:
    async with running_emulator(latency=0.1) as emulator, exporter_for(emulator) as exporter:
        async with open_web(exporter) as client:
            impatient = asyncio.create_task(client.get("/metrics"))
            patient = asyncio.create_task(scrape(client))
            await first_request(emulator)
            impatient.cancel()
            assert value(await patient, "tccc_up", application="support") == 1


async def test_health_and_readiness_cost_no_request() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        for path in ("/-/healthy", "/-/ready"):
            assert (await client.get(path)).status == 200
        assert (await client.get("/-/nothing")).status == 404
        assert (await client.post("/metrics")).status == 405
        assert (await client.head("/-/healthy")).status == 200
        assert emulator.requests.arrivals == []


async def test_another_telemetry_path() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        async with open_web(exporter, "/tccc") as client:
            assert (await client.get("/metrics")).status == 404
            assert "tccc_up" in await (await client.get("/tccc")).text()
            assert 'href="/tccc"' in await (await client.get("/")).text()


async def test_the_landing_page_tells_how_each_application_is() -> None:
    async with running_emulator() as emulator:
        stranger = replace(SALES, sdk_app_id=1, name="<b>sales</b>")
        config = config_for(emulator, applications=(SUPPORT, stranger))
        async with exporter_for(emulator, config=config) as exporter, open_web(exporter) as client:
            page = await (await client.get("/")).text()
            assert page.count(">no answer yet<") == 2
            await scrape(client)
            response = await client.get("/")
            page = await response.text()
            assert response.content_type == "text/html"
            assert '<span class="up">up</span>' in page
            assert f"<div>{len(emulator.centers[SUPPORT.sdk_app_id])} sessions</div>" in page
            assert '<span class="failing">failing</span>' in page
            assert "FailedOperation.PermissionDenied" in page
            assert "grant the key&#x27;s user this policy" in page
            assert "&lt;b&gt;sales&lt;/b&gt;" in page
            assert "<script" not in page


async def test_a_fault_of_the_exporter_fails_one_application_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:

        def broken(_snapshot: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(exporter.applications[0].sessions.collector, "read", broken)
        families = await scrape(client)
        assert value(families, "tccc_up", application="support") == 0
        assert value(families, "tccc_up", application="sales") == 1
        assert "internal error, see the log" in await (await client.get("/")).text()


async def test_closing_gives_up_what_is_under_way() -> None:
    async with running_emulator() as emulator:
        emulator.set_faults("hang")
        config = replace(config_for(emulator), collection=CollectionSettings(timeout=60.0))
        before = asyncio.all_tasks()
        async with exporter_for(emulator, config=config) as exporter:
            exporter.warm_up()
            await first_request(emulator)
            assert len(asyncio.all_tasks() - before) > 1
            await exporter.close()
            left = {task for task in asyncio.all_tasks() - before if task.get_coro().__module__.startswith("exporter")}
            assert left == set()


async def test_no_answer_tells_the_version_of_the_server_or_is_taken_for_something_else() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        for path in ("/", "/metrics", "/-/healthy", "/-/ready", "/runbook", "/nothing"):
            response = await client.get(path)
            assert response.headers["Server"] == "tccc-exporter"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        response = await client.get("/")
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_the_runbook_can_be_read() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get("/runbook")
        assert response.content_type == "text/html"
        page = await response.text()
    written = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text()
    shown = unescape(re.sub(r"<h\d.*?</h\d>|<[^>]*>", " ", page.partition("<body>")[2], flags=re.DOTALL)).split()
    assert shown == re.sub(r"^#+ (?=[A-Z]).*", "", written, flags=re.MULTILINE).split()
    rules = "".join(path.read_text() for path in (Path(__file__).parents[2] / "prometheus" / "rules").iterdir())
    for alert in re.findall(r"alert: (\w+)", rules):
        assert f'<h2 id="{alert.lower()}"><span id="{alert}">{alert}</span></h2>' in page


async def test_a_package_without_its_runbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.carried_files.runbook", lambda: None)
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        assert (await client.get("/runbook")).status == 404
