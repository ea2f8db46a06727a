"""What another configuration changes of an exporter that runs, and what it leaves alone."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import trustme

from exporter.config.schedules import Schedule
from exporter.config.schema import (
    Account,
    Application,
    CollectionSettings,
    CollectorSettings,
    Config,
    CredentialSettings,
    StaffSettings,
    ThresholdSettings,
)
from exporter.emulator.server import DEFAULT_SECRET_ID, DEFAULT_SECRET_KEY, Emulator
from exporter.metrics.exposition import text
from exporter.service import Exporter
from exporter.tencent import http
from exporter.tencent.secret import Secret
from exporter.yamlconf.problems import ConfigurationError
from tests.emulated import SALES, SUPPORT, config_for, exporter_for, running_emulator

FEW = 10.0
"""Sessions that fit on one page, so that each application has one connection and no more."""
Change = Callable[[Config], Config]
ACTION = "DescribePSTNActiveSessionList"


async def exposed(exporter: Exporter) -> list[str]:
    families = [*await exporter.collect(10.0), *exporter.self_metrics.families()]
    return [line for line in "".join(text(families)).splitlines() if not line.startswith("#")]


def values(lines: list[str], start: str) -> dict[str, float]:
    """Return the samples whose lines begin so."""
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line.startswith(start))}


def observed(lines: list[str], application: str) -> dict[str, float]:
    return {
        name: value
        for name, value in values(lines, "tccc_observed_").items()
        if f'application="{application}"' in name and "_bucket" not in name
    }


def account(config: Config, **changes: object) -> Config:
    """Change the first account."""
    return replace(config, accounts=(replace(config.accounts[0], **changes), *config.accounts[1:]))  # type: ignore[arg-type]


def support(config: Config, **changes: object) -> Config:
    """Change the application named support, which is the first one."""
    first, *rest = config.accounts[0].applications
    return account(config, applications=(replace(first, **changes), *rest))  # type: ignore[arg-type]


@asynccontextmanager
async def under_way(config: Change = lambda config: config) -> AsyncIterator[tuple[Emulator, Exporter]]:
    """Run an exporter that has counted something already, so that whatever begins anew shows."""
    async with running_emulator() as emulator:
        async with exporter_for(emulator, config=config(config_for(emulator))) as exporter:
            await exposed(exporter)
            for _ in range(2):
                # Not further than the clocks may be apart.
                emulator.skip(120.0)
                await exposed(exporter)
            yield emulator, exporter


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections to the API that have been made."""
    made: list[object] = []
    make = http._new_socket

    def counted(address: object) -> object:
        made.append(address)
        return make(address)  # type: ignore[arg-type]

    monkeypatch.setattr(http, "_new_socket", counted)
    return made


ABOVE_80 = ThresholdSettings(signal="active_sessions", severity="warning", above=80)
DAY = Schedule(timezone=ZoneInfo("UTC"))
OFF = Schedule(timezone=DAY.timezone, days=((datetime.now(UTC).weekday() + 3) % 7,))
THRESHOLD = 'tccc_alert_threshold{application="support",bound="above",severity="warning",signal="active_sessions"} '
RATE = f'tccc_api_rate_limit_requests_per_second{{account="main",action="{ACTION}"}} '

