"""The rate budget: how many requests a second an account may send.

Tencent Cloud counts requests as they arrive, and does not say whether its second is fixed or sliding. A request takes
one of N places when it is sent, and the place is free again one second after the request was answered, less half of the
smallest round trip r. Let the request leave at s, arrive at a and be answered at b, and the next one in its place leave
at s' >= b + 1 - r/2 and arrive at a'. What lies between the arrivals is (a' - s') + (s' - b) + (b - a) >= 1 - r/2 plus
the way there of the one and the way back of the other. However both vary, they take what the bare network takes, and of
that the smallest round trip is at most the double. So the N places let no N + 1 requests arrive within one second,
whatever second the server counts. A request that is given up is taken to have arrived by then.

Answers that take differently long would scatter a burst over the next second. So the first place that is free again
after all were taken waits a little for others: requests that leave together see the list at nearly the same time, and
the process wakes up once for all of them.

Somebody else may use the same key, most likely a second exporter. When the server throttles all the same, the budget
in force falls at once to what one of two may take, and to less while refusals come thick; it grows back the faster the
longer nothing is refused. Whoever sends bursts in the same rhythm as another one keeps getting all or nothing of the
server's second, and the one who gets all never learns of the other: so while the budget is cut, requests go out apart,
by pauses of random length.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
from collections import deque
from collections.abc import Callable

WINDOW = 1.0
"""Seconds in which the server counts."""
WARM_AFTER = 2
"""Round trips per place until the smallest is believed: the first ones contain the making of a connection."""
GATHERED = 0.05
"""Seconds that the first free place waits for others at most. Where round trips vary by half, this saves a sixth to a
third of the CPU time of a long reading, which takes a fiftieth longer.
"""
CLOCK_RESOLUTION = 1e-6
"""Seconds by which a timer may fire early."""
SHARE = 0.55
"""What is left of the configured budget after the server has throttled. A little more than half, so that two who share
a key use all of it; what is too much of that is refused and comes again."""
THICK = 2.0
"""Refusals come thick, so that even the share is too much, where from one to the next less time goes by than the
configured budget allows so many requests in."""
EASED = 0.97
"""What is left of the budget in force after such a refusal."""
REGROWTH = 0.001
"""What part of the configured budget the one in force grows back in the first second without a refusal; in t seconds it
is t squared times as much."""
SPACING = 0.9
"""The mean pause between requests while the budget is cut, as a share of what would be even."""


class Lane:
    """The queue of one application. Lanes take turns, however many requests wait in each."""

    def __init__(self) -> None:
        self.turns: deque[asyncio.Future[None]] = deque()


class RateBudget:
    """The places of one account, shared by everything that sends requests with its key.

    Whoever is granted a place ends it by exactly one of `answered`, `given_up` and `unused`. To be used inside a
    running event loop, whose clock it keeps.
    """

    def __init__(self, requests_per_second: int, chance: Callable[[], float] = random.random) -> None:
        self.configured = requests_per_second
        """The requests a second that the account may send at best."""
        self._chance = chance
        self._cut_to = float(requests_per_second)
        self._throttled_at = -math.inf
        self._taken = 0
        self._cooling: list[float] = []
        self._next_at = -math.inf
        self._gathered_at = -math.inf
        self._smallest_round_trip = WINDOW
        self._round_trips = 0
        self._waiting: deque[Lane] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_force(self) -> float:
        """The requests a second that are allowed now: the configured ones, or fewer since the server throttled."""
        if self._cut_to >= self.configured:
            return float(self.configured)
        calm = asyncio.get_running_loop().time() - self._throttled_at
        return min(float(self.configured), self._cut_to + REGROWTH * self.configured * calm**2)

    def try_take(self) -> bool:
        """Take a place if one is free and nobody waits for it."""
        self._hand_out()
        if self._waiting or not self._has_free_place():
            return False
        self._occupy()
        return True

    async def take(self, lane: Lane, deadline: float) -> None:
        """Wait in a lane for a place; to be called before every attempt, retries too.

        `deadline` is a time of the running loop's clock; raises TimeoutError where no place is free before it.
        """
        loop = asyncio.get_running_loop()
        if loop.time() >= deadline:
            raise TimeoutError
        if self.try_take():
            return
        turn = self.queue(lane)
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except BaseException:
            self.leave(lane, turn)
            raise

    def queue(self, lane: Lane) -> asyncio.Future[None]:
        """Join the queue of a lane; what is returned is done when a place has been taken."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not lane.turns:
            self._waiting.append(lane)
        lane.turns.append(turn)
        self._watch()
        return turn

    def leave(self, lane: Lane, turn: asyncio.Future[None]) -> None:
        """Leave a queue, and give the place back where it has been taken already."""
        if turn.done() and not turn.cancelled():
            self.unused()
        elif turn in lane.turns:
            lane.turns.remove(turn)
            if not lane.turns:
                self._waiting.remove(lane)

    def answered(self, round_trip: float) -> None:
        """Give a place back whose request was answered, well or not, after so many seconds."""
        self._smallest_round_trip = min(self._smallest_round_trip, round_trip)
        self._round_trips += 1
        is_known = self._round_trips > WARM_AFTER * self.configured
        self._cool(WINDOW - self._smallest_round_trip / 2 if is_known else WINDOW)

    def given_up(self) -> None:
        """Give a place back whose request got no answer; it may have reached the server all the same."""
        self._cool(WINDOW)

    def unused(self) -> None:
        """Give a place back for which no request was sent."""
        self._taken -= 1
        self._next_at = -math.inf
        self._hand_out()

    def throttled(self) -> None:
        """Slow down: the server has refused a request for its rate."""
        now = asyncio.get_running_loop().time()
        allowed = min(self.in_force, self.configured * SHARE)
        if now - self._throttled_at < THICK / self.configured:
            allowed *= EASED
        self._cut_to, self._throttled_at = max(1.0, allowed), now

    @property
    def _is_cut(self) -> bool:
        return self.in_force < self.configured

    @property
    def _places(self) -> int:
        return max(1, int(self.in_force))

    def _has_free_place(self) -> bool:
        now = asyncio.get_running_loop().time() + CLOCK_RESOLUTION
        return self._taken < self._places and now >= max(self._next_at, self._gathered_at)

    def _occupy(self) -> None:
        self._taken += 1
        if self._is_cut:
            pause = SPACING / self.in_force * (0.5 + self._chance())
            self._next_at = asyncio.get_running_loop().time() + pause

    def _cool(self, seconds: float) -> None:
        # Later by what a timer may fire early.
        heapq.heappush(self._cooling, asyncio.get_running_loop().time() + seconds + CLOCK_RESOLUTION)
        self._watch()

    def _hand_out(self) -> None:
        """Take back the places whose second is over, and give what is free to the lanes that wait, in turn."""
        now = asyncio.get_running_loop().time() + CLOCK_RESOLUTION
        if self._taken >= self._places and self._cooling and self._cooling[0] <= now and not self._is_cut:
            self._gathered_at = max(at for at in self._cooling if at <= self._cooling[0] + GATHERED)
        while self._cooling and self._cooling[0] <= now:
            heapq.heappop(self._cooling)
            self._taken -= 1
        while self._waiting and self._has_free_place():
            lane = self._waiting.popleft()
            turn = lane.turns.popleft()
            if lane.turns:
                self._waiting.append(lane)
            if not turn.done():
                turn.set_result(None)
                self._occupy()
        self._watch()

    def _watch(self) -> None:
        """While someone waits, wake up when there may be a place again; one timer serves all."""
        if not self._waiting:
            return
        is_free = self._taken < self._places
        at = max(self._next_at, self._gathered_at) if is_free else min([self._regrown_at(), *self._cooling[:1]])
        if self._timer is not None and self._timer.when() > at:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and at < math.inf:
            self._timer = asyncio.get_running_loop().call_at(at, self._on_timer)

    def _regrown_at(self) -> float:
        """Return when the budget in force will have grown by a place."""
        if (more := self._places + 1) > self.configured:
            return math.inf
        return self._throttled_at + math.sqrt((more - self._cut_to) / (REGROWTH * self.configured)) + CLOCK_RESOLUTION

    def _on_timer(self) -> None:
        self._timer = None
        self._hand_out()
