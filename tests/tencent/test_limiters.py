from __future__ import annotations

import structlog

from exporter.tencent.limiters import RateLimiters
from exporter.tencent.rate_limiter import RateLimiter

ENDPOINT = "https://ccc.tencentcloudapi.com/"


def limiter(limiters: RateLimiters, account: str = "main", **changes: object) -> RateLimiter:
    parts = {"endpoint": ENDPOINT, "identity": "AKIDa", "action": "List", "requests_per_second": 20, **changes}
    return limiters.get(
        str(parts["endpoint"]),
        str(parts["identity"]),
        str(parts["action"]),
        account=account,
        requests_per_second=int(str(parts["requests_per_second"])),
    )


def test_accounts_with_one_identity_share_a_limiter_and_the_smallest_rate_holds() -> None:
    limiters = RateLimiters()
    with structlog.testing.capture_logs() as logs:
        first = limiter(limiters)
        assert limiter(limiters, "second", requests_per_second=10) is first
        assert limiter(limiters, "second", requests_per_second=10) is first
        assert limiter(limiters, "third", requests_per_second=50) is first
    assert first.configured == 10
    assert [(log["accounts"], log["requests_per_second"]) for log in logs] == [
        ("main, second", 10),
        ("main, second, third", 10),
    ]
    assert "AKIDa" not in str(logs)


def test_another_endpoint_identity_or_action_has_a_limiter_of_its_own() -> None:
    limiters = RateLimiters()
    others = [
        limiter(limiters),
        limiter(limiters, endpoint="https://ccc.ap-guangzhou.tencentcloudapi.com/"),
        limiter(limiters, identity="AKIDb"),
        limiter(limiters, action="Staff"),
    ]
    assert len(set(map(id, others))) == 4
