"""The real servers and tools that these tests need."""

from __future__ import annotations

import os
import random
import shutil
import socket
from contextlib import suppress

import pytest


def tool(name: str) -> str:
    """Return the path of a program. Without it the test is skipped, or fails where REQUIRE_TOOLS is set."""
    path = shutil.which(name)
    if path is not None:
        return path
    if os.environ.get("REQUIRE_TOOLS"):
        pytest.fail(f"{name} is not installed")
    pytest.skip(f"{name} is not installed")


def free_port() -> int:
    """Return a port that nobody listens at, nor is given one day for having asked for any."""
    while True:
        port = random.randint(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
