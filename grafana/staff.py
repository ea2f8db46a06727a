"""The staff dashboard: who is on a call. It shows personal data, so it stands alone."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries
from grafana.common import assemble
from grafana.panels import Query, colored_by_threshold, fixed, graph, instant, stat_panel, with_threshold_lines
from grafana.shared import data_age, firing_alerts
from grafana.tables import column_unit, column_widths, merged, table_panel

PERSON = "application, staff_number, staff_email"
# What is folded away stands under this name in every staff label.
SINGLE = 'staff_number!="other", staff_email!="other"'
SESSIONS = queries.per_application("tccc_staff_sessions", by=PERSON)
SINGLE_SESSIONS = queries.per_application("tccc_staff_sessions", SINGLE, PERSON)
SINCE = f"min by ({PERSON}) ({queries.of_application('tccc_staff_call_start_timestamp_seconds')})"
ON_A_CALL = f"({SINCE} and on ({PERSON}) {SESSIONS} > 0)"
# Nobody is on a call: 0 also where nobody has been seen for so long that no series of single people is left.
NOBODY = f"(max by (application) ({queries.of_application('tccc_busiest_staff_sessions')}) == 0)"
SWITCHED_OFF = "Shows off where the exporter is configured without series of single people (staff.labels: [])."


def build() -> dashboard.Dashboard:
    """Return the staff dashboard."""
    return assemble(
        "tccc-staff",
        "Contact center: staff",
        "Who is on a call and since when. Staff numbers and emails are personal data: restrict who may open this "
        "dashboard. Who is free is not known: the API tells of calls that are up, and of nothing else.",
        [
            ((0, 0, 4, 4), _people()),
            ((4, 0, 6, 4), _busiest()),
            ((10, 0, 5, 4), _unassigned()),
            ((15, 0, 5, 4), _folded()),
            ((20, 0, 4, 4), data_age()),
            ((0, 4, 15, 12), _on_a_call()),
            ((15, 4, 9, 12), _per_person()),
            ((0, 16, 6, 8), _people_over_time()),
            ((6, 16, 6, 8), _busiest_over_time()),
            ((12, 16, 5, 8), _unassigned_over_time()),
            ((17, 16, 7, 8), firing_alerts()),
        ],
        since="now-3h",
    )


def _people() -> stat.Panel:
    return stat_panel(
        "People on calls",
        "Staff with one session or more now, without those who are folded into other. Compare it with the active "
        f"sessions on the wallboard. {SWITCHED_OFF}",
        "none",
        Query(f"sum(({SINGLE_SESSIONS}) > bool 0) or sum({NOBODY})"),
        no_value="off",
    )


def _busiest() -> stat.Panel:
    return colored_by_threshold(
        "Most sessions of one person",
        "The most sessions that any one staff member has now; it counts everybody, whatever series are switched on. "
        "The color follows the thresholds in the exporter's configuration; without one it is gray. Red: somebody "
        "holds several calls at once, or sessions of theirs were never ended.",
        "none",
        queries.BUSIEST,
    )


def _unassigned() -> stat.Panel:
    return stat_panel(
        "Sessions of nobody",
        "Sessions with neither staff number nor email: callers in a queue or a menu, and calls that have no agent yet. "
        "Many for long: calls are not being given to anybody.",
        "none",
        Query(f"sum({queries.per_application('tccc_unassigned_sessions')})"),
    )


def _folded() -> stat.Panel:
    return stat_panel(
        "People folded into other",
        "Staff members without series of their own, because there are more than staff.max_series allows; they are "
        "added up under other. More than 0: raise staff.max_series, or accept that these people are not told apart.",
        "none",
        Query(f"sum({queries.per_application('tccc_staff_series_folded')})"),
    )


def _on_a_call() -> table.Panel:
    panel = merged(
        table_panel(
            "Who is on a call",
            "Staff with a session now, the longest call first; since when the oldest of their sessions has been "
            "accepted. A person without a time has sessions that are not accepted yet. Very long: ask whether the "
            "call is real, or was never ended. Empty where nobody is on a call, or where series of single people are "
            "switched off.",
            "none",
            Query(f"{SESSIONS} > 0", ref="sessions"),
            Query(f"{ON_A_CALL} * 1000", ref="since"),
            Query(f"clamp_min(time() - {ON_A_CALL}, 0)", ref="for"),
            no_value="-",
        ),
        {
            "application": "Application",
            "staff_number": "Staff number",
            "staff_email": "Email",
            "Value #sessions": "Sessions",
            "Value #since": "Since",
            "Value #for": "For",
        },
    ).sort_by([common.TableSortByFieldState().display_name("For").desc(True)])
    column_unit(panel, "Since", "dateTimeAsIsoNoDateIfToday")
    column_unit(panel, "For", "dtdurations")
    return column_widths(panel, {"Staff number": 110, "Sessions": 85, "Since": 160, "For": 110})


def _per_person() -> bargauge.Panel:
    return (
        bargauge.Panel()
        .title("Sessions per person")
        .description(
            "The fifteen people with the most sessions now. Usually one each; more: somebody consults or holds calls, "
            "or sessions were never ended. Empty where nobody is on a call, or series of single people are switched "
            "off."
        )
        .unit("none")
        .no_value("nobody, or switched off")
        .min(0)
        .color_scheme(fixed(palette.IN_PROGRESS))
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .name_placement(options.BarGaugeNamePlacement.LEFT)
        .min_viz_height(16)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]))
        .with_target(
            instant(Query(f"sort_desc(topk(15, {SESSIONS} > 0))", "{{application}} {{staff_number}} {{staff_email}}"))
        )
    )


def _people_over_time() -> timeseries.Panel:
    return graph(
        "People on calls",
        "Staff with one session or more, in each application, without those who are folded into other. A fall while "
        "callers wait: people are away from the phone. Empty where series of single people are switched off.",
        "none",
        Query(
            f"sum by (application) (({SINGLE_SESSIONS}) > bool 0) or on (application) {NOBODY}",
            "{{application}}",
        ),
    ).no_value("switched off")


def _busiest_over_time() -> timeseries.Panel:
    return with_threshold_lines(
        graph(
            "Most sessions of one person",
            "The most sessions that any one staff member has, in each application. The dashed lines are the "
            "thresholds in force at that time.",
            "none",
            Query(queries.BUSIEST.per_application, "{{application}}"),
        ),
        queries.BUSIEST,
    )


def _unassigned_over_time() -> timeseries.Panel:
    return graph(
        "Sessions of nobody",
        "Sessions with neither staff number nor email, in each application. Rising: calls come in faster than they are "
        "given to people.",
        "none",
        Query(queries.per_application("tccc_unassigned_sessions"), "{{application}}"),
    )
