"""The queues dashboard: every skill group in one table, and each by itself below."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard

from grafana import links, palette, queries, queue_graphs, signals, tiles
from grafana.common import assemble, query_variable
from grafana.panels import Query
from grafana.queries import GROUP, per_application
from grafana.queue_graphs import CHOSEN, calls, staff
from grafana.shared import collector, data_age, firing_alerts
from grafana.stats import colored_by_threshold, without_threshold
from grafana.tables import column_bars, column_link, column_unit, column_widths, merged, state_column, table_panel

COLORS = "The color follows the thresholds of the skill group in the exporter's configuration; without one it is gray."
NAMED = f"{GROUP}, skill_group"
NOBODY_FREE = palette.State(1.5, "⚠ nobody free", palette.WARNING.color)
NOT_COLLECTED = palette.State(-2, "not collected", palette.NO_THRESHOLD.color)


def build() -> dashboard.Dashboard:
    """Return the dashboard of the queues."""
    groups = (
        "label_values({__name__=~"
        f'"tccc_skill_group_inbound_calls|tccc_skill_group_staff_members", {queries.APPLICATION}}}, skill_group)'
    )
    return assemble(
        links.QUEUES,
        "Contact center: queues",
        "Who waits in which queue and for how long, and who is there to answer. All queues (skill groups) stand in the "
        "table, the worst first; each has a row of its own below. A click on its name leaves that row alone.",
        [
            ((0, 0, 4, 4), tiles.in_queue()),
            ((4, 0, 4, 4), tiles.longest_in_queue()),
            ((8, 0, 4, 4), tiles.free()),
            ((12, 0, 3, 4), tiles.on_calls()),
            ((15, 0, 3, 4), collector("inbound")),
            ((18, 0, 3, 4), collector("staff")),
            ((21, 0, 3, 4), data_age("inbound|staff", "queues and staff were read")),
            ((0, 4, 16, 11), _groups()),
            ((16, 4, 8, 11), firing_alerts()),
            ((0, 15, 24, 1), builders.Row("Queue: $skill_group").repeat("skill_group")),
            ((0, 16, 3, 4), _in_queue()),
            ((3, 16, 3, 4), _longest()),
            ((6, 16, 3, 4), _ringing()),
            ((9, 16, 3, 4), _connected()),
            ((12, 16, 3, 4), _free()),
            ((15, 16, 3, 4), _on_calls()),
            ((18, 16, 3, 4), _not_ready()),
            ((21, 16, 3, 4), _after_call_work()),
            ((0, 20, 8, 7), queue_graphs.waiting()),
            ((8, 20, 8, 7), queue_graphs.longest()),
            ((16, 20, 8, 7), queue_graphs.staff_by_status()),
        ],
        variables=[query_variable("skill_group", groups)],
        refresh="10s",
        since="now-3h",
    )


def _groups() -> table.Panel:
    queued, free = (per_application(one.group_metric, one.labels, NAMED) for one in (signals.QUEUED, signals.FREE))
    panel = merged(
        table_panel(
            "All queues",
            "Every skill group of the chosen applications, the worst first. Nobody free: callers wait in it, and none "
            "of its people is free to take them; get somebody back from a break, or put people of another queue into "
            "it. Critical, warning: beyond a threshold of its own. Where the collector inbound or staff is off, or the "
            "list of staff cannot be read, columns stay empty; where a collector fails, a line says so. A click on a "
            "name shows that queue alone below.",
            "none",
            Query(_state_of_groups(), ref="state"),
            Query(queued, ref="queued"),
            Query(per_application("tccc_skill_group_inbound_longest_seconds", 'stage="queue"', NAMED), ref="longest"),
            Query(_calls("ringing"), ref="ringing"),
            Query(_calls("connected"), ref="connected"),
            Query(free, ref="free"),
            Query(_staff("busy"), ref="busy"),
            Query(f"sum by ({NAMED}) ({_staff('notReady|rest', f'{NAMED}, status')})", ref="absent"),
            Query(_staff("afterCallWork"), ref="wrap"),
            no_value="-",
        ),
        {
            "application": "Application",
            "skill_group": "Queue",
            "Value #state": "State",
            "Value #queued": "In the queue",
            "Value #longest": "Longest",
            "Value #ringing": "Ringing",
            "Value #connected": "Connected",
            "Value #free": "Free",
            "Value #busy": "On calls",
            "Value #absent": "Not ready",
            "Value #wrap": "After call",
        },
    ).sort_by(
        [
            common.TableSortByFieldState().display_name("State").desc(True),
            common.TableSortByFieldState().display_name("Longest").desc(True),
        ]
    )
    state_column(panel, "State", palette.mapping(also=(NOBODY_FREE, NOT_COLLECTED)))
    column_bars(panel, "In the queue", palette.QUEUE)
    column_bars(panel, "Free", palette.FREE)
    column_unit(panel, "Longest", "dthms")
    column_link(panel, "Queue", links.queue("Application"))
    return column_widths(
        panel,
        {
            "State": 125,
            "In the queue": 120,
            "Longest": 85,
            "Ringing": 75,
            "Connected": 90,
            "Free": 100,
            "On calls": 75,
            "Not ready": 85,
            "After call": 85,
        },
    )


def _calls(stage: str) -> str:
    return per_application("tccc_skill_group_inbound_calls", f'stage="{stage}"', NAMED)


def _staff(status: str, by: str = NAMED) -> str:
    return per_application("tccc_skill_group_staff_members", f'status=~"{status}"', by)


def _state_of_groups() -> str:
    known = f"({_calls('queue')} or {_staff('free')})"
    queued, free = signals.QUEUED.of_groups().each, signals.FREE.of_groups().each
    # Where it is not known who belongs to which group, there is none with anybody free, and it says nothing.
    nobody_free = f"(({queued} > 0 unless on ({GROUP}) {free} > 0) and on (application) {free})"
    groups = [signal.of_groups() for signal in signals.OF_GROUPS]
    return (
        f"({known} and on ({GROUP}) {signals.any_beyond(groups, signals.CRITICAL)}) * 0 + {palette.CRITICAL.level}\n"
        f"or ({known} and on ({GROUP}) {nobody_free}) * 0 + {NOBODY_FREE.level}\n"
        f"or ({known} and on ({GROUP}) {signals.any_beyond(groups, signals.WARNING)}) * 0 + {palette.WARNING.level}\n"
        f"or ({known} and on ({GROUP}) {signals.any_thresholds(groups)}) * 0 + {palette.OK.level}\n"
        f"or {known} * 0 + {palette.NO_THRESHOLD.level}\n"
        f"or {_applications_without_groups()}"
    )


def _applications_without_groups() -> str:
    """Return why groups of an application, or columns of theirs, are missing, in the place of a group's name."""
    beside = "inbound|staff"
    failing = queries.failing(beside)
    off = f"{per_application('tccc_up')} unless on (application) {queries.collectors(beside)}"
    lost = queries.applications_of_lost_exporters()
    return (
        f'label_replace({failing}, "skill_group", "collector $1", "collector", "(.+)") + {palette.FAILING.level}\n'
        f'or label_replace({off}, "skill_group", "-", "", "") * 0 + {NOT_COLLECTED.level}\n'
        f'or label_replace({lost}, "skill_group", "-", "", "") * 0 + {palette.EXPORTER_DOWN.level}'
    )


