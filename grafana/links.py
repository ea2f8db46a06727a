"""Links from panels to other dashboards and to the runbook. They keep the time and what is chosen."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

QUEUES = "tccc-queues"

RUNBOOK_AT = "http://$1/runbook"
"""Where the runbook is; `$1` stands for the instance of the exporter that an alert is about, which has a copy."""

_TIME = "${__url_time_range}"
_CHOSEN = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&var-runbook=${runbook:percentencode}"


def to_queues() -> builders.DashboardLink:
    """Return the link of a panel to the queues of the chosen applications."""
    return (
        builders.DashboardLink("Queues of these applications")
        .type(dashboard.DashboardLinkType.LINK)
        .url(f"/d/{QUEUES}?{_TIME}&{_CHOSEN}&${{application:queryparam}}")
    )


def queues_of_application() -> dashboard.DynamicConfigValue:
    """Return the link of a column of applications to their queues."""
    return _link(
        "Queues of ${__value.text}", f"/d/{QUEUES}?{_TIME}&{_CHOSEN}&var-application=${{__value.raw:percentencode}}"
    )


def queue(application_column: str) -> dashboard.DynamicConfigValue:
    """Return the link of a column of skill groups to one of them alone."""
    application = f'${{__data.fields["{application_column}"]:percentencode}}'
    return _link(
        "Only ${__value.text}",
        f"/d/{QUEUES}?{_TIME}&{_CHOSEN}&var-application={application}&var-skill_group=${{__value.raw:percentencode}}",
    )


def runbook() -> dashboard.DynamicConfigValue:
    """Return the link of a column of alerts to what the runbook says of each."""
    section = runbook_section('${__data.fields["Runbook"]:raw}', "${__value.raw:percentencode}")
    return _link("What to do: the runbook", section, blank=True)


def with_runbook(alerts: str) -> str:
    """Give alerts the label `runbook`, the address of the page, as PromQL."""
    return f'label_replace({alerts}, "runbook", "${{runbook:raw}}", "instance", "(.*)")'


def runbook_section(page: str, alert: str) -> str:
    """Return the address of what a runbook says of an alert, by its name."""
    return f"{page}#{alert}"


def _link(title: str, url: str, *, blank: bool = False) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue("links", [{"title": title, "url": url, "targetBlank": blank}])
