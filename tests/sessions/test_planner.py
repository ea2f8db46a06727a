from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter.emulator.rate import RateWindow
from exporter.sessions.forecast import Forecast, Request
from exporter.sessions.model import PAGE_SIZE, Page, Session
from exporter.sessions.planner import Planner
from exporter.sessions.proof import LONG_LIST
from tests.moving_list import LOOSE_ORDERS, STRICT_ORDERS, Reading, World, read_again_and_again
from tests.virtual_time import run

WORLDS = st.builds(
    World,
    sessions=st.integers(0, 120) | st.integers(100, 900),
    order=st.sampled_from(STRICT_ORDERS),
    stay=st.floats(2.0, 600.0),
    latency=st.floats(0.0, 0.4),
    jitter=st.floats(0.0, 0.3),
    largest_page=st.integers(5, 25),
    lag=st.sampled_from((0.0, 0.0, 0.5, 3.0, 30.0)),
    rate=st.integers(5, 40),
    rate_window=st.sampled_from(RateWindow),
    seed=st.integers(0, 1_000_000),
)


@settings(max_examples=80, deadline=None)
@given(WORLDS)
@example(World(sessions=12, stay=2.0, latency=0.0, jitter=1e-06, largest_page=5, rate=5))
@example(
    World(
        sessions=654,
        stay=2.0,
        latency=0.0,
        jitter=0.050120630942036636,
        largest_page=5,
        rate=24,
        rate_window=RateWindow.FIXED,
    )
)
def test_what_is_called_complete_lacks_nothing(world: World) -> None:
    """Whatever comes and goes meanwhile, however long the ways, whatever the server makes of pages and totals."""
    for reading in run(read_again_and_again(world, 4)):
        if reading.snapshot.complete:
            assert not reading.missed
        assert reading.throttled == 0


@pytest.mark.parametrize("order", LOOSE_ORDERS)
def test_without_a_strict_order_nothing_false_is_claimed(order: str) -> None:
    """Not once in 500 snapshots, of lists of all lengths and of calls of all lengths."""
    readings: list[Reading] = []
    worlds = [
        World(sessions=sessions, order=order, stay=stay, jitter=jitter, seed=len(readings))
        for sessions in (40, 60, 100, 200, 400, 800, 1100)
        for stay in (60.0, 180.0)
        for jitter in (0.0, 0.03)
    ]
    for world in worlds:
        readings += run(read_again_and_again(world, 18))
    assert len(readings) >= 500
    assert not [reading for reading in readings if reading.snapshot.complete and reading.missed]


@pytest.mark.parametrize("order", STRICT_ORDERS)
@pytest.mark.parametrize("jitter", [0.0, 0.03])
def test_the_first_reading_of_a_long_list_is_hardly_dearer(order: str, jitter: float) -> None:
    """Nothing is known of how it moves; with the oldest first, it even has to be begun anew from its end."""
    for seed in range(3):
        world = World(sessions=5000, order=order, jitter=jitter, seed=seed)
        (reading,) = run(read_again_and_again(world, 1))
        assert reading.snapshot.complete
        assert not reading.missed
        assert reading.snapshot.requests < 1.35 * math.ceil(reading.snapshot.total / PAGE_SIZE)


PEOPLE = [Session(str(number), "inProgress", "inbound") for number in range(300)]


def with_a_gap() -> Planner:
    """Return one that has read 60 of the people in three pages, between the first two of which five are missing."""
    planner = Planner(Forecast(total=60, longest=PAGE_SIZE), 20)
    asked = [planner.next_request(1.0) for _ in range(3)]
    for request, first in zip(asked, (0, 30, asked[-1].offset), strict=True):
        answer(planner, request, PEOPLE[first : min(first + PAGE_SIZE, 60)], at=1.0)
    return planner


def answer(planner: Planner, request: Request, members: list[Session], at: float) -> None:
    planner.answered(request, Page(request.offset, 60, tuple(members), 0.0, at, at))


