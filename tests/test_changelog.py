"""The changelog, by https://keepachangelog.com."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from exporter import __version__

RELEASES = re.findall(r"^## (.*)", (Path(__file__).parents[1] / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_newest_release_is_the_version_of_the_code() -> None:
    newest = RELEASES[1] if RELEASES[0] == "Unreleased" else RELEASES[0]
    version, day = newest.split(" - ")
    assert version == __version__
    assert date.fromisoformat(day)
