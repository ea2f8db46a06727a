"""The real servers and tools that these tests need."""

from __future__ import annotations

import os
import shutil
import socket

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
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port
