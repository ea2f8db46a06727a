"""What is counted of the requests of one account for one action."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Histogram

from exporter.metrics.request_rate import RequestRate

EXPECTED_FAILURES = ("timeout", "connection", "dns", "tls", "bad_body", "no_credentials", "RequestLimitExceeded")
"""Codes that are there at 0 from the start, so that a first failure is an increase."""


class RequestMetrics:
    """Counts the requests of one account for one action."""

    def __init__(
        self, requests: Counter, durations: Histogram, waits: Counter, failures: Callable[[str], Counter]
    ) -> None:
        self._requests = requests
        self._waits = waits
        self._durations = durations
        self._failures = failures
        self.rate = RequestRate()
        """How many requests went out in the last minute."""
        self._failures_of_codes = {code: failures(code) for code in EXPECTED_FAILURES}
        self._is_ended = False

    def end(self) -> list[str]:
        """Show no further codes of failures: the account is gone. Return those that are shown."""
        self._is_ended = True
        return list(self._failures_of_codes)

    def rate_limit_waited(self, seconds: float) -> None:
        """Add up what requests waited for the rate limit."""
        self._waits.inc(seconds)

    def request_sent(self) -> None:
        """Count a request."""
        self._requests.inc()
        self.rate.count()

    def request_answered(self, seconds: float) -> None:
        """Note how long a request took."""
        self._durations.observe(seconds)

    def request_failed(self, code: str) -> None:
        """Count a failure by its code."""
        if code not in self._failures_of_codes:
            # What was under way at the end of its account would otherwise show it anew.
            if self._is_ended:
                return
            self._failures_of_codes[code] = self._failures(code)
        self._failures_of_codes[code].inc()
