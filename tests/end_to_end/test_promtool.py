"""The exposition before Prometheus's own linter."""

from __future__ import annotations

import subprocess

import pytest

from tests.end_to_end.tools import tool
from tests.processes import EXPORTER

pytestmark = pytest.mark.end_to_end


def test_promtool_finds_nothing_wrong() -> None:
    promtool = tool("promtool")
    exposition = subprocess.run([*EXPORTER, "--demo", "--once"], capture_output=True, check=True, timeout=60).stdout
    assert b"tccc_session_age_seconds_bucket" in exposition
    assert b"tccc_observed_sessions_started_total" in exposition
    result = subprocess.run(
        [promtool, "check", "metrics"], input=exposition, capture_output=True, check=False, timeout=60
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