def test_a_repair_that_meets_neither_neighbor_is_not_built_on() -> None:
    """The list has moved in a way that nobody expected; what came in its place says nothing of where the gap is."""
    planner = with_a_gap()
    detached = planner.next_request(2.0)
    answer(planner, detached, PEOPLE[200:225], at=2.0)
    again = planner.next_request(3.0)
    assert abs(again.offset - detached.offset) < 5
    answer(planner, again, PEOPLE[20:45], at=3.0)
    assert not planner.wants_request()
    assert planner.proof.complete


def test_a_gap_is_not_given_up_for_a_run_of_bad_luck() -> None:
    """The list is pushed back by more than was predicted, time after time, so that a page lands on the one before."""
    planner = with_a_gap()
    for second in range(2, 16):
        assert planner.wants_request()
        answer(planner, planner.next_request(second), PEOPLE[:25], at=second)
    answer(planner, planner.next_request(16.0), PEOPLE[20:45], at=16.0)
    assert not planner.wants_request()
    assert planner.proof.complete


def test_a_gap_is_not_forgotten_where_what_should_repair_it_is_empty() -> None:
    """A total that lags tells of sessions that are gone; a moment later there are new ones."""
    planner = with_a_gap()
    answer(planner, planner.next_request(2.0), [], at=2.0)
    assert planner.wants_request()
    answer(planner, planner.next_request(3.0), PEOPLE[20:45], at=3.0)
    assert not planner.wants_request()
    assert planner.proof.complete


def test_a_page_far_behind_the_end_is_not_where_the_end_is_looked_for() -> None:
    """The list has become so short meanwhile that what overlaps such a page would be behind the end as well."""
    planner = Planner(Forecast(total=60, longest=PAGE_SIZE), 20)
    first, second, last = (planner.next_request(1.0) for _ in range(3))
    answer(planner, first, PEOPLE[:25], at=1.0)
    answer(planner, second, PEOPLE[second.offset : second.offset + PAGE_SIZE], at=1.0)
    planner.answered(last, Page(last.offset, 10, (), 0.0, 5.0, 5.0))
    end = second.offset + PAGE_SIZE
    again = planner.next_request(6.0)
    planner.answered(again, Page(again.offset, 10, tuple(PEOPLE[end - 10 : end][again.offset :]), 0.0, 6.0, 6.0))
    assert not planner.wants_request()
    assert planner.proof.complete


def test_what_was_noted_of_pages_behind_the_end_is_dropped_with_them() -> None:
    """They were read when the list was longer, and are not joined."""
    planner = Planner(Forecast(total=100, longest=PAGE_SIZE), 20)
    asked = [planner.next_request(1.0) for _ in range(5)]
    answer(planner, asked[0], PEOPLE[:25], at=1.0)
    planner.answered(asked[2], Page(asked[2].offset, 40, (), 0.0, 1.5, 1.5))
    for request, first in zip(asked[3:], (100, 200), strict=True):
        planner.answered(request, Page(request.offset, 300, tuple(PEOPLE[first : first + 25]), 0.0, 1.0, 1.0))
    answer(planner, asked[1], PEOPLE[asked[1].offset : asked[1].offset + 25], at=1.0)
    again = planner.next_request(2.0)
    assert again.offset < 40


def test_repairs_do_not_run_away_from_a_list_that_seemed_to_move_fast() -> None:
    """Four positions within a few milliseconds were a whim of chance."""
    planner = Planner(Forecast(total=60, longest=PAGE_SIZE), 20)
    first, second, last = (planner.next_request(1.0) for _ in range(3))
    answer(planner, first, PEOPLE[:25], at=1.0)
    answer(planner, second, PEOPLE[second.offset : second.offset + PAGE_SIZE], at=1.03)
    answer(planner, last, PEOPLE[second.offset + PAGE_SIZE :][: 60 - last.offset], at=1.0)
    for tenth in range(11, 25):
        assert planner.wants_request()
        repair = planner.next_request(tenth / 10)
        assert repair.offset < 60
        answer(planner, repair, PEOPLE[200 : 200 + 60 - repair.offset], at=tenth / 10)


