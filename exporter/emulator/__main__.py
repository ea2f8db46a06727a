"""`python -m exporter.emulator` is `tccc-emulator`."""

from exporter.emulator.cli import run

run()
