"""The metrics in the documents are those that the exporter shows, with their labels and in their number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from exporter.config.schema import CollectorSettings, StaffSettings
from exporter.demo import demo_config, demo_emulator, with_endpoint
from exporter.metrics.catalog import FAMILIES
from exporter.metrics.self_metrics import SelfMetrics
from exporter.service import Exporter
from exporter.web.address import parse_address
from exporter.web.server import Server
from tests.documents.markdown import DOCS, PATHS, document, documents, names
from tests.prometheus.test_metric_names import exposed

METRICS = document(DOCS / "metrics.md")
OPERATIONS = document(DOCS / "operations.md")
OF_LIBRARIES = ("process_", "python_")
OF_BUCKETS = {"le"}
OF_THE_RUNBOOK = {"tccc_runbook"}
"""A label of Prometheus's own that the runbook speaks of."""

Sample = tuple[str, tuple[tuple[str, str], ...]]


@asynccontextmanager
async def demonstration(
    collectors: CollectorSettings = CollectorSettings(),  # noqa: B008 -- frozen
    labels: tuple[str, ...] = ("staff_number",),
) -> AsyncIterator[list[Sample]]:
    """All samples of the demonstration, one account with two applications."""
    config = replace(demo_config(), collectors=collectors, staff=StaffSettings(labels=labels))  # type: ignore[arg-type]
    if not (collectors.inbound and collectors.staff):
        accounts = tuple(
            replace(
                account,
                applications=tuple(replace(one, thresholds=(), skill_groups=()) for one in account.applications),
            )
            for account in config.accounts
        )
        config = replace(config, accounts=accounts)
    async with demo_emulator() as emulator, Exporter(with_endpoint(config, emulator), environment={}) as exporter:
        server = Server(exporter)
        await server.listen([parse_address("127.0.0.1:0")])
        async with ClientSession() as client, client.get(f"{server.url_for_people}/metrics") as response:
            shown = await response.text()
        await server.close()
    yield [
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in text_string_to_metric_families(shown)
        for sample in family.samples
    ]


def documented() -> dict[str, tuple[str, set[str]]]:
    """Return type and labels of each metric in the tables."""
    return {names(row[0])[0]: (row[1], set(names(row[2]))) for row in METRICS.table("metric")}


def types() -> dict[str, str]:
    own = SelfMetrics()
    own.watch_credentials("main", lambda: 0.0)
    suffixes = {"counter": "_total", "info": "_info"}
    in_words = {"gaugehistogram": "gauge histogram", "info": "gauge"}
    families = [(one.name, str(one.type)) for one in FAMILIES] + [(one.name, one.type) for one in own.families()]
    return {
        name + suffixes.get(kind, ""): in_words.get(kind, kind)
        for name, kind in families
        if not name.startswith(OF_LIBRARIES)
    }


def test_every_metric_is_documented_and_none_is_invented() -> None:
    assert {name: kind for name, (kind, _) in documented().items()} == types()


async def test_labels() -> None:
    async with demonstration(labels=("staff_number", "staff_email")) as samples:
        found: dict[str, set[str]] = {}
        for name, labels in samples:
            family = name if name in documented() else re.sub("_(bucket|count|sum|gcount|gsum)$", "", name)
            found.setdefault(family, set()).update(label for label, _ in labels)
    # The demonstration has no temporary key.
    found["tccc_credentials_expiry_timestamp_seconds"] = {"account"}
    for name, (_, expected) in documented().items():
        assert found[name] - OF_BUCKETS - {"application"} == expected, name


def test_no_metric_is_invented() -> None:
    known = exposed() | set(types()) | {family.name for family in FAMILIES} | OF_THE_RUNBOOK
    for one in documents():
        for name, wildcard in re.findall(r"(?<![\w:/])(tccc_[a-z_]+)(\*?)", one.text):
            if "CHANGELOG" in one.path.name:
                continue
            assert any(other.startswith(name) for other in known) if wildcard else name in known, (one.path, name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
async def test_samples_have_the_labels_of_the_real_ones(path: Path) -> None:
    shown = [line for block in document(path).blocks("") for line in block.splitlines() if line.startswith("tccc_")]
    shown = [line for line in shown if re.search(r" \d+\.\d$", line)]
    if not shown:
        return
    async with demonstration() as samples:
        real = {(name, tuple(label for label, _ in labels)) for name, labels in samples}
    for family in text_string_to_metric_families("\n".join([*shown, ""])):
        for sample in family.samples:
            assert (sample.name, tuple(sorted(sample.labels))) in real, sample


def figures() -> dict[str, int]:
    rows = OPERATIONS.table("for each")
    return {row[0]: int(found[0]) for row in rows if (found := re.findall(r"\d+", row[1]))}


async def test_the_number_of_series() -> None:
    async with demonstration() as samples:
        thresholds = [one for one in samples if one[0] == "tccc_alert_threshold"]
        people = re.compile("tccc_staff_(sessions|call_start_timestamp_seconds|status_since_timestamp_seconds)")
        per_person = Counter(
            (labels["application"], labels["staff_number"])
            for name, pairs in samples
            if people.fullmatch(name) and (labels := dict(pairs))
        )
        groups = Counter(
            (labels["application"], labels["skill_group_id"])
            for name, pairs in samples
            if name.startswith("tccc_skill_group_") and (labels := dict(pairs))
        )
        rest = Counter(
            dict(pairs)["application"]
            for name, pairs in samples
            if "application" in dict(pairs)
            and not name.startswith("tccc_skill_group_")
            and not people.fullmatch(name)
            and name != "tccc_alert_threshold"
        )
        of_account = [pairs for _, pairs in samples if "account" in dict(pairs) and "application" not in dict(pairs)]
        of_exporter = [pairs for _, pairs in samples if not dict(pairs).keys() & {"account", "application"}]
    assert len(thresholds) == sum(
        len(one.thresholds) + sum(len(group.thresholds) for group in one.skill_groups)
        for account in demo_config().accounts
        for one in account.applications
    )
    assert set(rest.values()) == {figures()["application"]}
    assert set(groups.values()) == {figures()["skill group"]}
    assert max(per_person.values()) == figures()["staff member"]
    assert len(of_account) == figures()["account"]
    assert abs(len(of_exporter) - figures()["exporter"]) <= 5
    most = figures()["application"] + 10 * figures()["skill group"] + 100 * figures()["staff member"] + 20
    assert f"at most {most} series" in OPERATIONS.prose


async def test_the_number_of_series_without_the_collectors_beside_the_list() -> None:
    async with demonstration(CollectorSettings(inbound=False, staff=False)) as samples:
        of_people = re.compile("tccc_staff_(sessions|call_start_timestamp_seconds)")
        rest = Counter(
            dict(pairs)["application"]
            for name, pairs in samples
            if "application" in dict(pairs) and not of_people.fullmatch(name)
        )
    [number] = set(rest.values())
    assert f"application has {number}, and a person at most 2" in OPERATIONS.prose
