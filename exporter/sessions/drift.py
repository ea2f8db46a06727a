"""How the list moves while it is read, learned from pages that overlap.

A session's position changes by the sessions before it that end and by those that begin there: the drift. It has a sign
(with the oldest first, ends pull everything forward; with the newest first, new sessions push it back), grows with the
position, and is nearly constant over the time of a snapshot. Around that it scatters: by chance, and because it is not
known when within its round trip a request met the list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

SCALE = 1000.0
"""Positions are reckoned in thousands, which keeps the sums of the fit alike in size."""
CHANCE = 0.001
"""Seconds by which views are apart that were meant to be one, as requests leave one after the other."""
MEAN_OF_NORMAL = 0.8
"""The mean distance from its mean of a normal variable with deviation 1."""
OUTLIER = 6.0
"""How many times its expected variance a surprise may count: the first ones only show that the rate was not known."""
TYPICAL_STAY = 180.0
"""Seconds that a session stays in the list, as a first guess at how much goes on."""
FIRST_GUESS = 1.0
"""Weight of the first guesses, in seconds of observation."""
RIDGE = 1.0
"""Weight of there being no drift, in seconds of observation."""
MEMORY = 0.5
"""What a snapshot's observations weigh in the next one."""


@dataclass(slots=True)
class Drift:
    """The drift of one list: a rate that depends on the position as a parabola, fitted by least squares.

    Every observation is that a session moved by `shift` positions in `seconds`; it weighs the more, the longer they
    are, since chance grows with the time as the root only.
    """

    _squares: list[list[float]] = field(default_factory=lambda: [[0.0] * 3 for _ in range(3)])
    _products: list[float] = field(default_factory=lambda: [0.0] * 3)
    _scatter: float = 0.0
    _exposure: float = 0.0
    _coefficients: tuple[float, float, float] | None = None

    def learn(self, position: float, seconds: float, shift: float) -> None:
        """Take note that a session at this position moved by `shift` within `seconds`, which may be negative."""
        rate = self.rate(position)
        time = abs(seconds) + CHANCE
        surprise = min((shift - rate * seconds) ** 2, OUTLIER * self._events(position) * time)
        self._scatter += surprise - rate * time
        self._exposure += 2.0 * position * time
        powers = _powers(position)
        for row, power in enumerate(powers):
            self._products[row] += power * seconds * shift / time
            for column, other in enumerate(powers):
                self._squares[row][column] += power * other * seconds * seconds / time
        self._coefficients = None

    def rate(self, position: float) -> float:
        """Return by how many positions a second a session at this position is moving; negative is forward."""
        if self._coefficients is None:
            self._coefficients = _solve(self._squares, self._products)
        constant, linear, square = self._coefficients
        scaled = position / SCALE
        return constant + scaled * (linear + scaled * square)

    def deviation(self, position: float, seconds: float, blur: float) -> float:
        """Return the standard deviation of a shift predicted over `seconds`, which themselves deviate by `blur`."""
        time = abs(seconds) + MEAN_OF_NORMAL * blur + CHANCE
        return math.sqrt(self._events(position) * time + (self.rate(position) * blur) ** 2)

    def _events(self, position: float) -> float:
        """Return how many sessions a second begin or end before a position.

        What begins there is the rate and what ends there; so all in all it is the rate and twice what ends.
        """
        guess = FIRST_GUESS * SCALE
        hazard = (self._scatter + guess / TYPICAL_STAY) / (self._exposure + guess)
        rate = self.rate(position)
        return max(abs(rate), rate + 2.0 * position * hazard)

    def faded(self) -> Drift:
        """Return what is to be remembered of it for the next snapshot."""
        return replace(
            self,
            _squares=[[value * MEMORY for value in row] for row in self._squares],
            _products=[value * MEMORY for value in self._products],
            _scatter=self._scatter * MEMORY,
            _exposure=self._exposure * MEMORY,
        )


def _powers(position: float) -> tuple[float, float, float]:
    scaled = position / SCALE
    return 1.0, scaled, scaled * scaled


def _solve(squares: list[list[float]], products: list[float]) -> tuple[float, float, float]:
    """Solve the normal equations, with a ridge that keeps to zero what has not been observed yet."""
    rows = [[*row, product] for row, product in zip(squares, products, strict=True)]
    for index in range(3):
        rows[index][index] += RIDGE
    for pivot in range(3):
        for row in range(pivot + 1, 3):
            factor = rows[row][pivot] / rows[pivot][pivot]
            for column in range(pivot, 4):
                rows[row][column] -= factor * rows[pivot][column]
    square = rows[2][3] / rows[2][2]
    linear = (rows[1][3] - rows[1][2] * square) / rows[1][1]
    constant = (rows[0][3] - rows[0][1] * linear - rows[0][2] * square) / rows[0][0]
    return constant, linear, square
