"""One application alone, and a part of what there is."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.emulated import SALES, SUPPORT, config_for, exporter_for, running_emulator
from tests.web.test_application import Client, open_web, scrape, value

OWN = "tccc_exporter_build_info"


async def names_of(client: Client, path: str) -> set[str]:
    response = await client.get(path)
    assert response.status == 200
    return {family.name for family in parse_text(await response.text())}


@pytest.mark.parametrize("target", ["support", "1400000001"])
async def test_one_application_alone(target: str) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get("/probe", params={"target": target})
        families = list(parse_text(await response.text()))
        assert value(families, "tccc_up", application="support") == 1
        assert value(families, "tccc_active_sessions", application="support") == len(
            emulator.centers[SUPPORT.sdk_app_id]
        )
        samples = [sample for family in families for sample in family.samples]
        assert {sample.labels["application"] for sample in samples} == {"support"}
        assert all(emulator.requests.arrivals)
        assert exporter.applications[1].sessions.outcome is None
        everything = await scrape(client)
        of_support = {
            (sample.name, *sample.labels.items())
            for family in everything
            for sample in family.samples
            if sample.labels.get("application") == "support"
        }
        assert {(sample.name, *sample.labels.items()) for sample in samples} == of_support


async def test_an_application_that_fails_is_answered_all_the_same() -> None:
    async with running_emulator() as emulator:
        config = config_for(emulator, applications=(replace(SUPPORT, sdk_app_id=1), SALES))
        async with exporter_for(emulator, config=config) as exporter, open_web(exporter) as client:
            response = await client.get("/probe?target=support")
            assert response.status == 200
            assert value(list(parse_text(await response.text())), "tccc_up", application="support") == 0


async def test_negotiation_gzip_names_and_deadline_are_those_of_the_metrics() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        accept = {"Accept": "application/openmetrics-text;version=1.0.0"}
        response = await client.get("/probe?target=sales", headers=accept)
        assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert value(list(parse_openmetrics(await response.text())), "tccc_up", application="sales") == 1
        response = await client.get("/probe?target=sales", headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert b"tccc_up" in gzip.decompress(await response.read())
        assert await names_of(client, "/probe?target=sales&name[]=tccc_up&name[]=python_info") == {"tccc_up"}
        emulator.set_faults("hang")
        # Without the header it would take ten seconds.
        async with asyncio.timeout(5):
            headers = {"X-Prometheus-Scrape-Timeout-Seconds": "0.6"}
            response = await client.get("/probe?target=support", headers=headers)
        assert value(list(parse_text(await response.text())), "tccc_up", application="support") == 0
        families = list(parse_text(await (await client.get("/metrics?collect[]=exporter")).text()))
        assert value(families, "tccc_scrape_timeout_seconds") == pytest.approx(0.3)


async def test_the_exporters_own_alone_cost_no_request() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        names = await names_of(client, "/metrics?collect[]=exporter")
        assert OWN in names
        assert "tccc_up" not in names
        assert emulator.requests.arrivals == []
        filtered = f"/metrics?collect[]=exporter&name[]={OWN}&name[]=tccc_up"
        assert await names_of(client, filtered) == {OWN}
        openmetrics = {"Accept": "application/openmetrics-text"}
        response = await client.get("/metrics?collect[]=exporter", headers=openmetrics)
        assert OWN.removesuffix("_info") in {
            f.name.removesuffix("_info") for f in parse_openmetrics(await response.text())
        }


async def test_the_parts_are_the_whole() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        sessions = await names_of(client, "/metrics?collect[]=sessions")
        own = await names_of(client, "/metrics?collect[]=exporter")
        whole = await names_of(client, "/metrics")
        assert "tccc_up" in sessions
        assert not sessions & own
        assert sessions | own == whole == await names_of(client, "/metrics?collect[]=exporter&collect[]=sessions")
        assert sessions == await names_of(client, "/probe?target=support&collect[]=sessions")


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/metrics?collect[]=cpu", 400, "collect[]: found 'cpu', allowed: sessions, exporter\n"),
        ("/probe?target=support&collect[]=exporter", 400, "collect[]: found 'exporter', allowed: sessions\n"),
        ("/probe", 400, "target: is missing, allowed: one name or SdkAppId of an application; see /sd\n"),
        ("/probe?target=%ff%00", 404, "target: found '\ufffd\\x00', allowed: the name or the SdkAppId"),
        ("/probe?target=nobody", 404, "target: found 'nobody', allowed: the name or the SdkAppId of an application"),
    ],
)
async def test_what_cannot_be_answered_costs_no_request(path: str, status: int, problem: str) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter, open_web(exporter) as client:
        response = await client.get(path)
        text = await response.text()
        assert (response.status, response.content_type) == (status, "text/plain")
        assert text.startswith(problem)
        assert text.count("\n") == 1
        assert emulator.requests.arrivals == []


async def test_scrapes_of_all_and_of_one_share_a_collection() -> None:
    async with running_emulator(latency=0.05) as emulator, exporter_for(emulator) as exporter:
        async with open_web(exporter) as client:
            async with asyncio.TaskGroup() as group:
                for path in ["/metrics", "/probe?target=support", "/probe?target=sales"] * 5:
                    group.create_task(client.get(path))
            pages = sum(len(center) // 25 + 1 for center in emulator.centers.values())
            assert len(emulator.requests.arrivals) <= 2 * pages
