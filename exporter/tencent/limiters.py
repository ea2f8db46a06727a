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

        Of several accounts that share it the smallest rate holds, each with the one that it gave last, and the log
        names them. An account has one identity at a time.
        """
        key = (endpoint, identity, action)
        shared = self._shared.get(key)
        if shared is None:
            # Accounts may exchange their keys for as long as the process runs.
            self._drop_unused()
            shared = self._shared[key] = _SharedLimiter(RateLimiter(requests_per_second))
        if shared.rates.get(account) != requests_per_second:
            self._leave(endpoint, account, action, other_than=shared)
            shared.rates[account] = requests_per_second
            shared.apply_rates()
            if len(shared.rates) > 1:
                _log.warning(
                    "accounts share one key and its rate limit; the smallest requests_per_second holds",
                    accounts=", ".join(shared.rates),
                    action=action,
                    requests_per_second=shared.limiter.configured,
                )
        return shared.limiter

    def forget(self, endpoint: str, account: str) -> None:
        """Take note that an account is not at an endpoint any more.

        A limiter that nobody uses is kept until its permits are back: whoever comes with the same key is not to send
        again what the server has counted in this second.
        """
        self._leave(endpoint, account)
        self._drop_unused()

    def _drop_unused(self) -> None:
        self._shared = {key: one for key, one in self._shared.items() if one.rates or not one.limiter.is_idle}

    def _leave(
        self, endpoint: str, account: str, action: str | None = None, other_than: _SharedLimiter | None = None
    ) -> None:
        for (where, _, what), shared in self._shared.items():
            is_meant = where == endpoint and action in {None, what} and shared is not other_than
            if is_meant and shared.rates.pop(account, None) is not None and shared.rates:
                shared.apply_rates()


@dataclass(slots=True)
class _SharedLimiter:
    """A limiter, and the rates of the accounts that use it."""

    limiter: RateLimiter
    rates: dict[str, int] = field(default_factory=dict)

    def apply_rates(self) -> None:
        if (smallest := min(self.rates.values())) != self.limiter.configured:
            self.limiter.configure(smallest)
