from __future__ import annotations

import math
from random import Random

import pytest

from exporter.sessions.forecast import Forecast, Request
from exporter.sessions.model import PAGE_SIZE, Page
from exporter.sessions.proof import Overlap


def page(offset: int, at: float, total: int = 20_000, round_trip: float = 0.0) -> Page:
    return Page(offset, total, (), 0.0, at - round_trip / 2, at + round_trip / 2)


def forecast_of(rates: dict[int, float], total: int = 20_000) -> Forecast:
    """A forecast that has seen sessions at these positions move by so much a second, four times each."""
    forecast = Forecast(total=total, total_seen=0.0, longest=PAGE_SIZE).begin(20)
    for position, rate in list(rates.items()) * 4:
        see(forecast, position, rate)
    return forecast


def see(forecast: Forecast, position: int, shift: float, seconds: float = 1.0) -> None:
    """Show the session at a position, and once more when it has moved."""
    overlaps = [Overlap(page(position, 10.0), 0, 0)]
    forecast.learn(page(round(position + shift), 10.0 + seconds), overlaps, PAGE_SIZE, is_first=False)


def after(forecast: Forecast, position: int, seconds: float) -> int:
    """Return where the page after one that ends at a position is to begin, so many seconds later."""
    return forecast.after(Request(position - PAGE_SIZE, 0.0), seconds)


def test_nothing_moves_until_something_has_been_seen_to() -> None:
    forecast = forecast_of({})
    assert after(forecast, 100, 0.0) == 100 - 2
    assert 100 - 10 < after(forecast, 100, 1.0) < 100 - 2


def test_pages_follow_the_drift_of_their_stretch_of_the_list() -> None:
    forecast = forecast_of({2000: -10.0, 9000: -50.0})
    for position, rate in ((2100, -10), (9100, -50)):
        expected = position + rate
        assert expected - 20 < after(forecast, position, 1.0) < expected
        assert expected - 20 < forecast.before(Request(position, 0.0), 1.0) + PAGE_SIZE - 20 < expected + 20


def test_a_stretch_that_was_not_seen_moves_like_the_next_one() -> None:
    forecast = forecast_of({9000: -50.0, 2000: 0.0})
    assert after(forecast, 12_000, 2.0) < 12_000 - 100


def test_two_sessions_that_begin_within_a_moment_make_no_drift() -> None:
    forecast = forecast_of({})
    see(forecast, 200, 4.0, seconds=0.03)
    assert forecast.drift == {}


def test_what_is_remembered_yields_to_what_is_seen() -> None:
    before = forecast_of({2200: 30.0})
    now = before.begin(20)
    for _ in range(3):
        see(now, 2200, -30.0)
    assert now.drift[4].rate < -15
    assert before.drift[4].rate == pytest.approx(30)


def test_the_rate_and_the_deviation_are_those_of_chance() -> None:
    """Sessions before a position end at random, each every three minutes on average."""
    random, forecast = Random(1), forecast_of({})
    rates, deviations = [], []
    for _ in range(80):
        see(forecast, 9000, -sum(random.random() < 1 / 180 for _ in range(9000)))
        stretch = max(forecast.drift)
        rates.append(forecast.drift[stretch].rate)
        deviations.append(forecast.drift[stretch].deviation)
    assert sum(rates) / len(rates) == pytest.approx(-50, rel=0.05)
    assert math.sqrt(50) * 0.9 < sum(deviations) / len(deviations) < math.sqrt(50) * 1.5


def test_the_less_certain_a_position_is_the_more_do_pages_overlap() -> None:
    steady = forecast_of({2000: 0.0})
    overlaps = [2000 - after(steady, 2000, seconds) for seconds in (0.0, 0.1, 1.0, 3.0)]
    assert overlaps[0] == 2
    assert overlaps == sorted(overlaps)
    assert overlaps[-1] <= PAGE_SIZE * 3 // 4


def test_round_trips_that_vary_make_positions_uncertain_where_the_list_moves_fast() -> None:
    overlaps = []
    for variation in (0.0, 0.05):
        forecast = forecast_of({15_000: 100.0})
        for number in range(40):
            forecast.learn(page(0, 20.0, round_trip=0.1 + variation * (number % 2)), [], PAGE_SIZE, is_first=False)
        overlaps.append(15_100 - after(forecast, 15_100, 0.0))
    assert overlaps[0] < overlaps[1]


def test_a_repair_overlaps_more() -> None:
    forecast, left = forecast_of({}), Request(1000, 0.0)
    assert forecast.after(left, 1.0, is_repair=True) < forecast.after(left, 1.0)


def test_an_empty_page_says_more_of_the_end_than_the_total_until_sessions_are_seen_behind_it() -> None:
    forecast = forecast_of({}, total=1000)
    forecast.ends_before, forecast.end_seen = 400, 1.0
    assert forecast.length == 400
    forecast.learn(page(500, 2.0, total=1000), [], PAGE_SIZE, is_first=False)
    assert forecast.length == 1000


@pytest.mark.parametrize(("rates", "is_drawn"), [({0: 0.0, 19_900: -110.0}, True), ({0: 110.0, 19_900: 0.0}, False)])
def test_a_list_is_drawn_to_its_front_where_sessions_come_in_at_its_end(
    rates: dict[int, float], is_drawn: bool
) -> None:
    assert forecast_of(rates).is_drawn_to_front() == is_drawn
    assert not Forecast(total=400, drift=forecast_of(rates).drift).begin(20).is_drawn_to_front()