def test_a_list_of_one_page_that_is_as_long_as_the_longest_takes_two_more_at_most() -> None:
    """Nothing tells that the server has not cut it but a shorter page behind it."""
    planner = Planner(Forecast(total=22, longest=22), 20)
    asked = [planner.next_request(1.0), planner.next_request(1.0)]
    while asked:
        request = asked.pop(0)
        planner.answered(request, Page(request.offset, 22, tuple(PEOPLE[request.offset : 22]), 0.0, 1.0, 1.0))
        if not asked and planner.wants_request():
            asked = [planner.next_request(1.0)]
    assert planner.proof.complete
    assert len(planner.proof.pages) <= 3


@pytest.mark.parametrize("order", STRICT_ORDERS)
def test_first_readings_of_one_burst_do_not_wait_for_a_second(order: str) -> None:
    """Even where answers take differently long, which nobody knows before the first one."""
    worlds = [World(sessions=365, order=order, latency=0.15, jitter=0.075, seed=seed) for seed in range(60)]
    snapshots = [run(read_again_and_again(world, 1))[0].snapshot for world in worlds]
    fitting = [snapshot for snapshot in snapshots if snapshot.total <= 400]
    assert len(fitting) > 50
    assert sum(snapshot.duration > 1.0 for snapshot in fitting) <= 1


