"""How far the observed series are from the truth, at several scrape intervals, over eight emulated hours.

The contact center is driven directly, in simulated time; its snapshots are complete, and its timestamps whole seconds,
as the API's are. At the end nobody calls any more and every call is followed to its end, so that the books are closed.
"""

from __future__ import annotations

import sys
from statistics import fmean

from benchmarks.document import Table
from exporter.emulator.call import Call, CallDirection
from exporter.emulator.center import ContactCenter
from exporter.emulator.listing import Listing
from exporter.metrics.observed import RETURN_GRACE, ObservedSessions
from exporter.sessions.model import Session, Snapshot

INTERVALS = (5, 15, 60)
HOURS = 8
SESSIONS = 60
START = 1_700_000_000
TARGET_SECONDS = 20.0


class Course(Listing):
    """What happened in a contact center that is scraped at an interval, and what was observed of it.

    `ends`: when every session ended, in seconds since the start. `old` are the sessions of the first moment, `waiting`
    those of them that were not accepted by then; `seen` were in any snapshot, `answered` were accepted in one.
    """

    def __init__(self, interval: int) -> None:
        """Run it."""
        super().__init__()
        self.ends: dict[Call, float] = {}
        self.center: ContactCenter | None = None
        self.center = center = ContactCenter(seed=1, start=START, sessions=SESSIONS, listing=self)
        self.old = set(center.sessions)
        self.waiting = {session for session in center.sessions if session.accepted is None}
        self.seen: set[Call] = set()
        self.answered: set[Call] = set()
        self.observed = ObservedSessions()
        # Scrapes come at any moment of a second, not at its beginning.
        at, end = START + 0.5, START + HOURS * 3600
        while len(center) or at < end:
            if at >= end:
                center.target = 0.0
            center.advance(at)
            self.seen.update(center.sessions)
            self.answered.update(session for session in center.sessions if session.accepted is not None)
            self.observed.observe(_snapshot(center, at))
            at += interval
        self.observed.observe(_snapshot(center, at + RETURN_GRACE))

    def remove(self, session: Call) -> None:
        """Take a session out and note when."""
        super().remove(session)
        if self.center is not None:
            self.ends[session] = self.center.now - START

    def figures(self) -> dict[str, str]:
        """Return what was observed, beside the truth."""
        observed, ends = self.observed, self.ends
        new = ends.keys() - self.old
        accepted = {session: session.accepted for session in ends if session.accepted is not None}
        waits = {one: at - one.started for one, at in accepted.items() if one in new or one in self.waiting}
        inbound = [wait for session, wait in waits.items() if session.direction is CallDirection.INBOUND]
        talks = {session: ends[session] - at for session, at in accepted.items()}
        started, ended = sum(observed.started.values()), sum(observed.ended.values())
        observed_waits = sum(sum(one.counts) for one in observed.waits.values())
        observed_talk = sum(one.sum for one in observed.talks.values())
        observed_talks = sum(sum(one.counts) for one in observed.talks.values())
        assert (started, ended) == (len(self.seen - self.old), len(self.seen))
        assert observed_talks == len(self.answered)
        unanswered = ends.keys() - accepted.keys()
        unseen = (unanswered & new) - self.seen
        observed_unanswered = sum(count for (_, outcome), count in observed.ended.items() if outcome == "unanswered")
        cut = sum(talks[session] for session in self.answered) - observed_talk
        inbound_waits = observed.waits["inbound"]
        in_time = sum(inbound_waits.counts[: list(inbound_waits.bounds).index(TARGET_SECONDS) + 1])
        within = f"inbound calls answered within {TARGET_SECONDS:g} s, of those answered"
        return {
            "calls never seen, of those started": f"{1 - started / len(new):.1%}",
            "unanswered calls never seen, of all of them": f"{len(unseen) / len(unanswered):.1%}",
            "waits observed, of the calls answered": f"{observed_waits / len(waits):.1%}",
            f"{within}: observed": f"{in_time / sum(inbound_waits.counts):.1%}",
            f"{within}: in truth": f"{fmean(wait <= TARGET_SECONDS for wait in inbound):.1%}",
            "calls ended unanswered, of those ended: observed": f"{observed_unanswered / ended:.1%}",
            "calls ended unanswered, of those ended: in truth": f"{len(unanswered) / len(ends):.1%}",
            "talk cut short, mean of the calls seen talking": f"{cut / len(self.answered):.1f} s",
            "mean talk: observed": f"{observed_talk / observed_talks:.1f} s",
            "mean talk: in truth": f"{fmean(talks.values()):.1f} s",
            "talk time missing, of all talk": f"{1 - observed_talk / sum(talks.values()):.1%}",
        }


def _snapshot(center: ContactCenter, at: float) -> Snapshot:
    sessions = tuple(
        Session(
            session.session_id,
            session.status.value,
            "inbound" if session.direction is CallDirection.INBOUND else "outbound",
            float(int(START + session.started)),
            None if session.accepted is None else float(int(START + session.accepted)),
        )
        for session in center.sessions
    )
    time, total = float(int(at)), len(sessions)
    return Snapshot(
        sessions=sessions, total=total, complete=True, requests=1, server_time=time, finished=at, at=at, duration=0.0
    )


def main() -> None:
    """Print the table."""
    figures = {f"{interval} s": Course(interval).figures() for interval in INTERVALS}
    names = next(iter(figures.values()))
    rows = [
        {"time between two scrapes": name, **{interval: found[name] for interval, found in figures.items()}}
        for name in names
    ]
    sys.stdout.write(Table(rows).markdown() + "\n")


if __name__ == "__main__":
    main()
