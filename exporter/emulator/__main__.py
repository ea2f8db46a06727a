"""`python -m exporter.emulator` is `tccc-emulator`."""

import sys

from exporter.emulator.cli import main

sys.exit(main())
