from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

# An example that takes long on a busy machine is no fault of what it tests, whether to make or to try.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# No test looks for the role of the machine that it runs on.
os.environ["TCCC_METADATA_ENDPOINT"] = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def fresh_logs() -> Iterator[None]:
    """Undo what a test sets up for the logs of the whole process: they would go to a stream that is closed by then."""
    handlers = logging.root.handlers[:]
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
