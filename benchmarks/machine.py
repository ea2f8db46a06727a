"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("tccc-exporter", "aiohttp", "msgspec", "tencentcloud-sdk-python-ccc")


def description() -> str:
    """Return the machine and the versions, as a list in Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0]
    return "\n".join(
        (
            f"- {_processor()}, {cores} of its cores, {_memory()} of memory; load average at the start {load:.1f}",
            f"- {platform.system()} {platform.release()}, Python {platform.python_version()}",
            f"- {packages}",
        )
    )


def _processor() -> str:
    """The model where /proc tells it, else the architecture."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()


def _memory() -> str:
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{size / 1024**3:.0f} GiB"
