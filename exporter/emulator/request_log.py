"""What the emulator has been asked: for tests that check how a client behaves."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

ANSWERED = "OK"
"""The outcome of a request that got its answer."""

_CAPACITY = 100_000


@dataclass(slots=True)
class RequestRecord:
    """When a request arrived (`time.monotonic`), its action, and `OK`, an error code or a fault's name once known."""

    arrived: float
    action: str | None = None
    outcome: str | None = None


class RequestLog:
    """The latest requests, and the number of all by their outcome."""

    def __init__(self) -> None:
        self.records: deque[RequestRecord] = deque(maxlen=_CAPACITY)
        self.outcomes: Counter[str] = Counter()

    @property
    def arrivals(self) -> list[float]:
        """The times of arrival (`time.monotonic`) in order."""
        return [record.arrived for record in self.records]

    def of(self, action: str) -> list[RequestRecord]:
        """Return the latest requests of an action."""
        return [record for record in self.records if record.action == action]

    def request_arrived(self, now: float, action: str | None) -> RequestRecord:
        """Note a request."""
        record = RequestRecord(now, action)
        self.records.append(record)
        return record

    def outcome_known(self, record: RequestRecord, outcome: str) -> None:
        """Note what becomes of a request."""
        record.outcome = outcome
        self.outcomes[outcome] += 1

    def clear(self) -> None:
        """Forget everything."""
        self.records.clear()
        self.outcomes.clear()
