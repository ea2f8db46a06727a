from __future__ import annotations

from functools import partial

from exporter.config.schema import Account, Application, Config
from exporter.metrics.exposition import text
from exporter.metrics.self_metrics import SelfMetrics
from exporter.service import Exporter


def exposition(own: SelfMetrics) -> list[str]:
    return "".join(text(own.families())).splitlines()


async def test_the_rate_limit_is_shown_from_the_start() -> None:
    accounts = (Account(name="main", requests_per_second=7, applications=(Application(sdk_app_id=1),)),)
    async with Exporter(Config(accounts=accounts), environment={}) as exporter:
        lines = exposition(exporter.self_metrics)
    assert 'tccc_api_rate_limit_wait_seconds_total{account="main",action="DescribePSTNActiveSessionList"} 0.0' in lines
    assert 'tccc_api_rate_limit_requests_per_second{account="main",action="DescribePSTNActiveSessionList"} 7.0' in lines


def test_waits_add_up_and_the_rate_limit_is_that_of_now() -> None:
    own, in_force = SelfMetrics(), 20.0
    requests = own.requests_of("main", "Action")
    own.watch_rate_limit("main", "Action", lambda: in_force)
    requests.rate_limit_waited(0.5)
    requests.rate_limit_waited(0.25)
    in_force = 11.0
    lines = exposition(own)
    assert 'tccc_api_rate_limit_wait_seconds_total{account="main",action="Action"} 0.75' in lines
    assert 'tccc_api_rate_limit_requests_per_second{account="main",action="Action"} 11.0' in lines


def of_accounts(own: SelfMetrics) -> list[str]:
    return [line for line in exposition(own) if 'account="' in line]


def test_an_account_that_is_forgotten_is_in_no_line_and_one_of_the_same_name_begins_anew() -> None:
    own = SelfMetrics()
    for account in ("main", "other"):
        own.watch_clock(account, float)
        own.watch_credentials(account, lambda: 1.75e9)
        for action in ("One", "Two"):
            requests = own.requests_of(account, action)
            own.watch_rate_limit(account, action, float)
            requests.request_sent()
            requests.request_failed("FailedOperation")
    before = of_accounts(own)
    gone = own.requests_of("main", "One")
    own.forget_account("main")
    gone.request_sent()
    gone.request_failed("FailedOperation")
    gone.request_failed("InternalError")
    assert of_accounts(own) == [line for line in before if 'account="main"' not in line]
    assert of_accounts(own)
    own.requests_of("main", "One")
    assert 'tccc_api_requests_total{account="main",action="One"} 0.0' in exposition(own)
    assert not any('code="FailedOperation"' in line and 'account="main"' in line for line in exposition(own))


def test_an_account_that_stays_keeps_its_counters_whoever_counts() -> None:
    own = SelfMetrics()
    own.requests_of("main", "Action").request_sent()
    own.requests_of("main", "Action").request_sent()
    assert 'tccc_api_requests_total{account="main",action="Action"} 2.0' in exposition(own)


def test_when_a_key_expires_is_shown_as_it_is_now_and_only_where_it_does() -> None:
    own = SelfMetrics()
    expiries: dict[str, float | None] = {"main": None, "other": None}
    for account in expiries:
        own.watch_credentials(account, partial(expiries.get, account))
    assert not any("tccc_credentials" in line for line in exposition(own))
    for expires in (1_750_000_000.0, 1_750_007_200.0):
        expiries["main"] = expires
        (line,) = (line for line in exposition(own) if line.startswith("tccc_credentials"))
        name, _, value = line.partition(" ")
        assert (name, float(value)) == ('tccc_credentials_expiry_timestamp_seconds{account="main"}', expires)
