from __future__ import annotations

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