IN_PLACE: dict[str, tuple[Change, Change, list[str], list[str]]] = {
    "nothing": (lambda config: config, lambda config: config, [RATE + "1000.0"], []),
    "a threshold": (
        lambda config: support(config, thresholds=(ABOVE_80,)),
        lambda config: support(config, thresholds=(replace(ABOVE_80, above=90),)),
        [THRESHOLD + "90.0"],
        [THRESHOLD + "80.0"],
    ),
    "a threshold less": (
        lambda config: support(config, thresholds=(ABOVE_80,)),
        lambda config: config,
        [],
        ["tccc_alert_threshold"],
    ),
    "a schedule": (
        lambda config: replace(support(config, thresholds=(replace(ABOVE_80, during="now"),)), schedules={"now": DAY}),
        lambda config: replace(support(config, thresholds=(replace(ABOVE_80, during="now"),)), schedules={"now": OFF}),
        [],
        ["tccc_alert_threshold"],
    ),
    "the rate": (
        lambda config: config,
        lambda config: account(config, requests_per_second=7),
        [RATE + "7.0"],
        [RATE + "1000.0"],
    ),
    "other staff labels": (
        lambda config: config,
        lambda config: replace(config, staff=StaffSettings(labels=("staff_email",))),
        ['tccc_staff_sessions{application="support",staff_email="', "tccc_staff_call_start_timestamp_seconds{"],
        ['tccc_staff_sessions{application="support",staff_number="', 'staff_number="'],
    ),
    "no staff labels": (
        lambda config: config,
        lambda config: replace(config, staff=StaffSettings(labels=())),
        ["tccc_busiest_staff_sessions{"],
        ["tccc_staff_sessions", "tccc_staff_call_start"],
    ),
    "fewer staff series": (
        lambda config: config,
        lambda config: replace(config, staff=StaffSettings(max_series=3)),
        ['tccc_staff_sessions{application="support",staff_number="other"}'],
        ['tccc_staff_series_folded{application="support"} 0.0'],
    ),
    "the order": (
        lambda config: config,
        lambda config: account(config, applications=(SALES, SUPPORT)),
        [],
        [],
    ),
    "another application": (
        lambda config: config,
        lambda config: account(config, applications=(SUPPORT, SALES, Application(sdk_app_id=3, name="new"))),
        ['tccc_up{application="new"}'],
        [],
    ),
    "an application less": (
        lambda config: config,
        lambda config: account(config, applications=(SUPPORT,)),
        [],
        ['application="sales"'],
    ),
    "another account": (
        lambda config: config,
        lambda config: replace(
            config,
            accounts=(
                *config.accounts,
                replace(config.accounts[0], name="second", applications=(replace(SALES, name="again"),)),
            ),
        ),
        ['tccc_up{application="again"} 1.0', f'tccc_api_requests_total{{account="second",action="{ACTION}"}} '],
        [],
    ),
    "collection settings": (
        lambda config: config,
        lambda config: replace(config, collection=CollectionSettings(timeout=3.0, min_interval=0.0)),
        [],
        [],
    ),
}


def is_there(lines: list[str], part: str) -> bool:
    return any(part in line for line in lines)


@pytest.mark.parametrize("change", IN_PLACE)
async def test_what_changes_in_place_leaves_all_else_as_it_was(change: str) -> None:
    before, after, expected, gone = IN_PLACE[change]
    async with under_way(before) as (emulator, exporter):
        first = await exposed(exporter)
        for part in gone:
            assert is_there(first, part), f"{part} is no test"
        kept = {one.identity.name: one for one in exporter.applications}
        await exporter.apply(after(config_for(emulator)))
        lines = await exposed(exporter)
        assert [part for part in expected if not is_there(lines, part)] == []
        assert [part for part in gone if is_there(lines, part)] == []
        assert exporter.config == after(config_for(emulator))
        for one in exporter.applications:
            assert kept.get(one.identity.name, one) is one
        assert values(lines, 'tccc_up{application="support"}') == {'tccc_up{application="support"}': 1.0}
        assert sum(observed(first, "support").values()) > 0
        assert observed(lines, "support") == observed(first, "support")
        requests = f'tccc_api_requests_total{{account="main",action="{ACTION}"}}'
        assert values(lines, requests)[requests] > values(first, requests)[requests]


@pytest.mark.parametrize("change", IN_PLACE)
async def test_what_changes_in_place_keeps_the_connections(change: str, connections: list[object]) -> None:
    before, after, _, _ = IN_PLACE[change]
    new = {"another account": 1, "another application": 1}.get(change, 0)
    async with running_emulator(sessions=FEW) as emulator:
        async with exporter_for(emulator, config=before(config_for(emulator))) as exporter:
            await exposed(exporter)
            assert len(connections) == 2
            await exporter.apply(after(config_for(emulator)))
            await exposed(exporter)
            assert len(connections) == 2 + new


ANOTHER: dict[str, tuple[Change, str]] = {
    "the name": (lambda config: support(config, name="hotline"), 'application="support"'),
    "the id": (
        lambda config: account(config, applications=(replace(SALES, name="support"),)),
        'sdk_app_id="1400000001"',
    ),
    "the account": (lambda config: account(config, name="primary"), 'account="main"'),
    "the endpoint": (
        lambda config: account(config, endpoint=config.accounts[0].endpoint.replace("127.0.0.1", "localhost")),
        "",
    ),
}


