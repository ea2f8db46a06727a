"""Writes the dashboards: `python -m grafana.generate`; with `--check` it only tells which files are out of date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import exporter_health, queues, staff, wallboard

DIRECTORY = Path(__file__).parent / "dashboards"


def documents() -> dict[str, str]:
    """Return the name of each file with what belongs in it."""
    encoder = JSONEncoder(indent=2, ensure_ascii=False, sort_keys=True)
    built = {
        "wallboard.json": wallboard.build(),
        "queues.json": queues.build(),
        "staff.json": staff.build(),
        "exporter-health.json": exporter_health.build(),
    }
    return {name: encoder.encode(dashboard) + "\n" for name, dashboard in built.items()}


def main() -> int:
    """Write the files, or compare them; 1 where one differs."""
    parser = argparse.ArgumentParser(prog="python -m grafana.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is out of date")
    check: bool = parser.parse_args().check
    outdated = 0
    for name, text in documents().items():
        path = DIRECTORY / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"{path} is out of date: run make dashboards", file=sys.stderr)
            outdated = 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    return outdated


if __name__ == "__main__":
    sys.exit(main())
