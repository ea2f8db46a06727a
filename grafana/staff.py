"""The staff dashboard: who does what, and who is on a call. It shows personal data, so it stands alone."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, common, stat, table, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard

from grafana import palette, queries, queue_graphs, signals, tiles
from grafana.common import assemble
from grafana.panels import Query, fixed, graph, instant, with_threshold_lines
from grafana.shared import collector, data_age, firing_alerts
from grafana.staff_queries import NOBODY, PERSON, SESSIONS, SINGLE_SESSIONS
from grafana.stats import colored_by_threshold, stat_panel
from grafana.tables import column_unit, column_widths, merged, state_column, table_panel

SINCE = f"min by ({PERSON}) ({queries.of_application('tccc_staff_call_start_timestamp_seconds')})"
ON_A_CALL = f"({SINCE} and on ({PERSON}) {SESSIONS} > 0)"
STATUS = f"max by ({PERSON}, status) ({queries.of_application('tccc_staff_status_since_timestamp_seconds')})"
FAILING_COLLECTOR = queries.failing_collectors("staff")
STATUSES = palette.texts(
    {
        **{word: (name, palette.BY_NAME[name]) for word, name in queue_graphs.STATUSES.values()},
        "off": ("not collected", palette.NO_THRESHOLD.color),
        "failing": ("? cannot be read", palette.FAILING.color),
    }
)
STATUS_UNKNOWN = (
    f"label_replace({queries.per_application('tccc_up')} unless on (application) {queries.collectors('staff')},"
    ' "status", "off", "", "")\n'
    f'or label_replace({FAILING_COLLECTOR}, "status", "failing", "", "")'
)
SWITCHED_OFF = "Shows off where the exporter is configured without series of single people (staff.labels: [])."


def build() -> dashboard.Dashboard:
    """Return the staff dashboard."""
    return assemble(
        "tccc-staff",
        "Contact center: staff",
        "Who does what and since when: free, on a call, in after-call work, not ready, at rest. Staff numbers and "
        "emails are personal data: restrict who may open this dashboard.",
        [
            ((0, 0, 3, 4), tiles.free()),
            ((3, 0, 3, 4), _people()),
            ((6, 0, 3, 4), tiles.after_call_work()),
            ((9, 0, 3, 4), _busiest()),
            ((12, 0, 3, 4), _unassigned()),
            ((15, 0, 3, 4), _folded()),
            ((18, 0, 3, 4), collector("staff")),
            ((21, 0, 3, 4), data_age("sessions|staff", "people were read")),
            ((0, 4, 12, 12), _who_does_what()),
            ((12, 4, 12, 12), _on_a_call()),
            ((0, 16, 6, 8), queue_graphs.staff_of_applications()),
            ((6, 16, 6, 8), _people_over_time()),
            ((12, 16, 6, 8), _busiest_over_time()),
            ((18, 16, 6, 8), _unassigned_over_time()),
            ((0, 24, 14, 8), _per_person()),
            ((14, 24, 10, 8), firing_alerts()),
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
        (signals.BUSIEST,),
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


def _who_does_what() -> table.Panel:
    panel = merged(
        table_panel(
            "Who does what",
            "Everybody who is signed in: the status of now, and since when. On a call is busy in the API's words; not "
            "ready is what the console shows as busy. Long after-call work, not ready or at rest while callers wait: "
            "ask them to come back. Empty where nobody is signed in, series of single people are switched off, or the "
            "list of staff cannot be read.",
            "none",
            Query(STATUS_UNKNOWN, ref="unknown"),
            Query(f"{STATUS} * 1000", ref="since"),
            Query(f"clamp_min(time() - {STATUS}, 0)", ref="for"),
            no_value="-",
        ),
        {
            "application": "Application",
            "staff_number": "Staff number",
            "staff_email": "Email",
            "status": "Status",
            "Value #since": "Since",
            "Value #for": "For",
        },
    ).sort_by(
        [
            common.TableSortByFieldState().display_name("Status").desc(False),
            common.TableSortByFieldState().display_name("For").desc(True),
        ]
    )
    state_column(panel, "Status", STATUSES)
    column_unit(panel, "Since", "dateTimeAsIsoNoDateIfToday")
    column_unit(panel, "For", "dtdurations")
    return column_widths(panel, {"Staff number": 110, "Status": 120, "Since": 160, "For": 130})


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
            Query(signals.BUSIEST.each, "{{application}}"),
        ),
        signals.BUSIEST,
    )


def _unassigned_over_time() -> timeseries.Panel:
    return graph(
        "Sessions of nobody",
        "Sessions with neither staff number nor email, in each application. Rising: calls come in faster than they are "
        "given to people.",
        "none",
        Query(queries.per_application("tccc_unassigned_sessions"), "{{application}}"),
    )
