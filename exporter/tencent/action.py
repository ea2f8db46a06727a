"""An action of the API as it is called, and whoever is told of its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from exporter.tencent.circuit_breaker import CircuitBreaker


class Observer(Protocol):
    """Is told of every request."""

    def rate_limit_waited(self, seconds: float) -> None:
        """Take note that a request waited for the rate limit for so long, 0 for not at all."""

    def request_sent(self) -> None:
        """Take note of a request that goes out."""

    def request_answered(self, seconds: float) -> None:
        """Take note that a request was answered, or failed, after so many seconds."""

    def request_failed(self, code: str) -> None:
        """Take note that a request failed; without credentials it does so without having been sent."""


@dataclass(eq=False, slots=True)
class ApiAction:
    """An action as one account calls it.

    The API limits the rate of each action by itself; it may be set while the action is in use. Of an answer no more
    than `largest_answer` bytes are read. An action that gets no answers has a circuit of its own, since others at the
    same endpoint may get theirs.
    """

    name: str
    requests_per_second: int
    largest_answer: int
    observer: Observer
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
