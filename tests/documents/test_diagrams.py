"""Pictures and diagrams show what is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import exporter
from tests.documents.markdown import DOCS, document
from tests.test_layers import imports, modules

SCRIPT = DOCS / "images/overlapping_pages.py"


def test_the_picture_is_the_one_that_its_script_draws() -> None:
    drawn = runpy.run_path(str(SCRIPT))
    assert drawn["FILE"].read_text(encoding="utf-8") == drawn["draw"]()


def test_arrows_between_rooms_are_imports() -> None:
    [rooms] = [block for block in document(DOCS / "architecture.md").blocks("mermaid") if "flowchart" in block]
    arrows = re.findall(r"^ +(\w+)(?:\[[^]]*\])? --> (\w+)", rooms, flags=re.MULTILINE)
    assert len(arrows) > 10
    for above, below in arrows:
        found = {name for module in modules(f"exporter.{above}") for name in imports(module)}
        assert any(f"{name}.".startswith(f"exporter.{below}.") for name in found), (above, below)


def test_every_package_that_a_scrape_goes_through_is_a_room() -> None:
    packages = {path.parent.name for path in Path(exporter.__file__).parent.glob("*/__init__.py")}
    [rooms] = [block for block in document(DOCS / "architecture.md").blocks("mermaid") if "flowchart" in block]
    # The emulator stands on the other side, and fields are a part of what is read.
    assert packages - set(re.findall(r"\w+", rooms)) == {"emulator", "fields"}
