"""The numbers of now about queues and people, for all chosen applications together."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat

from grafana import queries, signals
from grafana.links import to_queues
from grafana.signals import or_from_the_list
from grafana.staff_queries import NOBODY, SINGLE_SESSIONS
from grafana.stats import colored_by_threshold, without_threshold

COLORS = "The color follows the thresholds in the exporter's configuration; without one it is gray."
FROM_THE_LIST = (
    "Where the collector inbound is off or fails, it is taken from the session list, if anybody was ever seen waiting "
    "there."
)

IN_QUEUE_OF_EACH = or_from_the_list(signals.QUEUED, signals.WAITING)
LONGEST_IN_QUEUE_OF_EACH = or_from_the_list(signals.LONGEST_QUEUE, signals.LONGEST_WAIT)
BUSY = queries.per_application("tccc_staff_members", 'status="busy"')
ON_CALLS_OF_EACH = (
    f"({BUSY}\n  or on (application) "
    f"(sum by (application) (({SINGLE_SESSIONS}) > bool 0) or on (application) {NOBODY}))"
)


def in_queue() -> stat.Panel:
    """Return how many callers wait."""
    return colored_by_threshold(
        "In the queue",
        f"Callers who wait for somebody now. {COLORS} Red: too few people are answering; the dashboard Queues tells "
        f"which queue it is. {FROM_THE_LIST}",
        "none",
        (signals.QUEUED, signals.WAITING),
        f"sum({IN_QUEUE_OF_EACH})",
    ).links([to_queues()])


def longest_in_queue() -> stat.Panel:
    """Return how long the caller who has waited longest has been waiting."""
    return colored_by_threshold(
        "Longest in the queue",
        f"How long the caller who has waited longest has been waiting; 0 for none. {COLORS} Red: somebody waits too "
        f"long now; the dashboard Queues tells where. {FROM_THE_LIST}",
        "dthms",
        (signals.LONGEST_QUEUE, signals.LONGEST_WAIT),
        f"max({LONGEST_IN_QUEUE_OF_EACH})",
    ).links([to_queues()])


def free() -> stat.Panel:
    """Return how many people can take a call."""
    return colored_by_threshold(
        "Free",
        f"Staff who can take a call now (status free). {COLORS} Red: the next caller waits; ask who is not ready, on a "
        "break or in after-call work to come back, see the dashboard Staff.",
        "none",
        (signals.FREE,),
    ).links([to_queues()])


def on_calls() -> stat.Panel:
    """Return how many people are on a call."""
    return without_threshold(
        "On calls",
        "Staff who are on a call now (status busy in the API's words, in a call in the console's). Close to all who "
        "are signed in: nobody is left for the next caller. Where the collector staff is off or fails, it counts the "
        "people in the session list.",
        f"sum({ON_CALLS_OF_EACH})",
        collector="staff",
        name="people",
    )


def after_call_work() -> stat.Panel:
    """Return how long anybody has been in after-call work."""
    return colored_by_threshold(
        "Longest after-call work",
        "How long the one who has been in after-call work longest has been in it; 0 for nobody. Calls are not given to "
        f"people in it. {COLORS} Red: somebody may have forgotten to leave it; the dashboard Staff tells who.",
        "dthms",
        (signals.AFTER_CALL_WORK,),
    )
