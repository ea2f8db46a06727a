"""One color for each state, the same on every dashboard.

Green, orange, red and violet (a dark and a light one) say how well things are, and nothing else has them. Text always
says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard


@dataclass(frozen=True, slots=True)
class State:
    """How well something is: the number that queries give it, the text and the color that people see."""

    level: float
    text: str
    color: str


OK = State(0, "✓ ok", "#37872D")
WARNING = State(1, "⚠ warning", "#E0752D")
CRITICAL = State(2, "✖ critical", "#C4162A")
FAILING = State(3, "? cannot be read", "#7C4DBE")
EXPORTER_DOWN = State(4, "∅ exporter down", "#4B2E83")
NO_THRESHOLD = State(-1, "no threshold", "#4A5568")

STATES = (NO_THRESHOLD, OK, WARNING, CRITICAL, FAILING, EXPORTER_DOWN)

RINGING = "#F781BF"
SEAT_JOINING = "#C9A66B"
IN_PROGRESS = "#7B8CDE"
INBOUND = "#5794F2"
OUTBOUND = "#2CB5A9"
UNKNOWN = "#8E8E8E"
STARTED = "#8FA3BF"
ANSWERED = IN_PROGRESS
UNANSWERED = "#B07AA1"
QUEUE = "#D9C26B"
FREE = "#59B8D6"
AFTER_CALL_WORK = "#CDBBA7"
NOT_READY = "#A97B6E"
REST = "#6E8CA0"

APART = {
    "[06agmsy]": "#6E9FFF",
    "[17bhntz]": "#3FA7A0",
    "[28ciou]": "#C77DAE",
    "[39djpv]": "#B08D57",
    "[4ekqw]": "#8C96A8",
    "[5flrx]": "#4A6FA5",
}
"""The colors of series named after applications and the like, by the last character of the name.

Grafana's own palettes have the colors of the states in them.
"""

BY_NAME = {
    "ringing": RINGING,
    "seatJoining": SEAT_JOINING,
    "inProgress": IN_PROGRESS,
    "inbound": INBOUND,
    "outbound": OUTBOUND,
    "unknown": UNKNOWN,
    "in the queue": QUEUE,
    "free": FREE,
    "on a call": IN_PROGRESS,
    "after-call work": AFTER_CALL_WORK,
    "not ready": NOT_READY,
    "rest": REST,
}
"""The colors of series that are named after a status, a stage or a direction. A call and who is on it have the same."""


COLLECTORS = {"inbound": INBOUND, "staff": FREE}
"""The colors of what is read beside the session list."""

ACTIONS = dict(
    zip(
        (
            "DescribePSTNActiveSessionList",
            "DescribeCallInMetrics",
            "DescribeStaffStatusMetrics",
            "DescribeStaffInfoList",
        ),
        APART.values(),
        strict=False,
    )
)
"""The colors of the API's actions."""


def mapping(texts: dict[float, str] | None = None, also: Sequence[State] = ()) -> dashboard.ValueMap:
    """Return the mapping of levels to texts and colors; `texts` replaces the states' own, `also` are further ones."""
    texts = texts or {}
    return dashboard.ValueMap(
        options={
            str(state.level): dashboard.ValueMappingResult(
                text=texts.get(state.level, state.text), color=state.color, index=index
            )
            for index, state in enumerate((*STATES, *also))
        }
    )


def texts(shown: dict[str, tuple[str, str]]) -> dashboard.ValueMap:
    """Return a mapping of values to texts and colors."""
    return dashboard.ValueMap(
        options={
            value: dashboard.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(shown.items())
        }
    )
