"""`python -m exporter` is `tccc-exporter`."""

from exporter.cli import run

run()
