"""Draws overlapping-pages.svg: python docs/images/overlapping_pages.py"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("overlapping-pages.svg")

PAGE = 8
BEFORE = "abcdefghijklmno"
AFTER = "abdefghijklmnop"
ENDED, SHARED, MISSED = "c", "h", "i"
LEFT, CELL, HEIGHT = 190, 40, 34
ROWS = (
    ("one second", "page at 0", 60, BEFORE, 0, ""),
    ("the next, overlapping", "page at 6", 170, AFTER, 6, SHARED),
    ("the next, without", "page at 8", 280, AFTER, 8, MISSED),
)
NOTES = (
    (140, f"{ENDED} ends; all behind it move up by one"),
    (250, f"{SHARED} is on both pages: they are joined, and nobody is missed between them"),
    (360, f"{MISSED} is on neither page: it is missed, and nothing tells"),
)
STYLE = """
  svg { font: 15px system-ui, sans-serif; }
  text { fill: #1f2328; }
  .cell { fill: none; stroke: #8c959f; }
  .page { fill: #0969da; fill-opacity: 0.18; stroke: #0969da; stroke-width: 2; }
  .shared { fill: #1a7f37; fill-opacity: 0.35; }
  .missed { fill: #cf222e; fill-opacity: 0.35; }
  .ended { stroke: #cf222e; stroke-width: 2; }
  .note { font-style: italic; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
"""


def draw() -> str:
    """Return the picture."""
    width, height = LEFT + CELL * len(BEFORE) + 20, 380
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "  <title>Pages that overlap are joined by a session that both show</title>",
        f"  <style>{STYLE}  </style>",
        *_offsets(),
    ]
    for row in ROWS:
        lines.extend(_row(*row))
    lines.extend(f'  <text class="note" x="{LEFT}" y="{y}">{note}</text>' for y, note in NOTES)
    return "\n".join([*lines, "</svg>", ""])


def _offsets() -> Iterator[str]:
    yield '  <text x="10" y="40">offset</text>'
    for place in range(len(BEFORE)):
        yield _text(place, 40, str(place))


def _row(moment: str, page: str, top: int, sessions: str, offset: int, marked: str) -> Iterator[str]:  # noqa: PLR0917
    yield f'  <text x="10" y="{top + 15}">{moment}</text>'
    yield f'  <text x="10" y="{top + 33}">{page}</text>'
    for place, session in enumerate(sessions):
        kind = {SHARED: "cell shared", MISSED: "cell missed"}[marked] if session == marked else "cell"
        yield f'  <rect class="{kind}" x="{LEFT + place * CELL}" y="{top}" width="{CELL}" height="{HEIGHT}"/>'
        yield _text(place, top + 23, session)
        if session == ENDED:
            x, y = LEFT + place * CELL, top + HEIGHT
            yield f'  <line class="ended" x1="{x + 6}" y1="{y - 6}" x2="{x + CELL - 6}" y2="{top + 6}"/>'
    length = min(PAGE, len(sessions) - offset)
    yield (
        f'  <rect class="page" x="{LEFT + offset * CELL}" y="{top}" width="{length * CELL}" height="{HEIGHT}" rx="4"/>'
    )


def _text(place: int, y: int, text: str) -> str:
    return f'  <text x="{LEFT + place * CELL + CELL // 2}" y="{y}" text-anchor="middle">{text}</text>'


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