@pytest.mark.parametrize("change", ANOTHER)
async def test_what_makes_it_another_application_begins_anew_and_leaves_nothing_behind(change: str) -> None:
    after, gone = ANOTHER[change]
    async with under_way() as (emulator, exporter):
        before = exporter.applications[0]
        assert is_there(await exposed(exporter), gone)
        await exporter.apply(after(config_for(emulator)))
        assert not gone or not is_there(await exposed(exporter), gone)
        now = exporter.applications[0]
        assert now is not before
        lines = await exposed(exporter)
        assert values(lines, f'tccc_up{{application="{now.identity.name}"}}').popitem()[1] == 1.0
        assert set(observed(lines, now.identity.name).values()) == {0.0}


async def test_an_account_that_is_gone_leaves_no_series_whatever_failed_in_it_last() -> None:
    async with running_emulator() as emulator:
        config = config_for(emulator)
        other = replace(config.accounts[0], name="other", applications=(Application(sdk_app_id=9, name="nine"),))
        async with exporter_for(emulator, config=replace(config, accounts=(*config.accounts, other))) as exporter:
            before = await exposed(exporter)
            failures = f'tccc_api_request_failures_total{{account="other",action="{ACTION}",code="'
            assert sum(values(before, failures).values()) > 0
            own = exporter.self_metrics.requests_of("other", ACTION)
            await exporter.apply(config)
            own.request_failed("FailedOperation")
            own.request_failed("timeout")
            own.request_sent()
            lines = await exposed(exporter)
            assert not is_there(lines, '"other"')
            await exporter.apply(replace(config, accounts=(*config.accounts, other)))
            assert set(values(await exposed(exporter), 'tccc_api_requests_total{account="other"').values()) == {1.0}


async def test_an_account_at_another_endpoint_shows_no_actions_that_nobody_calls_any_more() -> None:
    async with running_emulator() as emulator:
        config = replace(config_for(emulator), collectors=CollectorSettings())
        async with exporter_for(emulator, config=config) as exporter:
            elsewhere = config_for(emulator, endpoint=emulator.url.replace("127.0.0.1", "localhost"))
            await exporter.apply(elsewhere)
            actions = {action for _, action in exporter.self_metrics.requests}
            assert actions == {"DescribePSTNActiveSessionList"}
            own = "".join(text(exporter.self_metrics.families()))
            assert "DescribeCallInMetrics" not in own
            assert "DescribeStaff" not in own


async def test_another_key_counts_at_once_and_the_counters_go_on() -> None:
    async with under_way() as (emulator, exporter):
        before = await exposed(exporter)
        wrong = CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key=Secret("wrong"))
        await exporter.apply(account(config_for(emulator), credentials=wrong))
        lines = await exposed(exporter)
        assert set(values(lines, "tccc_up").values()) == {0.0}
        assert is_there(lines, 'code="AuthFailure.SignatureFailure"} ')
        await exporter.apply(config_for(emulator))
        lines = await exposed(exporter)
        assert set(values(lines, "tccc_up").values()) == {1.0}
        assert observed(lines, "support") == observed(before, "support")


async def test_the_key_of_a_file_is_read_from_another_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(DEFAULT_SECRET_KEY)
    async with under_way() as (emulator, exporter):
        for name in ("one", "two"):
            path = tmp_path / name
            settings = CredentialSettings(secret_id=DEFAULT_SECRET_ID, secret_key_file=str(path))
            await exporter.apply(account(config_for(emulator), credentials=settings))
            assert is_there(await exposed(exporter), 'tccc_up{application="support"} 1.0')
            path.unlink()
            await exporter.apply(account(config_for(emulator), credentials=settings))
            assert is_there(await exposed(exporter), 'tccc_up{application="support"} 0.0')


