"""How the list moves while it is read, learned from pages that overlap.

A session's position changes by the sessions before it that end and by those that begin there: the drift. It has a sign
(with the oldest first, ends pull everything forward; with the newest first, new sessions push it back), grows with the
position, and is nearly constant over the time of a snapshot. Around that it scatters: by chance, and because it is not
known when within its round trip a request met the list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

SCALE = 1000.0
"""Positions are reckoned in thousands, which keeps the sums of the fit alike in size."""
CHANCE = 0.001
"""Seconds by which views are apart that were meant to be one, as requests leave one after the other."""
MEAN_OF_NORMAL = 0.8
"""The mean distance from its mean of a normal variable with deviation 1."""
TYPICAL_STAY = 180.0
"""Seconds that a session stays in the list, as a first guess at how much goes on."""
FIRST_GUESS = 1.0
"""Weight of the first guesses, in seconds of observation."""
LEAST_RIDGE = 0.05
"""Weight of there being no drift, in seconds of observation. In lists below some 7,000 sessions it is more: with n that
stay for a time s, the drift is some n/s at most, and chance moves one by up to 2n/s square positions in a second, which
makes it 2s/n. Otherwise two calls that begin within a tenth of a second would look like a drift.
"""
LONG_ENOUGH = 0.5
"""Seconds over which something must have been observed for the drift to be known."""
BEYOND_REACH = 1.0
"""How far, in thousands, the parabola is followed beyond the farthest position observed; it goes astray farther off."""
MEMORY = 0.5
"""What a snapshot's observations weigh in the next one."""


@dataclass(slots=True)
class Drift:
    """The drift of one list: a rate that depends on the position as a parabola, fitted by least squares.

    Every observation is that a session moved by `shift` positions in `seconds`. In the fit it weighs the more, the
    longer they are, since chance grows with the time as the root only. All that is kept of observations are sums, so
    that what they scatter by is reckoned from the latest fit: the first ones, made when nothing was known of the rate,
    would look like wild chance otherwise.

    The sums are over powers of the position: of seconds² / time, and of seconds · shift / time, for the fit; of
    seconds², seconds · shift, and shift² for the scatter; and of the time.
    """

    length: int | None = None
    """How many sessions the list has, where that is known: the fewer, the less can go on."""
    _squares: list[float] = field(default_factory=lambda: [0.0] * 5)
    _products: list[float] = field(default_factory=lambda: [0.0] * 3)
    _plain_squares: list[float] = field(default_factory=lambda: [0.0] * 5)
    _plain_products: list[float] = field(default_factory=lambda: [0.0] * 3)
    _shifts: float = 0.0
    _times: list[float] = field(default_factory=lambda: [0.0] * 3)
    _reach: float = 1.0
    _fit: tuple[float, float, float, float] | None = None

    def learn(self, position: float, seconds: float, shift: float, blur: float = 0.0) -> None:
        """Take note that a session at this position moved by `shift` within `seconds`.

        The seconds may be negative, and deviate by `blur` from what they truly were.
        """
        time = _time(seconds, blur)
        square, product = seconds * seconds, seconds * shift
        scaled, power = position / SCALE, 1.0
        for exponent in range(5):
            self._squares[exponent] += power * square / time
            # What the blur adds to the scatter is no chance of the list's.
            self._plain_squares[exponent] += power * (square - blur * blur)
            if exponent < 3:
                self._products[exponent] += power * product / time
                self._plain_products[exponent] += power * product
                self._times[exponent] += power * time
            power *= scaled
        self._shifts += shift * shift
        self._reach = max(self._reach, scaled)
        self._fit = None

    def resize(self, length: int) -> None:
        """Take note of how many sessions the list has."""
        if length != self.length:
            self.length = length
            self._fit = None

    @property
    def is_known(self) -> bool:
        """Whether anything has been observed for as long as it takes to see a drift."""
        return self._plain_squares[0] >= LONG_ENOUGH**2

    def rate(self, position: float) -> float:
        """Return by how many positions a second a session at this position is moving; negative is forward."""
        constant, linear, square, _ = self._fit or self._fitted()
        scaled = min(position / SCALE, self._reach + BEYOND_REACH)
        return constant + scaled * (linear + scaled * square)

    def deviation(self, position: float, seconds: float, blur: float) -> float:
        """Return the standard deviation of a shift predicted over `seconds`, which themselves deviate by `blur`."""
        rate = self.rate(position)
        return math.sqrt(self._events(position, rate) * _time(seconds, blur) + (rate * blur) ** 2)

    def faded(self) -> Drift:
        """Return what is to be remembered of it for the next snapshot."""
        return Drift(
            self.length,
            [value * MEMORY for value in self._squares],
            [value * MEMORY for value in self._products],
            [value * MEMORY for value in self._plain_squares],
            [value * MEMORY for value in self._plain_products],
            self._shifts * MEMORY,
            [value * MEMORY for value in self._times],
            self._reach,
        )

    @property
    def _ridge(self) -> float:
        return LEAST_RIDGE if self.length is None else max(LEAST_RIDGE, 2.0 * TYPICAL_STAY / max(1, self.length))

    def _events(self, position: float, rate: float) -> float:
        """Return how many sessions a second begin or end before a position.

        What begins there is the rate and what ends there; so all in all it is the rate and twice what ends.
        """
        hazard = (self._fit or self._fitted())[3]
        return max(abs(rate), rate + 2.0 * position * hazard)

    def _fitted(self) -> tuple[float, float, float, float]:
        """Return the parabola, and what part of the sessions ends in a second: what scatters, less what begins."""
        if self._fit is None:
            parabola = _solve(self._squares, self._products, self._reach, self._ridge)
            scatter = self._shifts - self._explained(*parabola)
            guess = FIRST_GUESS * SCALE
            hazard = (max(0.0, scatter) + guess / TYPICAL_STAY) / (2.0 * SCALE * self._times[1] + guess)
            self._fit = (*parabola, hazard)
        return self._fit

    def _explained(self, constant: float, linear: float, square: float) -> float:
        """Return how much of the squares of all shifts there would be by a parabola and by what begins, without what
        ends.
        """
        s, p, t = self._plain_squares, self._plain_products, self._times
        both = constant * (2.0 * p[0] + t[0]) + linear * (2.0 * p[1] + t[1]) + square * (2.0 * p[2] + t[2])
        itself = constant * constant * s[0] + 2.0 * constant * linear * s[1] + square * square * s[4]
        return both - itself - (linear * linear + 2.0 * constant * square) * s[2] - 2.0 * linear * square * s[3]


def _time(seconds: float, blur: float) -> float:
    """Return how long things happened, in the mean, where they are taken to have done so for `seconds`."""
    return math.hypot(seconds, MEAN_OF_NORMAL * blur) + CHANCE


def _solve(
    squares: Sequence[float], products: Sequence[float], reach: float, ridge: float
) -> tuple[float, float, float]:
    """Solve the normal equations, with a ridge that keeps to zero what has not been observed yet.

    It weighs the coefficients by what they make of the farthest position, so that it is as strong in long lists.
    """
    _, one, two, three, _ = squares
    first = squares[0] + ridge
    second = two + ridge * reach**2 - one * one / first
    mixed = three - one * two / first
    third = squares[4] + ridge * reach**4 - two * two / first - mixed * mixed / second
    moved = products[1] - products[0] * one / first
    square = (products[2] - products[0] * two / first - moved * mixed / second) / third
    linear = (moved - mixed * square) / second
    return (products[0] - one * linear - two * square) / first, linear, square
