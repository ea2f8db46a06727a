"""Panels with the number of now in large digits, in the color of how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common, stat
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries, signals
from grafana.panels import Query, fixed, fixed_color, instant
from grafana.signals import Signal

WITHOUT_NUMBER = palette.texts(
    {"-1": ("not collected", palette.NO_THRESHOLD.color), "-2": ("cannot be read", palette.FAILING.color)}
)
"""What a panel shows in the place of a number that is not known; those that are known are never below 0."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Above what a number is a warning, and above what it is critical, and the texts for ok, warning and critical.

    The same number twice: there is no warning.
    """

    warning: float
    critical: float
    texts: tuple[str, str, str] = (palette.OK.text, palette.WARNING.text, palette.CRITICAL.text)


STATES = {
    "critical": palette.CRITICAL,
    "warning": palette.WARNING,
    "incomplete": palette.FAILING,
    "ok": palette.OK,
    "no_threshold": palette.NO_THRESHOLD,
}
"""The names of queries that return the same number in different states."""


def stat_panel(title: str, description: str, unit: str, *asked: Query, no_value: str = "no data") -> stat.Panel:
    """Return a panel that shows the number of now in large digits."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .no_value(no_value)
        .graph_mode(options.BigValueGraphMode.NONE)
        .color_mode(options.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(options.BigValueTextMode.VALUE_AND_NAME if asked[0].legend else options.BigValueTextMode.VALUE)
        .justify_mode(options.BigValueJustifyMode.CENTER)
        .orientation(options.VizOrientation.HORIZONTAL)
        .wide_layout(False)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]))
        .color_scheme(fixed(palette.NO_THRESHOLD.color))
    )
    for query in asked:
        panel.with_target(instant(query))
    return panel


def colored_by_threshold(
    title: str, description: str, unit: str, judged: Sequence[Signal], value: str = ""
) -> stat.Panel:
    """Return a panel with a number of now in the color of the thresholds that any of the signals is beyond.

    The number is that of the first signal where `value` is not given.
    """
    first = judged[0]
    value = value or first.value
    critical, warning, either = (
        signals.any_beyond(judged, severity) for severity in (signals.CRITICAL, signals.WARNING, signals.ANY)
    )
    known, partly = signals.any_thresholds(judged), _incomplete(first.collector, first.key)
    asked = [
        Query(f"{value} and on () {critical}", palette.CRITICAL.text, "critical"),
        Query(f"{value} and on () {warning} unless on () {critical}", palette.WARNING.text, "warning"),
        *_partial(value, partly, f" unless on () {either}"),
        Query(f"{value} and on () {known} unless on () {_or(either, partly)}", palette.OK.text, "ok"),
        Query(f"{value} unless on () {_or(known, partly)}", palette.NO_THRESHOLD.text, "no_threshold"),
    ]
    return _or_why_not(stat_panel(title, description, unit, *asked), value, first.collector)


def without_threshold(
    title: str, description: str, value: str, *, collector: str, name: str, key: str = "application"
) -> stat.Panel:
    """Return a panel with a number of now that no threshold can be set for; `name` stands below it.

    `key` are the labels of what it is the sum of.
    """
    partly = _incomplete(collector, key)
    asked = [
        *_partial(value, partly),
        Query(f"{value} unless on () {partly}" if partly else value, name, "no_threshold"),
    ]
    return _or_why_not(stat_panel(title, description, "none", *asked), value, collector)


def colored_by_limit(
    title: str, description: str, unit: str, value: str, limits: Limits, *, below: bool = False, min_step: str = ""
) -> stat.Panel:
    """Return a panel with a number of now in the color of limits that no configuration sets.

    `below`: it is the lower the worse.
    """
    ok, warning, critical = limits.texts
    worse, better = ("<", ">=") if below else (">", "<=")
    asked = [Query(f"{value} {worse} {limits.critical}", critical, "critical", min_step)]
    if limits.warning != limits.critical:
        asked.append(
            Query(f"{value} {worse} {limits.warning} {better} {limits.critical}", warning, "warning", min_step)
        )
    asked.append(Query(f"{value} {better} {limits.warning}", ok, "ok", min_step))
    return stated(stat_panel(title, description, unit, *asked).decimals(0))


def share(
    title: str,
    description: str,
    value: str,
    limits: Limits,
    of: str,
    *,
    below: bool = False,
    without: Query | None = None,
) -> stat.Panel:
    """Return a panel with a share of the calls of the last half hour, `of` which ones."""
    panel = colored_by_limit(title, description, "percentunit", value, limits, below=below, min_step="30m")
    # Nothing divided by nothing is not a number, and the only one that differs from itself.
    panel.with_target(instant(Query(f"{value} != {value}", of, "none", "30m")))
    shown: list[dashboard.ValueMapping] = [
        dashboard.SpecialValueMap(
            dashboard.DashboardSpecialValueMapOptions(
                match=dashboard.SpecialValueMatch.NA_N, result=dashboard.ValueMappingResult(text="no calls")
            )
        )
    ]
    up = queries.of_application("tccc_up")
    unknown = f"max({up} == 0) - 2 unless on () {up} == 1"
    panel.with_target(instant(Query(unknown, "see Exporter health", "unknown"))).no_value("no exporter")
    shown.append(WITHOUT_NUMBER)
    if without is not None:
        panel.with_target(instant(without))
        shown.insert(0, palette.texts({"-1": ("not seen", palette.NO_THRESHOLD.color)}))
    return panel.mappings(shown)


def stated(panel: stat.Panel) -> stat.Panel:
    """Color what the queries return by the states that they are named after; only one of them returns anything."""
    for ref, state in STATES.items():
        panel.override_by_query(ref, [fixed_color(state.color)])
    return panel


def _incomplete(collector: str, key: str) -> str:
    """Return something where the number lacks an application, or comes from elsewhere.

    What is of a skill group is there as a whole or not at all: then it is nothing.
    """
    if key == queries.GROUP:
        return ""
    without_data = queries.applications_without_data()
    if collector == "sessions":
        return without_data
    return f"({without_data} or {queries.failing_collectors(collector)})"


def _partial(value: str, partly: str, unless: str = "") -> list[Query]:
    return [Query(f"{value} and on () {partly}{unless}", "? incomplete", "incomplete")] if partly else []


def _or(one: str, other: str) -> str:
    return f"({one} or {other})" if other else one


def _or_why_not(panel: stat.Panel, value: str, collector: str) -> stat.Panel:
    """Say why there is no number: its collector is off, it cannot be read, or (the rest) no exporter is there."""
    up = f"max({queries.of_application('tccc_up')}) * 0"
    unknown = f"{up} - 2 unless on () {value}"
    if collector != "sessions":
        switched_on = queries.collectors(collector)
        switched_off = f"{up} - 1 unless on () ({value} or {switched_on})"
        panel.with_target(instant(Query(switched_off, f"collector {collector} is off", "off")))
        unknown = f"{unknown} and on () {switched_on}"
    panel.with_target(instant(Query(unknown, "see Exporter health", "unknown")))
    return stated(panel).no_value("no exporter").mappings([WITHOUT_NUMBER])