@pytest.mark.parametrize(
    ("staff", "numbers"),
    [
        (StaffSettings(labels=()), 0),
        (StaffSettings(labels=("staff_email",)), 0),
        (StaffSettings(labels=("staff_email", "staff_number")), None),
        (StaffSettings(max_series=2), 3),
    ],
)
async def test_a_snapshot_of_before_is_shown_with_the_staff_series_of_now(
    staff: StaffSettings, numbers: int | None
) -> None:
    def slow(config: Config) -> Config:
        return replace(config, collection=CollectionSettings(min_interval=600.0))

    def fresh(config: Config) -> Config:
        return replace(config, staff=staff)

    async with running_emulator() as emulator:
        async with exporter_for(emulator, config=slow(config_for(emulator))) as exporter:
            before = await exposed(exporter)
            requests = len(emulator.requests.arrivals)
            await exporter.apply(slow(fresh(config_for(emulator))))
            lines = await exposed(exporter)
            assert len(emulator.requests.arrivals) == requests
        async with exporter_for(emulator, config=slow(fresh(config_for(emulator)))) as exporter:
            as_if_new = await exposed(exporter)
    staff_lines = [line for line in lines if "staff" in line]
    assert staff_lines == [line for line in as_if_new if "staff" in line]
    assert staff_lines != [line for line in before if "staff" in line]
    of_support = values(lines, 'tccc_staff_sessions{application="support",staff_number="')
    assert numbers is None or len(of_support) == numbers


async def test_a_scrape_under_way_shows_no_staff_labels_of_before() -> None:
    async with running_emulator() as emulator, running_emulator() as slow:
        config = two_accounts(emulator, slow)
        async with exporter_for(emulator, config=config) as exporter:
            slow.set_faults("hang")
            scrape = asyncio.create_task(exposed(exporter))
            await reading(slow)
            await until(
                lambda: (
                    exporter.applications[0].sessions.outcome is not None
                    and not exporter.applications[0].sessions._running
                )
            )
            # Another one takes a newer snapshot meanwhile, so what is under way holds the one before.
            await exporter.applications[0].sessions.collect(asyncio.get_running_loop().time() + 5.0)
            without_labels = replace(config, staff=StaffSettings(labels=()))
            await exporter.apply(without_labels)
            await exporter.apply(replace(without_labels, accounts=config.accounts[:1]))
            lines = await scrape
            assert is_there(lines, 'tccc_up{application="support"} 1.0')
            assert not is_there(lines, "staff_number")


def two_accounts(first: Emulator, second: Emulator) -> Config:
    """One application at each of two emulators."""
    one = config_for(first, applications=(SUPPORT,))
    other = config_for(second, name="other", applications=(SALES,))
    return replace(one, accounts=(*one.accounts, *other.accounts))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 -- what is waited for tells of no event
            await asyncio.sleep(0)


async def reading(emulator: Emulator, requests: int = 1) -> None:
    await until(lambda: len(emulator.requests.arrivals) >= requests)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def tasks() -> int:
    """Count the tasks that run code of the exporter, but not of the emulator."""
    files = [getattr(task.get_coro(), "cr_code").co_filename for task in asyncio.all_tasks()]  # noqa: B009
    return sum("/exporter/" in file and "/exporter/emulator/" not in file for file in files)


async def test_a_scrape_under_way_is_answered_without_what_is_gone() -> None:
    async with running_emulator() as emulator, running_emulator() as gone:
        config = two_accounts(emulator, gone)
        async with exporter_for(emulator, config=config) as exporter:
            gone.set_faults("hang")
            scrape = asyncio.create_task(exposed(exporter))
            await reading(gone)
            async with asyncio.timeout(5):
                await exporter.apply(replace(config, accounts=config.accounts[:1]))
                lines = await scrape
            assert is_there(lines, 'tccc_up{application="support"} 1.0')
            assert not is_there(lines, "sales")
            assert not is_there(lines, '"other"')
            assert tasks() == 0


async def test_a_reading_under_way_goes_on_through_a_reload() -> None:
    async with running_emulator(latency=0.2) as emulator:
        config = config_for(emulator, applications=(SUPPORT,))
        async with exporter_for(emulator, config=config) as exporter:
            scrape = asyncio.create_task(exposed(exporter))
            await reading(emulator)
            await exporter.apply(support(config, thresholds=(ABOVE_80,)))
            lines = await scrape
            assert is_there(lines, 'tccc_up{application="support"} 1.0')
            assert is_there(lines, THRESHOLD + "80.0")
            [requests] = values(lines, "tccc_snapshot_requests").values()
            assert len(emulator.requests.arrivals) == requests


