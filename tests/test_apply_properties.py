"""Whatever configurations an exporter has been through, it shows what a fresh one with the last of them does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.schema import (
    Account,
    Application,
    CollectionSettings,
    Config,
    CredentialSettings,
    StaffSettings,
    ThresholdSettings,
)
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY
from exporter.metrics.exposition import text
from exporter.service import Exporter
from exporter.tencent.secret import Secret
from tests.emulated import SALES, SUPPORT, running_emulator
from tests.test_apply import tasks, until

KEYS = (
    CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret(DEFAULT_SECRET_KEY)),
    # The same key from another source, which is another identity.
    CredentialSettings(secret_id_file="secret_id", secret_key=Secret(DEFAULT_SECRET_KEY)),
)

thresholds = st.lists(
    st.builds(
        ThresholdSettings,
        signal=st.sampled_from(["active_sessions", "longest_wait_seconds"]),
        severity=st.sampled_from(["warning", "critical"]),
        above=st.integers(0, 3),
    ),
    max_size=2,
    unique_by=lambda one: (one.signal, one.severity),
).map(tuple)


def applications(sdk_app_id: int, *names: str) -> st.SearchStrategy[Application]:
    return st.builds(Application, sdk_app_id=st.just(sdk_app_id), name=st.sampled_from(names), thresholds=thresholds)


def accounts(name: str, *listed: st.SearchStrategy[Application]) -> st.SearchStrategy[Account]:
    """Accounts that have some of the applications listed, at least one."""
    return st.builds(
        Account,
        name=st.just(name),
        # The host alone: the port is the emulator's.
        endpoint=st.sampled_from(["127.0.0.1", "127.0.0.1", "localhost"]),
        credentials=st.sampled_from(KEYS),
        requests_per_second=st.sampled_from([500, 800]),
        applications=st.tuples(*(one | st.none() for one in listed))
        .map(lambda some: tuple(one for one in some if one is not None))
        .filter(bool),
    )


# Few enough that an application is often the same as in the step before, with other settings.
configs = st.builds(
    Config,
    accounts=st.tuples(
        accounts("main", applications(SUPPORT.sdk_app_id, "support"), applications(SALES.sdk_app_id, "sales", "desk")),
        st.none() | accounts("second", applications(SUPPORT.sdk_app_id, "again")),
    ).map(lambda some: tuple(one for one in some if one is not None)),
    collection=st.sampled_from([CollectionSettings(min_interval=0.0), CollectionSettings(min_interval=600.0)]),
    staff=st.builds(
        StaffSettings,
        labels=st.sampled_from([(), ("staff_number",), ("staff_email", "staff_number")]),
        retention=st.sampled_from([0.0, 3600.0]),
        max_series=st.sampled_from([2, 2000]),
    ),
)


async def shown(exporter: Exporter) -> set[str]:
    """Return the names and labels of all series."""
    families = [*await exporter.collect(10.0), *exporter.self_metrics.families()]
    lines = "".join(text(families)).splitlines()
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(set(series)) == len(series)
    return set(series)


def placed(account: Account, port: str, directory: Path) -> Account:
    """Complete an account by what is known once the emulator is there."""
    assert account.credentials is not None
    key = account.credentials
    if key.secret_id_file is not None:
        key = replace(key, secret_id_file=str(directory / key.secret_id_file))
    return replace(account, endpoint=f"http://{account.endpoint}:{port}", credentials=key)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(configs, st.sampled_from(["", "scrape before", "scrape under way"])), min_size=2, max_size=6
    )
)
def test_any_sequence_of_configurations(steps: list[tuple[Config, str]], tmp_path: Path) -> None:
    (tmp_path / "secret_id").write_text(DEFAULT_SECRET_ID)

    async def scenario() -> None:
        async with running_emulator(sessions=40.0) as emulator:
            port = emulator.url.rpartition(":")[2]
            at = [
                replace(config, accounts=tuple(placed(account, port, tmp_path) for account in config.accounts))
                for config, _ in steps
            ]
            async with Exporter(at[0], environment={}) as exporter:
                scrapes = []
                for config, (_, what) in zip(at, steps, strict=True):
                    if what:
                        scrapes.append(asyncio.create_task(shown(exporter)))
                    if what == "scrape before":
                        await asyncio.wait(scrapes)
                    elif what:
                        await asyncio.sleep(0.001)
                    await exporter.apply(config)
                await asyncio.gather(*scrapes)
                lived = await shown(exporter)
                await until(lambda: tasks() == 0)
            async with Exporter(at[-1], environment={}) as exporter:
                assert lived == await shown(exporter)

    asyncio.run(scenario())
