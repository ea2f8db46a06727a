"""How far the observed series are from the truth, at several scrape intervals, over eight emulated hours.

The contact center is driven directly, in simulated time; its snapshots are complete, and its timestamps whole seconds,
as the API's are. At the end nobody calls any more and every call is followed to its end, so that the books are closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exporter.emulator.call import Call, CallDirection
from exporter.emulator.center import ContactCenter
from exporter.emulator.listing import Listing
from exporter.metrics.observed import RETURN_GRACE, Histogram, ObservedSessions
from exporter.sessions.model import Session, Snapshot

INTERVALS = (5, 15, 60)
HOURS = 8
SESSIONS = 60
START = 1_700_000_000
TARGET_SECONDS = 20.0


class RecordingListing(Listing):
    """Keeps every session that ever was in it, and when it was taken out, in seconds since the start of the center."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[Call, float] = {}
        self.center: ContactCenter | None = None

    def remove(self, session: Call) -> None:
        """Take a session out and note when."""
        super().remove(session)
        if self.center is not None:
            self.ends[session] = self.center.now - START


@dataclass
class Course:
    """What happened, and what was observed of it. `seen` are the sessions that were in any snapshot, `answered` those
    that were accepted in one, and `old` those of the first one, True where they were accepted by then.
    """

    ends: dict[Call, float]
    sessions: ObservedSessions
    old: dict[Call, bool]
    seen: set[Call] = field(default_factory=set)
    answered: set[Call] = field(default_factory=set)


def main() -> None:
    """Print the table."""
    courses = {interval: _run(interval) for interval in INTERVALS}
    calls = len(courses[INTERVALS[0]].ends)
    print(f"\nWhat is observed beside the truth, {calls} calls in {HOURS} hours, by the time between two scrapes\n")
    print(f"| | {' | '.join(f'{interval} s' for interval in INTERVALS)} |")
    print("| --- |" + " --- |" * len(INTERVALS))
    rows = [_figures(course) for course in courses.values()]
    for name in rows[0]:
        print(f"| {name} | {' | '.join(row[name] for row in rows)} |")


def _run(interval: int) -> Course:
    listing = RecordingListing()
    center = ContactCenter(seed=1, start=START, sessions=SESSIONS, listing=listing)
    listing.center = center
    old = {session: session.accepted is not None for session in center.sessions}
    course = Course(listing.ends, ObservedSessions(), old)
    # Scrapes come at any moment of a second, not at its beginning.
    at = START + 0.5
    while len(center) or at < START + HOURS * 3600:
        if at >= START + HOURS * 3600:
            center.target = 0.0
        center.advance(at)
        course.seen.update(center.sessions)
        course.answered.update(session for session in center.sessions if session.accepted is not None)
        course.sessions.observe(_snapshot(center, at))
        at += interval
    course.sessions.observe(_snapshot(center, at + RETURN_GRACE))
    return course


def _snapshot(center: ContactCenter, at: float) -> Snapshot:
    sessions = tuple(
        Session(
            session.session_id,
            session.status.value,
            "inbound" if session.direction is CallDirection.INBOUND else "outbound",
            _whole(session.started),
            None if session.accepted is None else _whole(session.accepted),
        )
        for session in center.sessions
    )
    return Snapshot(
        sessions=sessions,
        total=len(sessions),
        complete=True,
        requests=1,
        server_time=float(int(at)),
        finished=at,
        at=at,
        duration=0.0,
    )


def _whole(offset: float) -> float:
    return float(int(START + offset))


def _figures(course: Course) -> dict[str, str]:
    sessions, ends = course.sessions, course.ends
    new = [session for session in ends if session not in course.old]
    accepted = {session: session.accepted for session in ends if session.accepted is not None}
    waits = [at - session.started for session, at in accepted.items() if not course.old.get(session, False)]
    talks = {session: ends[session] - at for session, at in accepted.items()}
    started, ended = sum(sessions.started.values()), sum(sessions.ended.values())
    observed_waits = sum(sum(one.counts) for one in sessions.waits.values())
    observed_talk = sum(one.sum for one in sessions.talks.values())
    observed_talks = sum(sum(one.counts) for one in sessions.talks.values())
    assert (started, ended) == (len(course.seen - course.old.keys()), len(course.seen))
    assert observed_talks == len(course.answered)
    unanswered = len(ends) - len(accepted)
    unseen_unanswered = sum(session not in course.seen and session.accepted is None for session in new)
    observed_unanswered = sum(count for (_, outcome), count in sessions.ended.items() if outcome == "unanswered")
    cut = sum(talks[session] for session in course.answered) - observed_talk
    inbound = [
        at - session.started
        for session, at in accepted.items()
        if session.direction is CallDirection.INBOUND and not course.old.get(session, False)
    ]
    level = sum(wait <= TARGET_SECONDS for wait in inbound) / len(inbound)
    within = f"inbound calls answered within {TARGET_SECONDS:g} s, of those answered"
    return {
        "calls never seen, of those started": f"{1 - started / len(new):.1%}",
        "unanswered calls never seen, of all of them": f"{unseen_unanswered / unanswered:.1%}",
        "waits observed, of the calls answered": f"{observed_waits / len(waits):.1%}",
        f"{within}: observed": f"{_share_below(sessions.waits['inbound']):.1%}",
        f"{within}: in truth": f"{level:.1%}",
        "calls ended unanswered, of those ended: observed": f"{observed_unanswered / ended:.1%}",
        "calls ended unanswered, of those ended: in truth": f"{unanswered / len(ends):.1%}",
        "talk cut short, mean of the calls seen talking": f"{cut / len(course.answered):.1f} s",
        "mean talk: observed": f"{observed_talk / observed_talks:.1f} s",
        "mean talk: in truth": f"{sum(talks.values()) / len(talks):.1f} s",
        "talk time missing, of all talk": f"{1 - observed_talk / sum(talks.values()):.1%}",
    }


def _share_below(waits: Histogram) -> float:
    within = sum(waits.counts[: list(waits.bounds).index(TARGET_SECONDS) + 1])
    return within / sum(waits.counts)


if __name__ == "__main__":
    main()
