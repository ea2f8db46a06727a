from __future__ import annotations

from typing import Any

import structlog
from structlog.testing import capture_logs

from exporter.internal_errors import INTERVAL, InternalErrorLog


def test_a_fault_is_told_at_once_and_again_after_ten_minutes() -> None:
    times = [0.0, 1.0, INTERVAL - 1.0, INTERVAL, INTERVAL + 1.0]
    clock = iter(time for time in times for _ in range(2))
    internal_errors = InternalErrorLog(lambda: next(clock))
    with capture_logs() as logs:
        for _ in times:
            for application in ("support", "sales"):
                internal_errors.log("broken", RuntimeError("once more"), application=application)
    assert [log["application"] for log in logs] == ["support", "sales"] * 2
    assert all(isinstance(log["exc_info"], RuntimeError) for log in logs)


def test_a_log_that_fails_is_no_further_fault() -> None:
    def fail(*_: Any) -> Any:
        raise OSError

    structlog.configure(processors=[fail])
    InternalErrorLog(lambda: 0.0).log("broken", RuntimeError())