async def test_a_scrape_that_has_not_come_to_an_application_yet_does_not_begin_it_once_it_is_gone() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        scrape = asyncio.create_task(exposed(exporter))
        apply = asyncio.create_task(exporter.apply(config_for(emulator, applications=(SUPPORT,))))
        gone = exporter.applications[1]
        assert not is_there(await scrape, "sales")
        await apply
        assert await gone.collect(asyncio.get_running_loop().time() + 5.0)
        assert gone.sessions._running is None


async def test_nothing_is_left_of_accounts_that_come_and_go() -> None:
    async with running_emulator() as emulator, running_emulator() as passing:
        both = two_accounts(emulator, passing)
        one = replace(both, accounts=both.accounts[:1])
        async with exporter_for(emulator, config=one) as exporter:
            await exposed(exporter)
            left = set()
            for number in range(20):
                await exporter.apply(both)
                if number % 3:
                    assert is_there(await exposed(exporter), 'tccc_up{application="sales"} 1.0')
                else:
                    exporter.warm_up()
                await exporter.apply(one)
                await until(lambda: tasks() == 0)
                left.add((len(await exposed(exporter)), len(exporter._limiters._shared) <= 2))
            assert len(left) == 1
            assert left.pop()[1]
            before = descriptors()
            for _ in range(5):
                await exporter.apply(both)
                await exposed(exporter)
                await exporter.apply(one)
            # The other ends of the connections are in this same process.
            await until(lambda: descriptors() <= before)


async def test_the_smallest_rate_of_the_accounts_that_share_a_key_and_are_there_holds() -> None:
    async with running_emulator() as emulator:
        one = config_for(emulator, applications=(SUPPORT,), requests_per_second=50)
        slow = config_for(emulator, name="slow", applications=(SALES,), requests_per_second=5)
        both = replace(one, accounts=(*one.accounts, *slow.accounts))

        def rates(lines: list[str]) -> set[float]:
            return set(values(lines, "tccc_api_rate_limit_requests_per_second").values())

        async with exporter_for(emulator, config=one) as exporter:
            assert rates(await exposed(exporter)) == {50.0}
            await exporter.apply(both)
            assert rates(await exposed(exporter)) == {5.0}
            await exporter.apply(
                replace(both, accounts=(replace(both.accounts[0], requests_per_second=3), *slow.accounts))
            )
            assert rates(await exposed(exporter)) == {3.0}
            await exporter.apply(both)
            assert rates(await exposed(exporter)) == {5.0}
            await exporter.apply(one)
            assert rates(await exposed(exporter)) == {50.0}
            other_key = CredentialSettings(secret_id="AKIDother", secret_key=Secret("key"))
            await exporter.apply(both)
            await exporter.apply(
                replace(both, accounts=(*one.accounts, replace(slow.accounts[0], credentials=other_key)))
            )
            lines = await exposed(exporter)
            assert values(lines, 'tccc_api_rate_limit_requests_per_second{account="main"').popitem()[1] == 50.0
            assert values(lines, 'tccc_api_rate_limit_requests_per_second{account="slow"').popitem()[1] == 5.0


async def test_reloads_queue() -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        names = [f"name-{number}" for number in range(10)]
        await asyncio.gather(*(exporter.apply(support(config_for(emulator), name=name)) for name in names))
        assert {one.identity.name for one in exporter.applications} == {"name-9", "sales"}
        lines = await exposed(exporter)
        assert not any(is_there(lines, f'"{name}"') for name in names[:-1])


async def test_an_apply_that_is_given_up_leaves_nothing_open() -> None:
    async with running_emulator() as emulator, running_emulator() as gone:
        config = two_accounts(emulator, gone)
        async with exporter_for(emulator, config=config) as exporter:
            gone.set_faults("hang")
            exporter.warm_up()
            await reading(gone)
            collection = exporter.applications[1].sessions
            applying = asyncio.create_task(exporter.apply(replace(config, accounts=config.accounts[:1])))
            await until(lambda: len(exporter.applications) == 1)
            applying.cancel()
            await asyncio.wait([applying])
            await exporter.close()
            assert collection._running is None


