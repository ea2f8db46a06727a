"""`python -m exporter` is `tccc-exporter`."""

import sys

from exporter.cli import main

sys.exit(main())
