"""What is counted of the requests to the API, by account and action.

A hundred accounts have hundreds of pairs of these, with some two dozen samples each, at every scrape. So they are plain
numbers whose labels are written once: counters of prometheus_client's take twice the memory and many times the time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate

from exporter.metrics.exposition import RenderedFamily, render_labels, render_lines
from exporter.metrics.request_rate import RequestRate

REQUEST_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)
EXPECTED_FAILURES = ("timeout", "connection", "dns", "tls", "bad_body", "no_credentials", "RequestLimitExceeded")
"""Codes that are there at 0 from the start, so that a first failure is an increase."""


class RequestMetrics:
    """Counts the requests of one account for one action."""

    def __init__(self, account: str, action: str) -> None:
        self.rate = RequestRate()
        """How many requests went out in the last minute."""
        self.in_force: Callable[[], float] = float
        """Returns the requests a second that the rate limit allows now."""
        self._account = account
        self._action = action
        self._labels = self._write()
        self._bucket_labels = [self._write(le=bound) for bound in (*map(str, REQUEST_BUCKETS), "+Inf")]
        self._requests = 0
        self._waited = 0.0
        self._seconds = 0.0
        self._buckets = [0] * len(self._bucket_labels)
        self._failures = {self._write(code=code): 0 for code in EXPECTED_FAILURES}
        """By their written labels."""

    def rate_limit_waited(self, seconds: float) -> None:
        """Add up what requests waited for the rate limit."""
        self._waited += seconds

    def request_sent(self) -> None:
        """Count a request."""
        self._requests += 1
        self.rate.count()

    def request_answered(self, seconds: float) -> None:
        """Note how long a request took."""
        self._seconds += seconds
        self._buckets[bisect_left(REQUEST_BUCKETS, seconds)] += 1

    def request_failed(self, code: str) -> None:
        """Count a failure by its code."""
        labels = self._write(code=code)
        self._failures[labels] = self._failures.get(labels, 0) + 1

    def requests_lines(self, name: str) -> str:
        """Write the number of requests."""
        return render_lines(f"{name}_total", [(self._labels, self._requests)])

    def failures_lines(self, name: str) -> str:
        """Write the numbers of failures."""
        return render_lines(f"{name}_total", self._failures.items())

    def durations_lines(self, name: str) -> str:
        """Write the histogram of durations."""
        cumulative = list(accumulate(self._buckets))
        buckets = render_lines(f"{name}_bucket", zip(self._bucket_labels, cumulative, strict=True))
        count = render_lines(f"{name}_count", [(self._labels, cumulative[-1])])
        return buckets + count + render_lines(f"{name}_sum", [(self._labels, self._seconds)])

    def waits_lines(self, name: str) -> str:
        """Write how long requests have waited."""
        return render_lines(f"{name}_total", [(self._labels, self._waited)])

    def rate_limit_lines(self, name: str) -> str:
        """Write the rate limit as it is now."""
        return render_lines(name, [(self._labels, self.in_force())])

    def _write(self, **labels: str) -> str:
        return render_labels({"account": self._account, "action": self._action, **labels})


@dataclass(frozen=True, slots=True)
class RequestFamily:
    """A family of these, and how the lines of one are written."""

    name: str
    type: str
    help: str
    lines: Callable[[RequestMetrics, str], str]

    def render(self, metrics: Iterable[RequestMetrics]) -> RenderedFamily:
        """Write the lines of all."""
        return RenderedFamily(self.name, self.type, self.help, [self.lines(one, self.name) for one in metrics])


REQUEST_FAMILIES = (
    RequestFamily(
        "tccc_api_requests",
        "counter",
        "Requests sent to the API, retries included.",
        RequestMetrics.requests_lines,
    ),
    RequestFamily(
        "tccc_api_request_failures",
        "counter",
        "Requests to the API that failed, by the API's error code or by what went wrong on the way.",
        RequestMetrics.failures_lines,
    ),
    RequestFamily(
        "tccc_api_request_duration_seconds",
        "histogram",
        "Time from sending a request to the API to its whole answer or its failure.",
        RequestMetrics.durations_lines,
    ),
    RequestFamily(
        "tccc_api_rate_limit_wait_seconds",
        "counter",
        "Time that requests have waited for the rate limit, added up.",
        RequestMetrics.waits_lines,
    ),
    RequestFamily(
        "tccc_api_rate_limit_requests_per_second",
        "gauge",
        "The rate limit in force now: the configured one, or less since the API last throttled.",
        RequestMetrics.rate_limit_lines,
    ),
)
