"""The rate limiters of a process: one for each endpoint, identity and action, whoever uses it."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from exporter.tencent.rate_limiter import RateLimiter

_log = structlog.get_logger()


class RateLimiters:
    """Hands out rate limiters. The server counts by key, so accounts with one identity share a limiter."""

    def __init__(self) -> None:
        self._shared: dict[tuple[str, str, str], _SharedLimiter] = {}

    def get(self, endpoint: str, identity: str, action: str, *, account: str, requests_per_second: int) -> RateLimiter:
        """Return the limiter of an identity at an endpoint for an action, a new one where there is none.

        Of several accounts that share it the smallest rate holds, and the log names them.
        """
        shared = self._shared.get((endpoint, identity, action))
        if shared is None:
            shared = _SharedLimiter(RateLimiter(requests_per_second))
            self._shared[endpoint, identity, action] = shared
        if account not in shared.accounts:
            shared.accounts.append(account)
            shared.limiter.lower(requests_per_second)
            if len(shared.accounts) > 1:
                _log.warning(
                    "accounts share one key and its rate limit; the smallest requests_per_second holds",
                    accounts=", ".join(shared.accounts),
                    action=action,
                    requests_per_second=shared.limiter.configured,
                )
        return shared.limiter


@dataclass(slots=True)
class _SharedLimiter:
    limiter: RateLimiter
    accounts: list[str] = field(default_factory=list)
