"""The process `tccc-exporter`."""

from __future__ import annotations

import sys

from exporter.streams import run_as_process


def run() -> None:
    """Run the command line as this process, and end the process with its exit code."""
    # Each needs only its own: a health check of a container is due every few seconds, and loads no exporter.
    if "--healthcheck" in sys.argv[1:]:
        from exporter.healthcheck import main  # noqa: PLC0415
    else:
        from exporter.cli import main  # noqa: PLC0415
    run_as_process(main, "tccc-exporter")