@pytest.mark.parametrize("order", STRICT_ORDERS)
@pytest.mark.parametrize(("latency", "jitter"), [(0.02, 0.0), (0.06, 0.03), (0.15, 0.0)])
@pytest.mark.parametrize(("sessions", "most_requests", "most_seconds"), [(350, 1.35, 1.65), (5000, 1.2, 1.4)])
def test_lists_are_proven_at_the_speed_of_the_api(
    order: str, latency: float, jitter: float, sessions: int, most_requests: float, most_seconds: float
) -> None:
    """Ratios to the fewest requests that there can be, and to the time that they take at 20 a second."""
    world = World(sessions=sessions, order=order, latency=latency, jitter=jitter)
    readings = run(read_again_and_again(world, 8))[1:]
    assert all(reading.snapshot.complete and not reading.missed for reading in readings)
    assert sum(reading.throttled for reading in readings) == 0
    pages = [math.ceil(reading.snapshot.total / PAGE_SIZE) for reading in readings]
    requests = sum(reading.snapshot.requests for reading in readings)
    seconds = sum(reading.snapshot.duration for reading in readings)
    limit = sum((count - 1) // 20 + latency for count in pages)
    assert requests / sum(pages) < most_requests
    assert seconds / limit < most_seconds


@pytest.mark.parametrize("order", STRICT_ORDERS)
@pytest.mark.parametrize(("latency", "jitter"), [(0.02, 0.0), (0.06, 0.03), (0.15, 0.075)])
def test_lists_of_about_a_page_are_always_proven(order: str, latency: float, jitter: float) -> None:
    """Whether the first page holds all of them changes with every call."""
    worlds = [
        World(sessions=sessions, order=order, latency=latency, jitter=jitter, seed=seed)
        for sessions in (20, 23, 26)
        for seed in range(14)
    ]
    readings = [reading for world in worlds for reading in run(read_again_and_again(world, 6))]
    assert all(reading.snapshot.complete and not reading.missed for reading in readings)
    assert sum(reading.snapshot.requests for reading in readings) < 2.3 * len(readings)


@pytest.mark.parametrize("order", STRICT_ORDERS)
@pytest.mark.parametrize("sessions", [LONG_LIST, LONG_LIST + 100])
def test_lists_that_just_speak_for_themselves_are_proven_like_longer_ones(order: str, sessions: int) -> None:
    """Whether one shared session is enough there must not change while pages are under way, and has to be borne out."""
    readings: list[Reading] = []
    for seed in range(12):
        readings += run(read_again_and_again(World(sessions=sessions, order=order, jitter=0.03, seed=seed), 4))
    assert all(reading.snapshot.complete and not reading.missed for reading in readings)
    assert max(reading.snapshot.requests * PAGE_SIZE / reading.snapshot.total for reading in readings) < 1.5


def test_where_too_few_joins_corroborate_the_order_more_are_asked_for() -> None:
    """Every fourth page shares one session with the page before: 27 joins of 30 corroborate the order, and 30 must."""
    crowd = [Session(str(number), "inProgress", "inbound") for number in range(800)]
    planner, count = Planner(Forecast(total=800, longest=PAGE_SIZE), 40), 0
    while planner.wants_request():
        request = planner.next_request(1.0)
        first = request.offset + (count % 4 == 3 and request.attempts == 0)
        planner.answered(request, Page(request.offset, 800, tuple(crowd[first : first + PAGE_SIZE]), 0.0, 1.0, 1.0))
        count += 1
    assert planner.proof.complete
    assert count <= 36 + 3


@pytest.mark.parametrize(("sessions", "forecast", "most_requests"), [(60, 60, 5), (100, 2000, 24), (300, 2000, 30)])
def test_a_total_that_is_far_off_at_first_costs_little(sessions: int, forecast: int, most_requests: int) -> None:
    """It makes the planner believe in a long list, where more joins must corroborate the order than a short one has."""
    planner, total = Planner(Forecast(forecast, longest=PAGE_SIZE), 20), 2000
    while planner.wants_request():
        asked = []
        while planner.wants_request():
            asked.append(planner.next_request(1.0))
        for request in asked:
            members = tuple(PEOPLE[:sessions][request.offset : request.offset + PAGE_SIZE])
            planner.answered(request, Page(request.offset, total, members, 0.0, 1.0, 1.0))
            total = sessions
    assert planner.proof.complete
    assert len(planner.proof.pages) <= most_requests


@pytest.mark.parametrize("sessions", [600, 1100, 5000])
def test_sessions_that_are_put_elsewhere_in_the_list_do_not_confuse(sessions: int) -> None:
    """Each counts as gone and new; what it shares with pages far apart says nothing of how the list moves."""
    world = World(sessions=sessions, order="by-id", jitter=0.03, moves=1.0)
    readings = [one for seed in range(4) for one in run(read_again_and_again(replace(world, seed=seed), 3))]
    assert all(reading.snapshot.complete and not reading.missed for reading in readings)
    assert sum(reading.snapshot.requests * PAGE_SIZE / reading.snapshot.total for reading in readings) < 1.3 * 12


def test_a_very_long_list_is_proven_where_answers_take_differently_long() -> None:
    world = World(sessions=20_000, order="by-id", latency=0.15, jitter=0.075)
    for reading in run(read_again_and_again(world, 2)):
        assert reading.snapshot.complete
        assert not reading.missed
        assert reading.snapshot.requests < 1.4 * math.ceil(reading.snapshot.total / PAGE_SIZE)


class Still:
    """A list that stands still, read by a planner without a network."""

    def __init__(self, count: int, *, total: int | None = None, page_size: int = PAGE_SIZE) -> None:
        self.sessions = [Session(f"session-{number}", "inProgress", "inbound") for number in range(count)]
        self.total = count if total is None else total
        self.page_size = page_size

    def read(self, forecast: Forecast | None = None, burst: int = 20) -> tuple[list[int], Planner]:
        """Return the offsets that were asked for, and the planner; answers come in the sequence of the requests."""
        planner = Planner(forecast or Forecast(), burst)
        offsets, now = [], 0.0
        while True:
            under_way = []
            while planner.wants_request():
                request = planner.next_request(now)
                under_way.append(request)
                offsets.append(request.offset)
            assert len(under_way) <= burst
            if not under_way:
                return offsets, planner
            now += 0.1
            for request in under_way:
                members = tuple(self.sessions[request.offset : request.offset + self.page_size])
                planner.answered(request, Page(request.offset, self.total, members, 0.0, now - 0.1, now))


def test_an_empty_list_takes_one_page() -> None:
    offsets, planner = Still(0).read()
    assert offsets == [0]
    assert planner.has_reached_end


def test_the_first_short_page_is_looked_behind_until_a_longer_one_has_been_seen() -> None:
    """The server may have cut it; nothing else tells."""
    offsets, planner = Still(12).read()
    assert len(offsets) == 2
    assert Still(11).read(planner.forecast)[0] == [0]


def test_a_cold_start_takes_one_round_trip_more() -> None:
    offsets, planner = Still(400).read()
    assert offsets[0] == 0
    assert len(offsets) <= 20
    again, _ = Still(400).read(planner.forecast)
    assert len(again) <= 20


@pytest.mark.parametrize("count", range(400, 440, 3))
def test_what_fits_into_a_burst_is_read_in_one(count: int) -> None:
    offsets, planner = Still(count).read()
    assert len(offsets) <= 20
    again, _ = Still(count).read(planner.forecast)
    assert len(again) <= 20


@pytest.mark.parametrize("count", [25, 50, 75, 400, 1000])
def test_an_exact_multiple_of_the_page_size_is_read_to_its_end(count: int) -> None:
    _, planner = Still(count).read()
    assert planner.has_reached_end
    assert {session.id for page in planner.proof.pages for session in page.sessions} == {
        session.id for session in Still(count).sessions
    }


@given(count=st.integers(0, 600), total=st.integers(0, 100_000_000), page_size=st.just(0) | st.integers(5, 25))
@settings(deadline=None, max_examples=50)
def test_whatever_the_total_says_reading_ends(count: int, total: int, page_size: int) -> None:
    """Also where the server answers with empty pages only, or counts millions that it never shows."""
    offsets, _ = Still(count, total=total, page_size=page_size).read()
    assert len(offsets) <= 1.5 * math.ceil(max(count, 1) / max(page_size, 5)) * 5 + 150


def test_gaps_that_never_close_are_given_up() -> None:
    """Two halves that no page ever shows together."""
    planner = Planner(Forecast(), 20)
    offsets, now = [], 0.0
    while planner.wants_request():
        request = planner.next_request(now)
        offsets.append(request.offset)
        now += 0.1
        half = "left" if request.offset < 100 else "right"
        length = 25 if half == "left" else max(0, min(25, 200 - request.offset))
        members = tuple(
            Session(f"{half}-{request.offset + place}" if half == "right" else f"{len(offsets)}-{place}", "", "inbound")
            for place in range(length)
        )
        planner.answered(request, Page(request.offset, 200, members, 0.0, now - 0.1, now))
    assert len(offsets) < 1.5 * 8 + 20 + 1


def test_a_list_that_is_drawn_to_its_front_is_read_from_its_end() -> None:
    """So that what comes in there meanwhile need not be read. From its beginning, it takes 1.17 times its pages."""
    for seed in range(3):
        for reading in run(read_again_and_again(World(sessions=5000, order="oldest-first", stay=120.0, seed=seed), 3)):
            snapshot = reading.snapshot
            assert snapshot.requests < 1.12 * math.ceil(snapshot.total / PAGE_SIZE)


@pytest.mark.parametrize("largest_page", [6, 9])
def test_on_pages_cut_short_sessions_that_are_put_elsewhere_prove_nothing_false(largest_page: int) -> None:
    """On short pages, many a session that was put elsewhere stands where two pages seem to meet."""
    for order in ("by-id", "newest-first"):
        world = World(sessions=1200, order=order, jitter=0.03, moves=5.0, largest_page=largest_page)
        readings = run(read_again_and_again(world, 4))
        assert not [reading for reading in readings if reading.snapshot.complete and reading.missed]


@pytest.mark.parametrize("order", STRICT_ORDERS)
def test_the_first_reading_of_a_very_long_list_is_proven_where_answers_take_differently_long(order: str) -> None:
    world = World(sessions=20_000, order=order, latency=0.06, jitter=0.03)
    (reading,) = run(read_again_and_again(world, 1))
    assert reading.snapshot.complete
    assert not reading.missed
    assert reading.snapshot.requests < 1.5 * math.ceil(reading.snapshot.total / PAGE_SIZE)
