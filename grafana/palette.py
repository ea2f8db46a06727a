"""One color for each state, the same on every dashboard.

Green, orange, red and violet say how well things are, and nothing else has them. Text always says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.models import dashboard


@dataclass(frozen=True, slots=True)
class State:
    """How well something is: the number that queries give it, the text and the color that people see."""

    level: int
    text: str
    color: str


OK = State(0, "✓ ok", "#37872D")
WARNING = State(1, "⚠ warning", "#E0752D")
CRITICAL = State(2, "✖ critical", "#C4162A")
NO_DATA = State(3, "? no data", "#7C4DBE")
NO_THRESHOLD = State(-1, "no threshold", "#4A5568")

STATES = (NO_THRESHOLD, OK, WARNING, CRITICAL, NO_DATA)

RINGING = "#F781BF"
SEAT_JOINING = "#C9A66B"
IN_PROGRESS = "#7B8CDE"
INBOUND = "#5794F2"
OUTBOUND = "#2CB5A9"
UNKNOWN = "#8E8E8E"
STARTED = "#8FA3BF"
ANSWERED = IN_PROGRESS
UNANSWERED = "#B07AA1"

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
}
"""The colors of series that are named after a status or a direction."""


def mapping(texts: dict[int, str] | None = None) -> dashboard.ValueMap:
    """Return the mapping of levels to texts and colors; `texts` replaces the states' own."""
    texts = texts or {}
    return dashboard.ValueMap(
        options={
            str(state.level): dashboard.ValueMappingResult(
                text=texts.get(state.level, state.text), color=state.color, index=index
            )
            for index, state in enumerate(STATES)
        }
    )