def _in_queue() -> stat.Panel:
    return colored_by_threshold(
        "In the queue",
        f"Callers who wait in this queue now. {COLORS} Red: more calls come in than its people answer; put people of "
        "another queue into this one.",
        "none",
        (signals.QUEUED.of_groups(CHOSEN),),
    )


def _longest() -> stat.Panel:
    return colored_by_threshold(
        "Longest in the queue",
        f"How long the caller who has waited longest in this queue has been waiting; 0 for none. {COLORS} Red: "
        "somebody waits too long; see beside who is free, and who is not ready.",
        "dthms",
        (signals.LONGEST_QUEUE.of_groups(CHOSEN),),
    )


def _ringing() -> stat.Panel:
    return without_threshold(
        "Ringing",
        "Calls of this queue that ring at somebody who has not answered yet. Many for long: people do not answer what "
        "is given to them; ask whether they are at their desks.",
        f"sum({calls('ringing')})",
        collector="inbound",
        name="calls",
        key=GROUP,
    )


def _connected() -> stat.Panel:
    return without_threshold(
        "Connected",
        "Calls of this queue that somebody is talking in. None while callers wait: nobody answers, or nobody is "
        "signed in.",
        f"sum({calls('connected')})",
        collector="inbound",
        name="calls",
        key=GROUP,
    )


def _free() -> stat.Panel:
    return colored_by_threshold(
        "Free",
        f"People of this queue who can take a call now (status free). {COLORS} Red: the next caller waits; ask those "
        "who are not ready to come back. Who belongs to several queues counts in each.",
        "none",
        (signals.FREE.of_groups(CHOSEN),),
    )


def _on_calls() -> stat.Panel:
    return without_threshold(
        "On calls",
        "People of this queue who are on a call now, of whichever queue (status busy in the API's words, in a call in "
        "the console's). All of them while callers wait: more people are needed.",
        f"sum({staff('busy')})",
        collector="staff",
        name="people",
        key=GROUP,
    )


def _not_ready() -> stat.Panel:
    return without_threshold(
        "Not ready",
        "People of this queue who are signed in and take no calls: on a break (status rest), or not ready (status "
        "notReady, which the console shows as busy). Many while callers wait: ask them to come back.",
        f"sum({staff('notReady|rest')})",
        collector="staff",
        name="people",
        key=GROUP,
    )


def _after_call_work() -> stat.Panel:
    return colored_by_threshold(
        "Longest after-call work",
        "How long the one of this queue who has been in after-call work longest has been in it; 0 for nobody. "
        f"{COLORS} Red: it may have been forgotten; the dashboard Staff tells who it is.",
        "dthms",
        (signals.AFTER_CALL_WORK.of_groups(CHOSEN),),
    )
