"""The graphs about queues and people: of single skill groups, and of applications."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from grafana import queries, signals, tiles
from grafana.panels import Query, graph, with_threshold_lines

CHOSEN = 'skill_group=~"$skill_group"'
"""The matcher of the skill groups that are chosen, in a row that is repeated for each: of that one."""

STATUSES = {
    "free": ("free", "free"),
    "busy": ("busy", "on a call"),
    "wrap": ("afterCallWork", "after-call work"),
    "unready": ("notReady", "not ready"),
    "rest": ("rest", "rest"),
}
"""The statuses of people who are signed in, by the names of queries: the API's word and ours."""

ABOUT_STATUSES = (
    "People who are signed in, by status: free, on a call (busy in the API's words), in after-call work, not ready "
    "(which the console shows as busy), at rest."
)

NOT_READ = "not collected, or cannot be read"
"""What a graph of applications shows in the place of curves."""


def calls(stage: str) -> str:
    """Return the calls of the chosen skill groups in a stage, as PromQL."""
    return queries.per_application("tccc_skill_group_inbound_calls", f'stage="{stage}", {CHOSEN}', queries.GROUP)


def staff(status: str) -> str:
    """Return the people of the chosen skill groups by status (a regular expression), as PromQL."""
    by = f"{queries.GROUP}, status"
    return queries.per_application("tccc_skill_group_staff_members", f'status=~"{status}", {CHOSEN}', by)


def waiting() -> timeseries.Panel:
    """Return who waits in a queue, and at whom calls ring, with the thresholds."""
    return with_threshold_lines(
        graph(
            "In the queue and ringing",
            "Callers who wait in this queue, and calls that ring at somebody. The dashed lines are its thresholds in "
            "force at that time. In the queue beyond a red line: put people of another queue into this one.",
            "none",
            Query(f"sum({calls('queue')})", "in the queue"),
            Query(f"sum({calls('ringing')})", "ringing", "B"),
        ),
        signals.QUEUED.of_groups(CHOSEN),
    )


def longest() -> timeseries.Panel:
    """Return how long the one who has waited longest has been waiting, with the thresholds."""
    return with_threshold_lines(
        graph(
            "Longest in the queue, over time",
            "How long the caller who had waited longest at that time had been waiting. The dashed lines are the "
            "thresholds of this queue. It climbs: nobody answers; beyond a red line: somebody has to, now.",
            "dthms",
            Query(signals.LONGEST_QUEUE.of_groups(CHOSEN).value, "in the queue"),
        ),
        signals.LONGEST_QUEUE.of_groups(CHOSEN),
    )


def staff_by_status() -> timeseries.Panel:
    """Return the people of a queue by status, with the thresholds of those who are free."""
    return with_threshold_lines(
        graph(
            "Its people, by status",
            f"{ABOUT_STATUSES} The dashed lines are the thresholds of those who are free, at the bottom. No blue "
            "while callers wait: get people back from not ready and rest.",
            "none",
            *(Query(f"sum({staff(word)})", name, ref) for ref, (word, name) in STATUSES.items()),
            stacked=True,
        ),
        signals.FREE.of_groups(CHOSEN),
    )


def in_queue_of_applications() -> timeseries.Panel:
    """Return who waits, for each application, with the thresholds."""
    return with_threshold_lines(
        graph(
            "In the queue, by application",
            "Callers who wait in each application. The dashed lines are the thresholds in force at that time. Beyond "
            f"a red one: too few people are answering. {tiles.FROM_THE_LIST}",
            "none",
            Query(tiles.IN_QUEUE_OF_EACH, "{{application}}"),
        ).no_value(NOT_READ),
        signals.QUEUED,
        signals.WAITING,
    )


def staff_of_applications() -> timeseries.Panel:
    """Return the people of all applications by status."""
    each = {word: queries.per_application("tccc_staff_members", f'status="{word}"') for word, _ in STATUSES.values()}
    return graph(
        "Staff, by status",
        f"{ABOUT_STATUSES} No blue while callers wait: get people back from not ready and rest. Empty where the "
        "collector staff is off or fails.",
        "none",
        *(Query(f"sum({each[word]})", name, ref) for ref, (word, name) in STATUSES.items()),
        stacked=True,
    ).no_value(NOT_READ)
