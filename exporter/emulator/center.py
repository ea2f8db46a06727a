"""The simulated contact center: callers, queues, staff, and the sessions that come of it.

An inbound caller hears a greeting, chooses a skill group, waits in its queue (first come, first served), rings at the
desk of whoever of the group has been free longest, and talks; or loses patience before that. A few talks end with a
transfer to somebody outside. An outbound call is dialled by somebody free, rings at the customer's, and is answered or
not. Nothing here knows the wall clock: time is what `advance` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from random import Random
from uuid import UUID

from exporter.emulator import durations
from exporter.emulator.arrivals import Arrivals, daily_curve
from exporter.emulator.call import Call, CallDirection, Outcome, Status
from exporter.emulator.events import Events
from exporter.emulator.inbound import Inbound, inbound_of
from exporter.emulator.listing import Listed, Listing
from exporter.emulator.opening import find_sessions
from exporter.emulator.queues import Queues
from exporter.emulator.shifts import STAFF_PER_SESSION, headcount
from exporter.emulator.skill_groups import DEFAULT_SKILL_GROUPS, Membership, SkillGroup
from exporter.emulator.staff import Staff, StaffMember
from exporter.emulator.statuses import START_OF_DAY, StaffStatus
from exporter.emulator.transfers import Transfers
from exporter.emulator.workday import Workday

_WARM_UP = 60.0


class ContactCenter:
    """A contact center and its day, which is the same for the same seed, however finely it is advanced.

    `staff` are the people who work there, `listing` is the list that the API shows.
    """

    def __init__(
        self,
        *,
        seed: int | str = 0,
        start: int,
        sessions: float = 60.0,
        staff: int | None = None,
        skill_groups: Sequence[SkillGroup] = DEFAULT_SKILL_GROUPS,
        listed: Listed = Listed.ALL,
        listing: Listing | None = None,
    ) -> None:
        """Open a center that is in its steady state at once.

        `start` is the Unix time that the day begins at; whatever it is, it is half past eight in the morning there.
        `sessions` is the mean number of concurrent sessions over a day, and `staff` the number of people employed,
        enough for the day's peak by default. `listing` is an empty list, `listed` which sessions are to be in it.
        """
        self.start = start
        self.skill_groups = tuple(skill_groups)
        self.started: Counter[CallDirection] = Counter()
        self.ended: Counter[tuple[CallDirection, Outcome]] = Counter()
        self.listing = Listing() if listing is None else listing
        self._sessions = self.listing if listed is Listed.ALL else Listing()
        self._random = Random(seed)
        self._events = Events(-_WARM_UP)
        self._session_numbers = count()
        self._membership = Membership(self.skill_groups)
        self._queues = Queues(self._membership.ids)
        self._transfers = Transfers(self._membership.ids, self._events, self._random)
        self._has_enough_staff = staff is None
        size = headcount(sessions, len(self.skill_groups)) if staff is None else staff
        self.staff = Staff(size, self._events.now, self._membership)
        self._workday = Workday(self.staff, self._events, self._random, self._serve)
        self._arrivals = Arrivals(self._random, sessions, self._expected_time(sessions))
        self._target_changes = 0
        self._fill(round(sessions * daily_curve(START_OF_DAY + self._events.now)))
        self._schedule_arrival(self._target_changes)
        self.advance(start)
        self.started.clear()
        self.ended.clear()

    @property
    def now(self) -> float:
        """The Unix time that the center has been advanced to."""
        return self.start + self._events.now

    @property
    def sessions(self) -> list[Call]:
        """All sessions of now, oldest first."""
        return sorted(self._sessions, key=lambda session: session.number)

    @property
    def target(self) -> float:
        """The mean number of concurrent sessions over a day. Setting it, people are hired where staff is unlimited."""
        return self._arrivals.sessions

    @target.setter
    def target(self, sessions: float) -> None:
        if self._has_enough_staff:
            enough = headcount(sessions, len(self.skill_groups))
            self._workday.hire(max(enough - len(self.staff.members), 0))
        self._arrivals.sessions = sessions
        self._arrivals.mean_time = self._expected_time(sessions)
        self._target_changes += 1
        self._schedule_arrival(self._target_changes)

    def __len__(self) -> int:
        return len(self._sessions)

    def count(self, status: Status | None = None, direction: CallDirection | None = None) -> int:
        """Return the number of sessions in a status, in a direction, or in both."""
        return sum(
            (status is None or session.status == status) and (direction is None or session.direction == direction)
            for session in self._sessions
        )

    def inbound(self) -> Inbound:
        """Return how many inbound calls are at which stage, and for how long, in total and by skill group."""
        return inbound_of(self._sessions, self._transfers.counts, self._events.now)

    def staff_statuses(self, skill_group: int | None = None) -> Counter[StaffStatus]:
        """Return the number of staff members in each status, of a skill group or of all."""
        return self.staff.statuses(skill_group)

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return at most `limit` sessions from position `offset` of the list on, in the order of its listing."""
        return self.listing.page(offset, limit)

    def advance(self, to_timestamp: float) -> None:
        """Let everything happen up to a Unix time; a time already passed changes nothing."""
        self._events.run_until(to_timestamp - self.start)

    def _schedule_arrival(self, target_changes: int) -> None:
        delay = self._arrivals.next_candidate()
        if delay is not None:
            self._events.schedule(delay, self._arrive, target_changes)

    def _arrive(self, target_changes: int) -> None:
        if target_changes != self._target_changes:
            return
        self._schedule_arrival(target_changes)
        if not self._arrivals.is_arrival(START_OF_DAY + self._events.now):
            return
        caller = self.staff.longest_free() if self._random.random() < durations.OUTBOUND_SHARE else None
        if caller is not None:
            self._dial(caller)
        else:
            session = self._new_session(CallDirection.INBOUND, self._events.now)
            self._events.schedule(self._random.uniform(*durations.GREETING), self._enqueue, session)
            self._events.schedule(self._random.expovariate(1 / durations.MEAN_PATIENCE), self._give_up, session)

    def _dial(self, caller: StaffMember) -> None:
        session = self._new_session(CallDirection.OUTBOUND, self._events.now)
        self.staff.change_status(caller, StaffStatus.BUSY, self._events.now)
        session.staff_member = caller
        session.rang = self._events.now
        if self._random.random() < durations.OUTBOUND_ANSWERED:
            self._events.schedule(self._random.uniform(*durations.CUSTOMER_RINGS), self._answer, session)
        else:
            self._events.schedule(self._random.uniform(*durations.CUSTOMER_RINGS_IN_VAIN), self._give_up, session)

    def _enqueue(self, session: Call) -> None:
        if session.ended:
            return
        group = self._membership.chosen(self._random)
        session.skill_group = group
        session.queued = self._events.now
        member = self.staff.longest_free(group)
        if member is None:
            self._queues.add(session, group)
        else:
            self._ring(session, member)

    def _serve(self, member: StaffMember) -> None:
        session = self._queues.first(member.skill_groups)
        if session is not None:
            self._queues.discard(session)
            self._ring(session, member)

    def _ring(self, session: Call, member: StaffMember) -> None:
        self.staff.change_status(member, StaffStatus.BUSY, self._events.now)
        session.staff_member = member
        session.rang = self._events.now
        self._events.schedule(self._random.uniform(*durations.DESK_RINGS), self._answer, session)

    def _answer(self, session: Call) -> None:
        if not session.ended:
            self._accept(session, self._events.now)
            talk = self._random.lognormvariate(durations.HOLDING_MU, durations.HOLDING_SIGMA)
            self._events.schedule(talk, self._end, session)

    def _accept(self, session: Call, at: float) -> None:
        session.accepted = at
        if self.listing is not self._sessions:
            self.listing.add(session)

    def _give_up(self, session: Call) -> None:
        if session.accepted is None:
            self._end(session)

    def _end(self, session: Call) -> None:
        session.ended = True
        self._sessions.remove(session)
        answered = session.accepted is not None
        if answered and self.listing is not self._sessions:
            self.listing.remove(session)
        self.ended[session.direction, Outcome.ANSWERED if answered else Outcome.UNANSWERED] += 1
        self._arrivals.session_ended(self._events.now, self._events.now - session.started)
        if session.staff_member is None:
            self._queues.discard(session)
        else:
            if answered and session.skill_group is not None:
                self._transfers.talk_ended(session.skill_group)
            self._workday.call_ended(session.staff_member, answered=answered)

    def _new_session(self, direction: CallDirection, started: float) -> Call:
        key = UUID(int=self._random.getrandbits(128), version=4)
        session = Call(next(self._session_numbers), key, direction, started)
        self._sessions.add(session)
        self.started[direction] += 1
        return session

    def _expected_time(self, sessions: float) -> float:
        # Good enough to begin with: what sessions really take is learned as they end.
        is_enough = self.staff.on_shift >= sessions * STAFF_PER_SESSION
        return durations.MEAN_TIME_SERVED if is_enough else durations.MEAN_PATIENCE

    def _fill(self, sessions: int) -> None:
        self._workday.find_breaks()
        for found in find_sessions(sessions, self.staff.free, self._membership, self._random):
            member = None if found.remaining is None else self.staff.longest_free(found.skill_group)
            outbound = found.outbound and member is not None
            session = self._new_session(CallDirection(outbound), self._events.now - found.age)
            if not outbound:
                session.skill_group = found.skill_group
                session.queued = session.started + durations.TYPICAL_GREETING
            if found.remaining is None or member is None:
                self._queues.add(session, found.skill_group)
                self._events.schedule(self._random.expovariate(1 / durations.MEAN_PATIENCE), self._give_up, session)
                continue
            session.staff_member = member
            session.rang = session.started if session.queued is None else session.queued
            self._accept(session, session.started + durations.TYPICAL_WAIT)
            self.staff.find(member, StaffStatus.BUSY, session.rang)
            self._events.schedule(found.remaining, self._end, session)
            self._workday.find_after_call_work(found.skill_group)
        for member in self.staff.free:
            self._serve(member)
        self._workday.find_free()
