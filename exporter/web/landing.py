"""The page that a person sees who opens the exporter in a browser. It shows what is known, and collects nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template
from urllib.parse import quote

from aiohttp import web

from exporter import __version__
from exporter.advice import advice
from exporter.application import Application
from exporter.collection import Collection
from exporter.service import Exporter
from exporter.tencent.errors import ApiError, TencentError
from exporter.web.ages import written_age, written_time
from exporter.web.html import Html, element, together
from exporter.web.landing_style import POLICY, STYLE

_INTERNAL_ERROR = "internal error, see the log"
_APPLICATION_COLUMNS = ("Application", "Collector", "State", "Now", "Last success", "Thresholds in force")
_RATE_COLUMNS = ("Account", "Action", "Requests a second", "Limit")

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tccc-exporter</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<h1>tccc-exporter</h1>
<p>Prometheus exporter for Tencent Cloud Contact Center, version $version</p>
$process
<nav>$links</nav>
<h2>Applications</h2>
$applications
<h2>Rate limits of the API</h2>
$rates
</body>
</html>
""")


def landing_response(exporter: Exporter, telemetry_path: str) -> web.Response:
    """Return the page as an answer, with the headers that keep a browser from loading or framing anything."""
    return web.Response(
        body=landing_page(exporter, telemetry_path).encode(errors="replace"),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def landing_page(exporter: Exporter, telemetry_path: str) -> str:
    """Return the page as HTML."""
    bodies = [_application(application, exporter) for application in exporter.applications]
    return _PAGE.substitute(
        style=STYLE,
        version=element("span", __version__),
        process=_process(exporter),
        links=_links(telemetry_path),
        applications=_table(_APPLICATION_COLUMNS, bodies),
        rates=_table(_RATE_COLUMNS, [element("tbody", row) for row in _rates(exporter)]),
    )


def _process(exporter: Exporter) -> Html:
    now = exporter.now()
    uptime = written_age(exporter.started, now)
    lines = [element("p", f"Uptime: {uptime}, since {written_time(exporter.started)}" if uptime else "Uptime: unknown")]
    loaded = _moment_in_text(exporter.self_metrics.config_loaded_at, now)
    lines.append(element("p", f"Configuration: {exporter.source or 'built in'}, loaded {loaded}"))
    if not exporter.self_metrics.is_config_current:
        lines.append(element("p", "The last reload failed, see the log; this one stays in force", class_="failing"))
    states = [_state_of(application.sessions) for application in exporter.applications]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ("up", "failing", "no answer yet"))
    lines.append(element("p", f"Applications: {len(states)} ({counts})"))
    return together(lines)


def _links(telemetry_path: str) -> Html:
    links = {
        "Metrics": telemetry_path,
        "Configuration": "/config",
        "Service discovery": "/sd",
        "Health": "/-/healthy",
        "Readiness": "/-/ready",
        "Runbook": "/runbook",
    }
    return together(element("a", text, href=path) for text, path in links.items())


def _table(columns: tuple[str, ...], bodies: list[Html]) -> Html:
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    return element("table", element("thead", head), *bodies)


def _application(application: Application, exporter: Exporter) -> Html:
    try:
        return element("tbody", *_collectors(application, exporter.now()))
    except Exception as error:  # noqa: BLE001 -- whatever it is, the page is for the other applications too
        name = application.identity.name
        exporter.internal_errors.log("application cannot be shown on the landing page", error, application=name)
        state = element("td", element("span", _INTERNAL_ERROR, class_="failing"), data_label="State", colspan="5")
        return element("tbody", element("tr", element("th", name, scope="row"), state))


def _collectors(application: Application, now: float) -> Iterator[Html]:
    """Give the rows of an application: one for each collector, and one below it where there is something to tell."""
    identity = application.identity
    link = f"/probe?target={quote(identity.name, safe='', errors='replace')}"
    whose = element("span", f"{identity.sdk_app_id}, account {identity.account}", class_="quiet")
    heading = element("th", element("a", identity.name, href=link), whose, scope="row")
    for name, collection in application.collections.items():
        success, shown = collection.last_success, collection.shown
        cells = [
            name,
            _state(collection, now),
            "" if shown is None else shown.summary,
            "none yet" if success is None else _moment(success.finished, now),
            _thresholds(application, collection),
        ]
        yield element("tr", heading, *_cells(_APPLICATION_COLUMNS, cells))
        if lines := [*_failure(collection, now)]:
            yield element("tr", element("td", *lines, colspan=str(len(_APPLICATION_COLUMNS))), class_="detail")
        heading = element("td")


