"""The simulated contact center: callers, a queue, staff, and the sessions that come of it.

An inbound caller hears a greeting, waits in the queue (first come, first served), rings at the desk of whoever has
been idle longest, and talks; or loses patience before that. An outbound call is dialled by somebody idle, rings at the
customer's, and is answered or not. Nothing here knows the wall clock: time is what `advance` says.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, deque
from collections.abc import Callable
from itertools import count
from random import Random
from uuid import UUID

from exporter.emulator.arrivals import Arrivals, daily_curve
from exporter.emulator.call import Call, CallDirection, Outcome, Status
from exporter.emulator.listing import Listing
from exporter.emulator.staff import SLOT, SLOTS_PER_DAY, Staff, headcount

MEAN_HOLDING_TIME = 180.0
"""Mean length of a talk in seconds."""

MEAN_PATIENCE = 180.0
"""Mean time in seconds after which a caller who has not been answered gives up."""

_START_OF_DAY = 8.5 * 3600
"""The time of day at which every center starts: the load is at its mean, and rising."""

_WARM_UP = 60.0
_HOLDING_SIGMA = 0.8
_HOLDING_MU = math.log(MEAN_HOLDING_TIME) - _HOLDING_SIGMA**2 / 2
_OUTBOUND_SHARE = 0.25
_OUTBOUND_ANSWERED = 0.7
_GREETING = (4.0, 12.0)
_DESK_RINGS = (2.0, 8.0)
_CUSTOMER_RINGS = (5.0, 20.0)
_CUSTOMER_RINGS_IN_VAIN = (20.0, 40.0)
_MEAN_TIME_SERVED = 170.0
_TYPICAL_WAIT = 13.0


class ContactCenter:
    """A contact center and its day, which is the same for the same seed, however finely it is advanced."""

    def __init__(
        self,
        *,
        seed: int | str = 0,
        start: int,
        sessions: float = 60.0,
        staff: int | None = None,
        listing: Listing | None = None,
    ) -> None:
        """Open a center that is in its steady state at once.

        `start` is the Unix time that the day begins at; whatever it is, it is half past eight in the morning there.
        `sessions` is the mean number of concurrent sessions over a day, and `staff` the number of people employed,
        enough for the day's peak by default.
        """
        self.start = start
        self.started: Counter[CallDirection] = Counter()
        self.ended: Counter[tuple[CallDirection, Outcome]] = Counter()
        self._listing = Listing() if listing is None else listing
        self._random = Random(seed)
        self._now = -_WARM_UP
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._event_numbers = count()
        self._session_numbers = count()
        self._queue: deque[Call] = deque()
        self._has_enough_staff = staff is None
        self._staff = Staff(headcount(sessions) if staff is None else staff, self._slot)
        self._arrivals = Arrivals(self._random, sessions, self._expected_time(sessions))
        self._target_changes = 0
        self._fill(round(sessions * daily_curve(self._time_of_day)))
        self._schedule(-self._time_of_day % SLOT, self._change_shifts)
        self._schedule_arrival(self._target_changes)
        self.advance(start)
        self.started.clear()
        self.ended.clear()

    @property
    def now(self) -> float:
        """The Unix time that the center has been advanced to."""
        return self.start + self._now

    @property
    def sessions(self) -> list[Call]:
        """All sessions of now, oldest first."""
        return sorted(self._listing, key=lambda session: session.number)

    @property
    def staff(self) -> Staff:
        """The people who work here."""
        return self._staff

    @property
    def target(self) -> float:
        """The mean number of concurrent sessions over a day. Setting it, people are hired where staff is unlimited."""
        return self._arrivals.sessions

    @target.setter
    def target(self, sessions: float) -> None:
        if self._has_enough_staff:
            self._staff.hire(max(headcount(sessions) - len(self._staff.members), 0))
            self._serve_queue()
        self._arrivals.sessions = sessions
        self._arrivals.mean_time = self._expected_time(sessions)
        self._target_changes += 1
        self._schedule_arrival(self._target_changes)

    def __len__(self) -> int:
        return len(self._listing)

    def count(self, status: Status | None = None, direction: CallDirection | None = None) -> int:
        """Return the number of sessions in a status, in a direction, or in both."""
        return sum(
            (status is None or session.status == status) and (direction is None or session.direction == direction)
            for session in self._listing
        )

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return at most `limit` sessions from position `offset` of the list on, in the order of its listing."""
        return self._listing.page(offset, limit)

    def advance(self, to_timestamp: float) -> None:
        """Let everything happen up to a Unix time; a time already passed changes nothing."""
        end = to_timestamp - self.start
        while self._events and self._events[0][0] <= end:
            self._now, _, handler, arguments = heapq.heappop(self._events)
            handler(*arguments)
        self._now = max(self._now, end)

    @property
    def _time_of_day(self) -> float:
        return _START_OF_DAY + self._now

    @property
    def _slot(self) -> int:
        return int(self._time_of_day // SLOT) % SLOTS_PER_DAY

    def _schedule(self, delay: float, handler: Callable[..., None], *arguments: object) -> None:
        heapq.heappush(self._events, (self._now + delay, next(self._event_numbers), handler, arguments))

    def _schedule_arrival(self, target_changes: int) -> None:
        delay = self._arrivals.next_candidate()
        if delay is not None:
            self._schedule(delay, self._arrive, target_changes)

    def _change_shifts(self) -> None:
        self._schedule(SLOT, self._change_shifts)
        self._staff.change_shifts(self._slot)
        self._serve_queue()

    def _arrive(self, target_changes: int) -> None:
        if target_changes != self._target_changes:
            return
        self._schedule_arrival(target_changes)
        if not self._arrivals.is_arrival(self._time_of_day):
            return
        if self._random.random() < _OUTBOUND_SHARE and self._staff.is_idle:
            self._dial()
        else:
            session = self._new_session(CallDirection.INBOUND, self._now)
            self._schedule(self._random.uniform(*_GREETING), self._enqueue, session)
            self._schedule(self._random.expovariate(1 / MEAN_PATIENCE), self._give_up, session)

    def _dial(self) -> None:
        session = self._new_session(CallDirection.OUTBOUND, self._now)
        session.staff_member = self._staff.take()
        session.rang = self._now
        if self._random.random() < _OUTBOUND_ANSWERED:
            self._schedule(self._random.uniform(*_CUSTOMER_RINGS), self._answer, session)
        else:
            self._schedule(self._random.uniform(*_CUSTOMER_RINGS_IN_VAIN), self._give_up, session)

    def _enqueue(self, session: Call) -> None:
        if not session.ended:
            self._queue.append(session)
            self._serve_queue()

    def _serve_queue(self) -> None:
        while self._queue and self._staff.is_idle:
            session = self._queue.popleft()
            if not session.ended:
                session.staff_member = self._staff.take()
                session.rang = self._now
                self._schedule(self._random.uniform(*_DESK_RINGS), self._answer, session)

    def _answer(self, session: Call) -> None:
        if not session.ended:
            session.accepted = self._now
            self._schedule(self._random.lognormvariate(_HOLDING_MU, _HOLDING_SIGMA), self._end, session)

    def _give_up(self, session: Call) -> None:
        if session.accepted is None:
            self._end(session)

    def _end(self, session: Call) -> None:
        session.ended = True
        self._listing.remove(session)
        outcome = Outcome.UNANSWERED if session.accepted is None else Outcome.ANSWERED
        self.ended[session.direction, outcome] += 1
        self._arrivals.session_ended(self._now, self._now - session.started)
        if session.staff_member is not None:
            self._staff.release(session.staff_member)
            self._serve_queue()

    def _new_session(self, direction: CallDirection, started: float) -> Call:
        key = UUID(int=self._random.getrandbits(128), version=4)
        session = Call(next(self._session_numbers), key, direction, started)
        self._listing.add(session)
        self.started[direction] += 1
        return session

    def _expected_time(self, sessions: float) -> float:
        # The fluid model of a queue with impatient callers: whoever exceeds the staff waits, and leaves after a
        # patience. Good enough to begin with; what sessions really take is learned as they end.
        served = self._staff.on_shift / MEAN_HOLDING_TIME
        excess = sessions - self._staff.on_shift
        return sessions / (served + excess / MEAN_PATIENCE) if excess > 0 else _MEAN_TIME_SERVED

    def _fill(self, sessions: int) -> None:
        talking = min(sessions, self._staff.on_shift)
        found = [self._talk_under_way() for _ in range(talking)]
        found += [(self._random.expovariate(1 / MEAN_PATIENCE), None) for _ in range(sessions - talking)]
        for age, remaining in sorted(found, key=lambda talk: talk[0], reverse=True):
            outbound = remaining is not None and self._random.random() < _OUTBOUND_SHARE
            session = self._new_session(CallDirection(outbound), self._now - age)
            if remaining is None:
                self._queue.append(session)
                self._schedule(self._random.expovariate(1 / MEAN_PATIENCE), self._give_up, session)
            else:
                session.staff_member = self._staff.take()
                session.rang = session.started
                session.accepted = session.started + _TYPICAL_WAIT
                self._schedule(remaining, self._end, session)

    def _talk_under_way(self) -> tuple[float, float | None]:
        # A talk found under way at a random moment is longer than most (the inspection paradox): a log-normal length
        # weighted by itself has a mu that is larger by sigma squared, and any moment of it is equally likely.
        length = self._random.lognormvariate(_HOLDING_MU + _HOLDING_SIGMA**2, _HOLDING_SIGMA)
        spoken = self._random.random() * length
        return _TYPICAL_WAIT + spoken, length - spoken