class TestCertificates:
    """A private authority whose file is replaced, as a mounted one is."""

    @pytest.fixture
    def ca_file(self, tmp_path: Path) -> Path:
        return tmp_path / "ca.pem"

    @asynccontextmanager
    async def serving(self, ca_file: Path) -> AsyncIterator[tuple[Config, Exporter]]:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(ca_file)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        async with running_emulator(sessions=FEW) as emulator:
            await emulator.close()
            await emulator.start(ssl_context=context)
            config = config_for(emulator, ca_file=str(ca_file))
            async with exporter_for(emulator, config=config) as exporter:
                assert is_there(await exposed(exporter), 'tccc_up{application="support"} 1.0')
                yield config, exporter

    async def test_the_same_content_keeps_the_connections(self, ca_file: Path, connections: list[object]) -> None:
        async with self.serving(ca_file) as (config, exporter):
            made = len(connections)
            ca_file.write_bytes(ca_file.read_bytes())
            await exporter.apply(config)
            copy = ca_file.with_name("copy.pem")
            copy.write_bytes(ca_file.read_bytes())
            await exporter.apply(account(config, ca_file=str(copy)))
            assert is_there(await exposed(exporter), 'tccc_up{application="support"} 1.0')
            assert len(connections) == made

    async def test_other_content_counts_from_the_next_request_on_and_the_counters_go_on(self, ca_file: Path) -> None:
        async with self.serving(ca_file) as (config, exporter):
            kept, right = exporter.applications, ca_file.read_bytes()
            trustme.CA().cert_pem.write_to_path(ca_file)
            await exporter.apply(config)
            lines = await exposed(exporter)
            assert set(values(lines, "tccc_up").values()) == {0.0}
            assert is_there(lines, 'code="tls"} ')
            ca_file.write_bytes(right)
            await exporter.apply(config)
            assert set(values(await exposed(exporter), "tccc_up").values()) == {1.0}
            assert exporter.applications == kept
            await exporter.apply(account(config, ca_file=None))
            assert set(values(await exposed(exporter), "tccc_up").values()) == {0.0}

    @pytest.mark.parametrize("content", [None, b"", b"no certificate"])
    async def test_a_file_that_is_gone_or_bad_changes_nothing(self, ca_file: Path, content: bytes | None) -> None:
        async with self.serving(ca_file) as (config, exporter):
            before = exporter.applications, exporter.config
            if content is None:
                ca_file.unlink()
            else:
                ca_file.write_bytes(content)
            with pytest.raises(ConfigurationError, match=f"^{ca_file}: "):
                await exporter.apply(account(config, name="primary", requests_per_second=1, applications=(SUPPORT,)))
            assert (exporter.applications, exporter.config) == before
            lines = await exposed(exporter)
            assert set(values(lines, "tccc_up").values()) == {1.0}
            assert is_there(lines, RATE + "1000.0")


async def test_a_proxy_that_cannot_be_used_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_emulator() as emulator, exporter_for(emulator) as exporter:
        config = config_for(emulator)
        new = Account(
            name="new", endpoint="https://ccc.example.test", applications=(Application(sdk_app_id=5, name="five"),)
        )
        monkeypatch.setenv("https_proxy", "socks5://proxy:1080")
        with pytest.raises(ConfigurationError, match="HTTPS_PROXY: "):
            await exporter.apply(replace(config, accounts=(replace(config.accounts[0], name="primary"), new)))
        assert exporter.config == config
        assert not is_there(await exposed(exporter), "primary")


@pytest.mark.parametrize("window", ["fixed", "sliding"])
async def test_the_server_need_not_throttle_whoever_the_key_belongs_to_by_now(window: str) -> None:
    async with running_emulator(sessions=200.0, requests_per_second=20, rate_window=window) as emulator:
        at = config_for(emulator, requests_per_second=20, applications=(SUPPORT,))
        async with exporter_for(emulator, config=at) as exporter:
            for number in range(6):
                scrape = asyncio.create_task(exporter.collect(0.5))
                await reading(emulator, 5 * (number + 1))
                rate = (20, 7, 20, 12)[number % 4]
                await exporter.apply(account(at, name=f"account-{number}", requests_per_second=rate))
                await scrape
            scrape = asyncio.create_task(exporter.collect(10.0))
            await reading(emulator, 35)
            await exporter.apply(account(exporter.config, requests_per_second=20))
            await scrape
            assert is_there(await exposed(exporter), 'tccc_up{application="support"} 1.0')
    assert set(emulator.requests.outcomes) == {"OK"}