def _state_of(collection: Collection) -> str:
    try:
        is_up = collection.shown is not None
    except Exception:  # noqa: BLE001 -- its row tells of it
        return "failing"
    if is_up:
        return "up"
    return "no answer yet" if collection.outcome is None and collection.failing_since is None else "failing"


def _state(collection: Collection, now: float) -> Html:
    state = _state_of(collection)
    if state != "failing":
        return element("span", state, class_="up" if state == "up" else None)
    failing = element("span", state, class_="failing")
    if collection.failing_since is None:
        return together([failing, " ", element("span", "no answer in time", class_="quiet")])
    return together([failing, " since ", _moment(collection.failing_since, now)])


def _failure(collection: Collection, now: float) -> Iterator[Html]:
    if collection.shown is not None and collection.shown.flaw is not None:
        yield from _error("A part failed", collection.shown.flaw, is_past=False)
    if (failure := collection.last_failure) is not None:
        is_past = collection.failing_since is None
        when = _moment_in_text(failure.at, now)
        yield from _error(f"{'Past' if is_past else 'Last'} error, {when}", failure.error, is_past=is_past)


def _error(heading: str, error: BaseException, *, is_past: bool) -> Iterator[Html]:
    class_ = "past" if is_past else None
    if not isinstance(error, TencentError):
        yield element("p", f"{heading}: {_INTERNAL_ERROR}", class_=class_)
        return
    action = f"{error.action}: " if error.action else ""
    yield element("p", f"{heading}: {action}{error}", class_=class_)
    yield element("p", f"Advice{' at the time' if is_past else ''}: {advice(error)}", class_=class_)
    if isinstance(error, ApiError) and error.key_source:
        yield element("p", f"Key: {error.key_source}", class_=class_)


def _thresholds(application: Application, collection: Collection) -> Html:
    signals = {} if collection.shown is None else collection.shown.observation.signals
    lines = []
    for one in application.thresholds_in_force(collection.collector.name):
        whose = "" if one.skill_group is None else f" of skill group {_named(one.skill_group, application)}"
        told = f"{one.signal}{whose} {one.bound} {_number(one.value)} ({one.severity})"
        value = signals.get(one.key)
        if application.is_unseen(one):
            lines.append(element("li", f"{told}: no such skill group has been seen", class_="beyond"))
        elif value is None:
            lines.append(element("li", told))
        elif one.is_crossed_by(value):
            lines.append(element("li", f"{told}: {_number(value)}, beyond", class_="beyond"))
        else:
            lines.append(element("li", f"{told}: {_number(value)}"))
    return element("ul", *lines) if lines else element("span", "none")


def _named(skill_group: int, application: Application) -> str:
    name = application.skill_group_name(skill_group)
    return f"{skill_group}" if name is None else f"{name} ({skill_group})"


def _rates(exporter: Exporter) -> Iterator[Html]:
    accounts = {account.name: account for account in exporter.config.accounts}
    for (name, action), requests in exporter.self_metrics.requests.items():
        if name not in accounts:
            continue
        configured, allowed = accounts[name].requests_per_second, requests.in_force()
        limit = _number(allowed)
        if allowed < configured:
            limit += f", {configured} configured: the API throttled"
        used = f"{requests.rate.mean:.2f} on average over the last minute, {requests.rate.most} at most"
        yield element("tr", element("th", name, scope="row"), *_cells(_RATE_COLUMNS, (action, used, limit)))


def _cells(columns: Sequence[str], cells: Sequence[str]) -> list[Html]:
    """Return the cells of a row but the first one, each with the name of its column."""
    labeled = zip(columns[1:], cells, strict=True)
    return [element("td", element("div", cell), data_label=label) for label, cell in labeled]


def _moment(timestamp: float, now: float) -> Html:
    """Return how long ago a time was, and the time itself; that alone where it is not in the past."""
    at, age = written_time(timestamp), written_age(timestamp, now)
    return together([f"{age} ago ", element("span", at, class_="quiet")]) if age else element("span", at)


def _moment_in_text(timestamp: float, now: float) -> str:
    at, age = written_time(timestamp), written_age(timestamp, now)
    return f"{age} ago ({at})" if age else at


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
