"""The exporter's metrics about itself: its requests, its configuration, its version and its process."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from exporter import __version__
from exporter.internal_errors import InternalErrorLog
from exporter.metrics.exposition import RenderedFamily, render_family
from exporter.metrics.request_metrics import RequestMetrics
from exporter.metrics.request_rate import RequestRate

REQUEST_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)


@dataclass(slots=True)
class RateLimitUse:
    """A rate limit: the requests of the last minute, and the requests a second that are allowed now."""

    used: RequestRate = field(default_factory=RequestRate)
    in_force: Callable[[], float] = float


class SelfMetrics:
    """Made once per process, in a registry of its own. `internal_errors` logs families that cannot be shown."""

    def __init__(self, internal_errors: InternalErrorLog | None = None) -> None:
        self._internal_errors = internal_errors or InternalErrorLog()
        # A global switch of the library; its counters would carry a second series each.
        prometheus_client.disable_created_metrics()
        self._registry = _Registry()
        labels = ("account", "action")
        self._requests = Counter(
            "tccc_api_requests", "Requests sent to the API, retries included.", labels, registry=self._registry
        )
        self._failures = Counter(
            "tccc_api_request_failures",
            "Requests to the API that failed, by the API's error code or by what went wrong on the way.",
            (*labels, "code"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "tccc_api_request_duration_seconds",
            "Time from sending a request to the API to its whole answer or its failure.",
            labels,
            buckets=REQUEST_BUCKETS,
            registry=self._registry,
        )
        self._rate_limit_waits = Counter(
            "tccc_api_rate_limit_wait_seconds",
            "Time that requests have waited for the rate limit, added up.",
            labels,
            registry=self._registry,
        )
        self._rate_limits = Gauge(
            "tccc_api_rate_limit_requests_per_second",
            "The rate limit in force now: the configured one, or less since the API last throttled.",
            labels,
            registry=self._registry,
        )
        self._clock_offsets = Gauge(
            "tccc_api_clock_offset_seconds",
            "This machine's clock less the API server's, by the Date of its last answer, to within a second.",
            ("account",),
            registry=self._registry,
        )
        self._scrape_timeout = Gauge(
            "tccc_scrape_timeout_seconds",
            "Time that the last scrape left for collecting, after what is kept back for the answer.",
            registry=self._registry,
        )
        self._http_requests = Counter(
            "tccc_exporter_http_requests",
            "HTTP requests answered, by the path of what answered them and the status.",
            ("handler", "code"),
            registry=self._registry,
        )
        self._config_successful = Gauge(
            "tccc_exporter_config_last_reload_successful",
            "Whether the last attempt to load the configuration succeeded.",
            registry=self._registry,
        )
        self._config_timestamp = Gauge(
            "tccc_exporter_config_last_reload_success_timestamp_seconds",
            "When the configuration was last loaded successfully, in Unix seconds.",
            registry=self._registry,
        )
        Gauge(
            "tccc_exporter_build_info",
            "The version of the exporter and of Python; always 1.",
            ("version", "pythonversion"),
            registry=self._registry,
        ).labels(__version__, platform.python_version()).set(1)
        self.config_loaded_at = 0.0
        """When the configuration was last loaded successfully, in Unix seconds."""
        self.is_config_current = True
        """Whether the last attempt to load the configuration succeeded."""
        self.rate_limit_uses: dict[tuple[str, str], RateLimitUse] = {}
        """What is used of each rate limit, by account and action."""
        self._of_accounts: dict[tuple[str, str], RequestMetrics] = {}
        self._credential_expiries: dict[str, Callable[[], float | None]] = {}
        self._dropped_log_lines: Callable[[], int] = int
        self._registry.register(_Computed(self._credentials))
        self._registry.register(_Computed(self._log_lines))
        prometheus_client.ProcessCollector(registry=self._registry)
        prometheus_client.PlatformCollector(registry=self._registry)
        prometheus_client.GCCollector(registry=self._registry)

    def requests_of(self, account: str, action: str) -> RequestMetrics:
        """Return what counts the requests of an account; they are shown at 0 before the first one is sent."""
        if (account, action) not in self._of_accounts:
            metrics = RequestMetrics(
                self._requests.labels(account, action),
                self._durations.labels(account, action),
                self._rate_limit_waits.labels(account, action),
                partial(self._failures.labels, account, action),
            )
            self._of_accounts[account, action] = metrics
            self._rate_limit_use(account, action).used = metrics.rate
        return self._of_accounts[account, action]

    def actions_of(self, account: str) -> set[str]:
        """Return the actions whose requests are shown of an account."""
        return {action for of_account, action in self._of_accounts if of_account == account}

    def forget_account(self, account: str) -> None:
        """Show nothing more of an account."""
        self._clock_offsets.remove(account)
        self._credential_expiries.pop(account, None)
        for action in self.actions_of(account):
            self.forget_action(account, action)

    def forget_action(self, account: str, action: str) -> None:
        """Show nothing more of an action of an account."""
        self.rate_limit_uses.pop((account, action), None)
        for code in self._of_accounts.pop((account, action)).end():
            self._failures.remove(account, action, code)
        for metric in (self._requests, self._durations, self._rate_limit_waits, self._rate_limits):
            metric.remove(account, action)

    def watch_rate_limit(self, account: str, action: str, in_force: Callable[[], float]) -> None:
        """Show the rate limit of an action as it is at each scrape, in requests a second."""
        self._rate_limits.labels(account, action).set_function(in_force)
        self._rate_limit_use(account, action).in_force = in_force

    def watch_clock(self, account: str, offset: Callable[[], float]) -> None:
        """Show by how many seconds this machine's clock is ahead of the server's, as it is at each scrape."""
        self._clock_offsets.labels(account).set_function(offset)

    def watch_credentials(self, account: str, expiry: Callable[[], float | None]) -> None:
        """Show when the key of an account expires, in Unix seconds, as it is at each scrape; None for never."""
        self._credential_expiries[account] = expiry

    def expect_http_requests(self, handler: str, codes: Iterable[int]) -> None:
        """Show answers with these statuses at 0 before there is one, so that a first one is an increase."""
        for code in codes:
            self._http_requests.labels(handler, code)

    def http_request_answered(self, handler: str, code: int) -> None:
        """Count an answer to an HTTP request; `handler` must be one of few."""
        self._http_requests.labels(handler, code).inc()

    def observe_scrape(self, budget: float) -> None:
        """Note the seconds that a scrape left for collecting."""
        self._scrape_timeout.set(budget)

    def configuration_loaded(self, timestamp: float) -> None:
        """Note that the configuration was loaded, in Unix seconds."""
        self._config_successful.set(1)
        self._config_timestamp.set(timestamp)
        self.config_loaded_at = timestamp
        self.is_config_current = True

    def configuration_refused(self) -> None:
        """Note that the configuration could not be loaded again, and the one before stays."""
        self._config_successful.set(0)
        self.is_config_current = False

    def watch_dropped_log_lines(self, dropped: Callable[[], int]) -> None:
        """Show how many log lines have been dropped, as it is at each scrape."""
        self._dropped_log_lines = dropped

    def families(self) -> list[RenderedFamily]:
        """Return all families as they are now, but for those that fail."""
        families = []
        for collector in self._registry.collectors:
            try:
                families += [render_family(metric) for metric in collector.collect()]
            except Exception as error:  # noqa: BLE001
                self._internal_errors.log(
                    "metrics of the exporter itself cannot be shown", error, of=type(collector).__name__
                )
        return families

    def _rate_limit_use(self, account: str, action: str) -> RateLimitUse:
        return self.rate_limit_uses.setdefault((account, action), RateLimitUse())

    def _credentials(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "tccc_credentials_expiry_timestamp_seconds",
            "When the temporary key of the account expires, in Unix seconds; no series for a permanent one.",
            labels=("account",),
        )
        for account, expiry in self._credential_expiries.items():
            if (expires := expiry()) is not None:
                family.add_metric((account,), expires)
        if family.samples:
            yield family

    def _log_lines(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "tccc_exporter_log_lines_dropped",
            "Log lines that were lost, because stderr could not be written or nobody read it.",
            self._dropped_log_lines(),
        )


class _Registry(CollectorRegistry):
    """Knows its collectors, so that one that fails does not take the others with it."""

    def __init__(self) -> None:
        super().__init__()
        self.collectors: list[Collector] = []

    def register(self, collector: Collector) -> None:
        super().register(collector)
        self.collectors.append(collector)


class _Computed(Collector):
    """Metrics that are computed when they are collected."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()
