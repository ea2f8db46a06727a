"""What happened between snapshots: sessions that started and ended, how long they waited and talked.

The API tells of sessions that are up and of nothing else, so this is what comparing each snapshot with those before it
shows. A counter cannot take back an end, and a session that comes back was never gone; so an end is counted late,
rather than wrongly: after the session has not been seen for `RETURN_GRACE`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import product, takewhile
from typing import Literal

import msgspec

from exporter.metrics import catalog
from exporter.metrics.series import Series
from exporter.metrics.session_series import CONNECTED_BUCKETS, WAITING_BUCKETS
from exporter.sessions.model import DIRECTIONS, FINISHED, Direction, Session, Snapshot

RETURN_GRACE = 120.0
"""Seconds without a sight of a session after which it has ended. They bear two missed scrapes at one a minute."""

UNPROVEN_LIMIT = 600.0
"""Seconds after which an unseen session is forgotten, its end uncounted, where no snapshot of that time is complete.
Without complete snapshots there are no ends, and what is remembered would grow for ever.
"""

Outcome = Literal["answered", "unanswered"]
OUTCOMES: tuple[Outcome, ...] = ("answered", "unanswered")


class Histogram:
    """Counts of values by bucket, the last of which takes what is above all bounds, and the sum of the values."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class ObservedSessions:
    """Follows the sessions of one application from snapshot to snapshot, and counts what becomes of them.

    The first snapshot is the baseline: its sessions are followed, but have not started here. A start is counted under
    the direction that the session is first seen with; its wait, its end and its talk under the one told last, because
    the API may leave it out at first. Sessions without an id cannot be followed.
    """

    def __init__(self) -> None:
        self.started: dict[Direction, int] = dict.fromkeys(DIRECTIONS, 0)
        self.ended: dict[tuple[Direction, Outcome], int] = dict.fromkeys(product(DIRECTIONS, OUTCOMES), 0)
        self.waits = {direction: Histogram(WAITING_BUCKETS) for direction in DIRECTIONS}
        self.talks = {direction: Histogram(CONNECTED_BUCKETS) for direction in DIRECTIONS}
        self._up: dict[str, _Call] = {}
        self._missing: dict[str, _Call] = {}
        self._latest = 0.0
        """The server's time of the latest snapshot."""
        self._latest_at = 0.0
        """The same in the event loop's time, by which it is measured how long ago a session was seen."""
        self._unproven_since: float | None = None
        self._baseline_before = math.inf

    def observe(self, snapshot: Snapshot) -> None:
        """Compare a snapshot, which is to be later than those before, with what is known."""
        is_baseline = self._baseline_before == math.inf
        now = snapshot.server_time
        before, up = self._up, {}
        for session in snapshot.sessions:
            key = session.id
            call = before.pop(key, None)
            if call is None:
                if not key or key in up:
                    continue
                call = self._missing.pop(key, None) or self._first_sight(session, is_baseline=is_baseline)
            up[key] = call
            if session.direction != call.direction:
                call.direction = call.direction if session.direction == "unknown" else session.direction
            if not call.wait_is_settled:
                self._settle_wait(call, session)
            if session.status == FINISHED and call.finished is None:
                call.finished = now
        for call in before.values():
            call.last_seen, call.last_seen_at = self._latest, self._latest_at
        self._missing.update(before)
        self._up, self._latest, self._latest_at = up, now, snapshot.at
        if is_baseline:
            # What an unproven baseline missed is no start when it turns up; the API tells how old it is.
            self._baseline_before = -math.inf if snapshot.complete else now - snapshot.duration
        if snapshot.complete:
            self._unproven_since = None
            self._end_missing(snapshot.at)
        else:
            self._forget_missing(snapshot.at)

    def add_to(self, series: Series) -> None:
        """Add all counts as they are now."""
        for direction, count in self.started.items():
            series.add(catalog.OBSERVED_STARTED, count, {"direction": direction}, suffix="_total")
        for (direction, outcome), count in self.ended.items():
            labels = {"direction": direction, "outcome": outcome}
            series.add(catalog.OBSERVED_ENDED, count, labels, suffix="_total")
        for family, histograms in ((catalog.OBSERVED_WAIT, self.waits), (catalog.OBSERVED_TALK, self.talks)):
            for direction, histogram in histograms.items():
                labels = {"direction": direction}
                series.add_histogram(family, labels, histogram.bounds, histogram.counts, histogram.sum)

    def _first_sight(self, session: Session, *, is_baseline: bool) -> _Call:
        old = is_baseline or (session.started is not None and session.started < self._baseline_before)
        if not old:
            self.started[session.direction] += 1
        return _Call(
            session.direction,
            session.started,
            session.accepted,
            session.accepted_untimed,
            wait_is_settled=old and session.is_accepted,
        )

    def _settle_wait(self, call: _Call, session: Session) -> None:
        # What a response leaves out, another one may tell.
        if call.started is None:
            call.started = session.started
        if call.accepted is None:
            call.accepted = session.accepted
            call.accepted_untimed = session.accepted_untimed or call.accepted_untimed
        if call.started is not None and call.accepted is not None:
            call.wait_is_settled = True
            self.waits[call.direction].observe(max(0.0, call.accepted - call.started))

    def _end_missing(self, at: float) -> None:
        for key, call in self._unseen(at, RETURN_GRACE):
            del self._missing[key]
            is_answered = call.accepted is not None or call.accepted_untimed
            self.ended[call.direction, "answered" if is_answered else "unanswered"] += 1
            if call.accepted is not None:
                until = call.last_seen if call.finished is None else call.finished
                self.talks[call.direction].observe(max(0.0, until - call.accepted))

    def _forget_missing(self, at: float) -> None:
        if self._unproven_since is None:
            self._unproven_since = at
        if at - self._unproven_since > UNPROVEN_LIMIT:
            for key, _ in self._unseen(at, UNPROVEN_LIMIT):
                del self._missing[key]

    def _unseen(self, at: float, seconds: float) -> Iterable[tuple[str, _Call]]:
        """Return the missing sessions that have not been seen for more than so many seconds, longest unseen first."""
        return list(takewhile(lambda item: at - item[1].last_seen_at > seconds, self._missing.items()))


class _Call(msgspec.Struct, gc=False):
    """A session that is followed. `finished` is when it was first listed as such, `last_seen` is that of a missing one.

    All of it in the server's time, but for `last_seen_at`, which is in the event loop's. Its wait is settled where it
    has been counted, or is not to be.
    """

    direction: Direction
    started: float | None
    accepted: float | None
    accepted_untimed: bool
    wait_is_settled: bool
    finished: float | None = None
    last_seen: float = 0.0
    last_seen_at: float = 0.0
