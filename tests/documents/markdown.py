"""The documents of this repository, taken apart: headings, links, blocks of code, tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README, CHINESE_README = ROOT / "README.md", ROOT / "README.zh-CN.md"
CHINESE = {
    README: CHINESE_README,
    DOCS / "deployment.md": DOCS / "zh-CN/deployment.md",
    DOCS / "configuration.md": DOCS / "zh-CN/configuration.md",
}
"""The documents that there are in Chinese too."""
PATHS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])

_PARSER = MarkdownIt("commonmark").enable("table")
_IMAGE = re.compile(r'<img [^>]*src="([^"]*)"')


class Document:
    """One document, by its path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """All text as if it stood on one line."""
        return " ".join(self.text.split())

    @cached_property
    def tokens(self) -> list[Token]:
        return _PARSER.parse(self.text)

    @cached_property
    def anchors(self) -> set[str]:
        """What links may name behind `#`: the headings, as GitHub turns them into anchors."""
        seen: Counter[str] = Counter()
        anchors = set()
        for heading in self.headings():
            slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            anchors.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
            seen[slug] += 1
        return anchors

    def headings(self) -> Iterator[str]:
        for opening, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == "heading_open":
                yield "".join(child.content for child in inline.children or ())

    def links(self) -> Iterator[str]:
        """Yield where links and pictures lead."""
        for token in self.tokens:
            for child in token.children or ():
                if child.type == "link_open":
                    yield str(child.attrs["href"])
                elif child.type == "image":
                    yield str(child.attrs["src"])
                elif child.type == "html_inline" and (image := _IMAGE.search(child.content)):
                    yield image[1]

    def code(self) -> Iterator[str]:
        """Yield what stands between backticks in running text."""
        for token in self.tokens:
            yield from (child.content for child in token.children or () if child.type == "code_inline")

    def blocks(self, language: str) -> Iterator[str]:
        """Yield the blocks of code in a language, `""` for those without one."""
        yield from (one.content for one in self.tokens if one.type == "fence" and one.info.strip() == language)

    def commands(self) -> list[str]:
        """Return every command, those of several lines joined into one."""
        joined = "".join(self.blocks("sh")).replace("\\\n", " ")
        return [re.sub(r" +", " ", line) for line in joined.splitlines()]

    def tables(self) -> Iterator[list[list[str]]]:
        """Yield the tables: rows of cells as they are written, the heads first."""
        rows: list[list[str]] = []
        for token in self.tokens:
            match token.type:
                case "table_open":
                    rows = []
                case "tr_open":
                    rows.append([])
                case "inline" if token.level and rows and token.map is not None and token.level >= 3:
                    rows[-1].append(token.content)
                case "table_close":
                    yield rows
                    rows = []

    def table(self, head: str) -> list[list[str]]:
        """Return the rows of all tables whose first column has this head, without their heads."""
        return [row for table in self.tables() if table[0][0] == head for row in table[1:]]


@cache
def document(path: Path) -> Document:
    return Document(path)


def documents() -> list[Document]:
    return [document(path) for path in PATHS]


def names(cell: str) -> list[str]:
    """Return what stands between backticks in a cell of a table."""
    return re.findall(r"`([^`]+)`", cell)
