"""Families as the body of an answer, rendered once for all scrapes that are shown the same.

The applications' families are most of a page, and the same in every scrape until there is a new snapshot or a threshold
is switched; the exporter's own are small, and differ in each scrape. So the former are joined and compressed once for
each format and encoding, away from the event loop where they are many, and the latter are put behind them each time.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from exporter.metrics.exposition import RenderedFamily
from exporter.web.negotiation import Format

GZIP_LEVEL = 4
"""Faster than the default by half, and hardly larger on this kind of text."""

GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""How zlib is told to write gzip, with its largest window."""

PIECE = 128 * 1024
"""Characters that are encoded and compressed together; a page of no more of them does not block the loop for long."""


class Renderer:
    """Renders pages, and keeps what it rendered of each subject until a scrape of it is shown something else.

    A subject is what a page is about: all applications, one of them. Pages are kept for as long as it is there.
    """

    def __init__(self) -> None:
        # Not the loop's own threads: all of those may be waiting for name servers.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rendering")
        self._turn = asyncio.Lock()
        self._kept: WeakKeyDictionary[object, _Kept] = WeakKeyDictionary()

    async def render(
        self,
        chosen: Format,
        families: list[RenderedFamily],
        own: Callable[[], Iterable[RenderedFamily]],
        *,
        subject: object,
        compressed: bool,
    ) -> Sequence[bytes]:
        """Return a page in pieces: the applications' families, then what `own` gives of the exporter's."""
        kept = self._kept.setdefault(subject, _Kept())
        rendered = await self._applications(kept, chosen, families, compressed=compressed)
        async with self._turn:
            # One at a time: all the scrapes that have waited for the same snapshot are here at once.
            await asyncio.sleep(0)
            return [*rendered.pieces, rendered.end(_encode("".join([*chosen.parts(own()), chosen.end])))]

    async def render_once(self, chosen: Format, families: list[RenderedFamily], *, compressed: bool) -> Sequence[bytes]:
        """Return a page in pieces, of which nothing is kept: few ask for the same selection."""
        rendered = await self._start(chosen, families, compressed=compressed)
        return [*rendered.pieces, rendered.end(_encode(chosen.end))]

    def close(self) -> None:
        """Give up what is being rendered."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _applications(
        self, kept: _Kept, chosen: Format, families: list[RenderedFamily], *, compressed: bool
    ) -> _Rendered:
        # Exact, and yet cheap: the texts of one snapshot are the same objects in every scrape, so they are not read.
        if families != kept.families:
            kept.families = families
            kept.rendered.clear()
        key = (chosen.parts, compressed)
        if key not in kept.rendered:
            kept.rendered[key] = asyncio.create_task(self._start(chosen, families, compressed=compressed))
            kept.rendered[key].add_done_callback(kept.forget_failure)
        # A scrape that is given up must not take the page from the others.
        return await asyncio.shield(kept.rendered[key])

    async def _start(self, chosen: Format, families: list[RenderedFamily], *, compressed: bool) -> _Rendered:
        render = _compressed if compressed else _plain
        if sum(len(piece) for family in families for piece in family.pieces) <= PIECE:
            return render(chosen.parts(families))
        return await asyncio.get_running_loop().run_in_executor(self._thread, render, chosen.parts(families))


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The beginning of a page, and the function that makes the end of it from the bytes that are still to come."""

    pieces: Sequence[bytes]
    end: Callable[[bytes], bytes]


@dataclass(slots=True)
class _Kept:
    """The families that a subject was last shown by, and what is rendered of them, by format and encoding."""

    families: list[RenderedFamily] = field(default_factory=list)
    rendered: dict[tuple[object, bool], asyncio.Task[_Rendered]] = field(default_factory=dict)

    def forget_failure(self, task: asyncio.Task[_Rendered]) -> None:
        """Render anew the next time where this time failed."""
        if task.cancelled() or task.exception() is not None:
            self.rendered.clear()


def _plain(parts: Iterable[str]) -> _Rendered:
    return _Rendered(list(_encoded(parts)), bytes)


def _compressed(parts: Iterable[str]) -> _Rendered:
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    pieces = b"".join([compressor.compress(piece) for piece in _encoded(parts)])

    def end(rest: bytes) -> bytes:
        # One stream to its end: some clients read no further than the first of several.
        copy = compressor.copy()
        return copy.compress(rest) + copy.flush()

    return _Rendered([pieces[start : start + PIECE] for start in range(0, len(pieces), PIECE)], end)


def _encoded(parts: Iterable[str]) -> Iterator[bytes]:
    """Few and large pieces, as each call of zlib lets go of the interpreter and has to get hold of it again."""
    gathered: list[str] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= PIECE:
            yield _encode("".join(gathered))
            gathered.clear()
            size = 0
    yield _encode("".join(gathered))


def _encode(text: str) -> bytes:
    # What is no Unicode must not cost the whole page.
    return text.encode(errors="replace")
