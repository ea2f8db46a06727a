"""How the garbage collector is to treat a process that serves scrapes."""

from __future__ import annotations

import gc


def freeze_gc() -> None:
    """Keep the garbage collector from what exists already, and from coming often.

    What is there once the exporter serves stays, and a scrape makes thousands of objects that are no garbage. Scanning
    them all again and again would take a tenth of its CPU time.
    """
    gc.freeze()
    gc.set_threshold(5_000, 2, 2)
