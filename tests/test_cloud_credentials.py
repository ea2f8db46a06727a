"""An exporter in a cloud, and outside of one, that is given no key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from exporter.config.schema import Config, CredentialSettings
from exporter.emulator.server import Emulator
from exporter.metrics.exposition import text
from exporter.service import Exporter
from exporter.tencent.credential_sources import cvm_role, default_chain, renewal
from exporter.tencent.secret import Secret
from exporter.yamlconf.problems import ConfigurationError
from tests.emulated import config_for, running_emulator
from tests.tencent.credential_sources.stand_ins import VARIABLES, Metadata, StandIn, Sts, hanging, saying
from tests.virtual_time import skip

EXPIRY = 'tccc_credentials_expiry_timestamp_seconds{account="main"} '
UP = 'tccc_up{application="support"} 1.0'
SECRETS = ("hush", "AKIDtmp", "tok1", "tok2", "token-of-the-pod")


@pytest.fixture(autouse=True)
def _no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_chain, "PROFILE_PATHS", ())


@asynccontextmanager
async def in_cloud(cloud: StandIn, token: str = "tok1", **environment: str) -> AsyncIterator[tuple[Emulator, Exporter]]:
    """Run an exporter without a key; the emulator takes that of the stand-in with the token given."""
    async with (
        cloud.running() as url,
        running_emulator(secret_id="AKIDtmp", secret_key="hush", token=token) as emulator,
    ):
        config = config_for(emulator, credentials=None)
        variables = {"TCCC_METADATA_ENDPOINT": url, "TCCC_STS_ENDPOINT": url, **environment}
        async with Exporter(config, environment=variables) as exporter:
            yield emulator, exporter


class OneUser:
    """The key stays, and only its token is another one each time."""

    def key(self) -> dict[str, str]:
        number = next(self.numbers)  # type: ignore[attr-defined]
        return {"TmpSecretId": "AKIDtmp", "TmpSecretKey": "hush", "Token": f"tok{number}"}


class CloudMetadata(OneUser, Metadata):
    pass


class CloudSts(OneUser, Sts):
    pass


async def exposed(exporter: Exporter) -> list[str]:
    families = [*await exporter.collect(10.0), *exporter.self_metrics.families()]
    return "".join(text(families)).splitlines()


def expiry(lines: list[str]) -> float | None:
    return next((float(line.removeprefix(EXPIRY)) for line in lines if line.startswith(EXPIRY)), None)


@pytest.mark.parametrize("kind", ["machine", "pod"])
async def test_a_scrape_takes_the_key_of_the_cloud_and_shows_none_of_it(kind: str, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("token-of-the-pod")
    variables = {**VARIABLES, "TKE_WEB_IDENTITY_TOKEN_FILE": str(token_file)} if kind == "pod" else {}
    cloud = CloudSts() if kind == "pod" else CloudMetadata()
    with structlog.testing.capture_logs() as logs:
        async with in_cloud(cloud, **variables) as (_, exporter):
            assert expiry([line for family in exporter.self_metrics.families() for line in [family.lines]]) is None
            lines = await exposed(exporter)
            assert UP in lines
            assert expiry(lines) == pytest.approx(time.time() + 7200, abs=60)
            asked = len(cloud.asked)
            await exposed(exporter)
            assert len(cloud.asked) == asked
            everything = f"{lines} {logs} {exporter.__dict__} {exporter.config}"
    assert any(log["event"] == "temporary key obtained" and log["account"] == "main" for log in logs)
    assert [secret for secret in SECRETS if secret in everything] == []


async def test_a_refused_token_is_renewed_within_the_scrape() -> None:
    cloud = CloudMetadata()
    async with in_cloud(cloud, token="tok2") as (emulator, exporter):
        lines = await exposed(exporter)
        assert UP in lines
        assert 'tccc_up{application="sales"} 1.0' in lines
        limiters = exporter._limiters._shared
        assert len(limiters) == 1
        assert len(cloud.asked) == 4
        arrivals = len(emulator.requests.arrivals)
        await exposed(exporter)
        assert len(emulator.requests.arrivals) > arrivals
        assert exporter._limiters._shared is limiters
        assert len(limiters) == 1


async def test_a_key_is_renewed_before_it_expires_and_the_metric_tells() -> None:
    cloud = CloudMetadata(life=1000.0)
    async with in_cloud(cloud) as (_, exporter):
        first = expiry(await exposed(exporter))
        cloud.life = 2000.0
        asked = len(cloud.asked)
        skip(701.0)
        await cloud.was_asked(asked + 2)
        async with asyncio.timeout(60):
            while expiry(await exposed(exporter)) == first:
                pass
        assert first is not None
        assert (expiry(await exposed(exporter)) or 0.0) > first + 900


async def test_a_metadata_service_that_fails_leaves_the_key_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "FIRST_PAUSE", 0.01)
    cloud = CloudMetadata(life=1000.0)
    async with in_cloud(cloud) as (_, exporter):
        await exposed(exporter)
        cloud.misbehavior = saying("hush", 500)
        asked = len(cloud.asked)
        skip(701.0)
        await cloud.was_asked(asked + 3)
        assert UP in await exposed(exporter)


async def test_outside_a_cloud_one_scrape_waits_and_no_other_until_a_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cvm_role, "TIMEOUT", 0.2)
    cloud = CloudMetadata()
    cloud.misbehavior = hanging
    with structlog.testing.capture_logs() as logs:
        async with in_cloud(cloud) as (emulator, exporter):
            for reload in range(1, 3):
                for _ in range(3):
                    lines = await exposed(exporter)
                    assert 'tccc_up{application="support"} 0.0' in lines
                    assert expiry(lines) is None
                    assert len(cloud.asked) == reload
                await exporter.apply(config_for(emulator, credentials=None))
    failures = [log["error"] for log in logs if log["event"] == "collection failed"]
    assert failures
    for failure in failures:
        for part in ("TENCENTCLOUD_SECRET_ID", "TKE pod identity: TKE_REGION", "CVM role: 127.0.0.1:"):
            assert part in failure


async def test_a_key_given_while_a_scrape_waits_for_the_cloud_serves_that_scrape() -> None:
    cloud = CloudMetadata()
    cloud.misbehavior = hanging
    async with in_cloud(cloud) as (emulator, exporter):
        scraping = asyncio.create_task(exposed(exporter))
        await cloud.was_asked(1)
        given = CredentialSettings(secret_id="AKIDtmp", secret_key=Secret("hush"), token=Secret("tok1"))
        await exporter.apply(config_for(emulator, credentials=given))
        assert UP in await scraping


async def test_a_reload_keeps_the_key_and_another_configuration_forgets_it() -> None:
    cloud = CloudMetadata()
    async with in_cloud(cloud) as (emulator, exporter):
        before = expiry(await exposed(exporter))
        config = config_for(emulator, credentials=None)
        await exporter.apply(config)
        assert expiry(await exposed(exporter)) == before
        given = CredentialSettings(secret_id="AKIDtmp", secret_key=Secret("hush"), token=Secret("tok1"))
        await exporter.apply(config_for(emulator, credentials=given))
        lines = await exposed(exporter)
        assert expiry(lines) is None
        assert UP in lines
        await exporter.apply(config)
        assert expiry(await exposed(exporter)) is not None
        await exporter.apply(replace(config, accounts=(replace(config.accounts[0], name="other"),)))
        assert expiry(await exposed(exporter)) is None


@pytest.mark.parametrize("variable", ["TCCC_METADATA_ENDPOINT", "TCCC_STS_ENDPOINT"])
@pytest.mark.parametrize("value", ["metadata.tencentyun.com", "ftp://x", "http://user:hush@x", "http://x/path"])
async def test_a_place_that_cannot_be_asked_is_told_at_the_start(variable: str, value: str) -> None:
    async with running_emulator() as emulator:
        config: Config = config_for(emulator, credentials=None)
        async with Exporter(config_for(emulator), environment={variable: value}) as exporter:
            await exporter.apply(config_for(emulator))
            with pytest.raises(ConfigurationError, match=f"{variable}: .*allowed: http:// or https:// with a host"):
                await exporter.apply(config)
