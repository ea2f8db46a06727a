"""`python -m exporter` is `tccc-exporter`."""

from exporter.command import run

run()
