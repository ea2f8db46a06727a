"""The page that a person sees who opens the exporter in a browser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from string import Template

from exporter import __version__
from exporter.advice import advice
from exporter.collection import ApplicationCollection, Failure
from exporter.internal_errors import InternalErrorLog
from exporter.service import Exporter
from exporter.tencent.errors import TencentError

_FAULT = "internal error, see the log"

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tccc-exporter</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid #ccc; padding: .4rem .8rem; text-align: left; vertical-align: top; }
  td.number { text-align: right; }
  .failing { color: #a40000; font-weight: 600; }
  .up { color: #1a6b2d; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    body { background: #181b1f; color: #ddd; } a { color: #8ab8ff; }
    .failing { color: #ff8080; } .up { color: #7fd18b; } th, td { border-color: #444; }
  }
</style>
</head>
<body>
<h1>tccc-exporter</h1>
<p>Version $version. Prometheus exporter for the active phone sessions of Tencent Cloud Contact Center.</p>
<ul>
<li><a href="$telemetry_path">Metrics</a></li>
<li><a href="/-/healthy">Health</a></li>
<li><a href="/-/ready">Readiness</a></li>
</ul>
<h2>Applications</h2>
<table>
<tr><th>Application</th><th>SdkAppId</th><th>Account</th><th>State</th><th>Sessions</th><th>Last snapshot</th>\
<th>Last error</th></tr>
$rows
</table>
</body>
</html>
""")


def landing_page(exporter: Exporter, telemetry_path: str) -> str:
    """Return the page as HTML. It shows what is known; it collects nothing."""
    return _PAGE.substitute(
        version=escape(__version__),
        telemetry_path=escape(telemetry_path),
        rows="\n".join(_row(collection, exporter.internal_errors) for collection in exporter.collections),
    )


def _row(collection: ApplicationCollection, internal_errors: InternalErrorLog) -> str:
    try:
        return _told(collection)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the page is for the other applications too
        name = collection.identity.name
        internal_errors.log("application cannot be shown on the landing page", error, application=name)
        return _cells([("", name), *[("", "")] * 2, ("failing", _FAULT), *[("", "")] * 3])


def _told(collection: ApplicationCollection) -> str:
    identity, success, shown = collection.identity, collection.last_success, collection.shown
    return _cells(
        [
            ("", identity.name),
            ("number", str(identity.sdk_app_id)),
            ("", identity.account),
            _state(collection),
            ("number", "" if shown is None else str(shown.sessions)),
            ("", "none yet" if success is None else _time(success.finished)),
            ("", "" if collection.last_failure is None else _failure(collection.last_failure)),
        ]
    )


def _state(collection: ApplicationCollection) -> tuple[str, str]:
    if collection.outcome is None:
        return "", "no answer yet"
    return ("failing", "failing") if collection.shown is None else ("up", "up")


def _failure(failure: Failure) -> str:
    error = failure.error
    told = f"{error}; {advice(error)}" if isinstance(error, TencentError) else _FAULT
    return f"{_time(failure.at)}: {told}"


def _time(timestamp: float) -> str:
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OSError, OverflowError, ValueError):
        # No year of the calendar: this machine's clock can be anything.
        return f"{timestamp:g} s of Unix time"


def _cells(cells: Iterable[tuple[str, str]]) -> str:
    return "<tr>" + "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in cells) + "</tr>"
