"""The graphs of the exporter's health: what reading the lists takes."""

from __future__ import annotations

from grafana_foundation_sdk.builders import heatmap, timeseries

from grafana import palette, queries
from grafana.panels import Query, dashed, fixed_color, graph, heat_map
from grafana.queries import ACCOUNT, TARGET

EXPORTERS = f"{{{TARGET}}} and on (job, instance) tccc_exporter_build_info{{{TARGET}}}"
"""Selects the series of exporters among those that every target has."""


def durations() -> timeseries.Panel:
    """Return how long reading the lists takes, against the time that a scrape leaves."""
    panel = graph(
        "Reading, against the scrape's time",
        "How long reading each application's list takes, and what is read beside it (inbound, staff), how long the "
        "longest scrape takes, and (dashed) the time that Prometheus leaves for it. A list above the line is shown by "
        "the next scrape, and older than it need be: raise scrape_timeout, or spread the applications over several "
        "keys.",
        "s",
        Query(queries.per_application("tccc_snapshot_duration_seconds"), "{{application}}"),
        Query(_SLOWEST_BESIDE, "{{collector}}, the slowest", "beside"),
        Query(f"max by (job, instance) (scrape_duration_seconds{EXPORTERS})", "scrape of {{instance}}", "scrape"),
        Query(f"tccc_scrape_timeout_seconds{{{TARGET}}}", "limit of {{instance}}", "limit"),
    )
    panel.override_by_query("scrape", [fixed_color(palette.UNKNOWN)])
    return dashed(_colored(panel, palette.COLLECTORS), "limit")


def ages() -> timeseries.Panel:
    """Return the age of each application's data."""
    panel = graph(
        "Data age",
        "Time since the list of each application was read, and what is read beside it (inbound, staff). A saw-tooth up "
        "to the scrape interval is normal; a line that climbs: it is not being read.",
        "s",
        Query(queries.data_age(), "{{application}}"),
        Query(_OLDEST_BESIDE, "{{collector}}, the oldest", "beside"),
    )
    return _colored(panel, palette.COLLECTORS)


def snapshot_requests() -> timeseries.Panel:
    """Return the requests that each list takes."""
    return graph(
        "Requests per list",
        "API requests that reading each list took, retries included: one for every 25 sessions, and a few more to "
        "prove it complete. Many more than that: pages fail and are asked for again, or the list moves fast.",
        "none",
        Query(queries.per_application("tccc_snapshot_requests"), "{{application}}"),
    )


def requests() -> timeseries.Panel:
    """Return the requests a second, against the budget."""
    panel = graph(
        "Requests per second, against the budget",
        "API requests of each account and exporter, and (dashed) the budget in force. The budget falls by half when "
        "the API throttles and comes back by itself: then somebody else uses the same key.",
        "reqps",
        Query(requests_sent(), "{{action}} of {{account}}, {{instance}}"),
        Query(budget(), "budget for {{action}} of {{account}}, {{instance}}", "budget"),
    )
    return dashed(_colored(panel, palette.ACTIONS), "budget")


def failures() -> timeseries.Panel:
    """Return the failed requests by code."""
    failures = f"(rate(tccc_api_request_failures_total{{{ACCOUNT}}}[$__rate_interval]))"
    panel = graph(
        "Failed requests per minute, by code",
        "By the API's error code, or by what went wrong on the way. AuthFailure: the key or this machine's clock. "
        "RequestLimitExceeded: throttled. timeout, connection, dns, tls: the network. The log says what to do about "
        "each.",
        "cpm",
        Query(f"sum by (code) {failures} * 60 > 0", "{{code}}"),
        Query(f"sum {failures} * 60", "all codes", "all"),
    )
    return panel.override_by_query("all", [fixed_color(palette.UNKNOWN)])


def waits() -> timeseries.Panel:
    """Return how long requests wait for the budget."""
    waited = f"sum by ({_LABELS}) (rate(tccc_api_rate_limit_wait_seconds_total{{{ACCOUNT}}}[$__rate_interval]))"
    panel = graph(
        "Wait for the rate budget, per request",
        "How long a request waits, on average, until the account's budget lets it go. Lists of up to 400 sessions "
        "hardly wait; rising: the budget is the limit, and scrapes take longer.",
        "s",
        Query(
            f"{waited} / on ({_LABELS}) ({requests_sent()} > 0)\nor on ({_LABELS}) {requests_sent()} * 0",
            "{{action}} of {{account}}, {{instance}}",
        ),
    )
    return _colored(panel, palette.ACTIONS)


def latency() -> heatmap.Panel:
    """Return the time that requests take as a heat map."""
    buckets = f"rate(tccc_api_request_duration_seconds_bucket{{{ACCOUNT}}}[$__rate_interval])"
    return heat_map(
        "API latency",
        "Requests by the time until their whole answer or failure: the more a cell stands out, the more requests took "
        "as long. Color in the upper rows: the API or the way to it is slow, and lists take longer to read.",
        "s",
        Query(f"sum by (le) ({buckets})", "{{le}}"),
        values="reqps",
    )


def memory() -> timeseries.Panel:
    """Return the memory of each exporter."""
    return graph(
        "Memory",
        "Resident memory of each exporter. It grows with the longest list, then stays; growing for days: report it.",
        "bytes",
        Query(f"process_resident_memory_bytes{EXPORTERS}", "{{instance}}"),
    )


def cpu() -> timeseries.Panel:
    """Return the processor time of each exporter."""
    return graph(
        "CPU",
        "Processor time of each exporter, as a share of one core. It grows with sessions and scrapes; near 100 %: give "
        "applications to another exporter.",
        "percentunit",
        Query(
            f"rate(process_cpu_seconds_total{{{TARGET}}}[$__rate_interval]) "
            f"and on (job, instance) tccc_exporter_build_info{{{TARGET}}}",
            "{{instance}}",
        ),
    )


def share_of_budget() -> str:
    """Return what part of its budget the busiest action of all accounts and exporters uses, as PromQL."""
    return f"max({requests_sent()} / on ({_LABELS}) {budget()})"


def requests_sent() -> str:
    """Return the requests a second of each action, account and exporter, as PromQL."""
    return f"sum by ({_LABELS}) (rate(tccc_api_requests_total{{{ACCOUNT}}}[$__rate_interval]))"


def budget() -> str:
    """Return the budget in force of each action, account and exporter, as PromQL."""
    return f"max by ({_LABELS}) (tccc_api_rate_limit_requests_per_second{{{ACCOUNT}}})"


def _colored(panel: timeseries.Panel, colors: dict[str, str]) -> timeseries.Panel:
    """Color the series by what their names begin with."""
    for beginning, color in colors.items():
        panel.override_by_regexp(f"/^{beginning}\\b/", [fixed_color(color)])
    return panel


_LABELS = "job, instance, account, action"
_OLDEST_BESIDE = f"max by (collector) ({queries.collector_age('inbound|staff')})"
_SLOWEST_BESIDE = queries.per_application("tccc_collector_duration_seconds", 'collector=~"inbound|staff"', "collector")
