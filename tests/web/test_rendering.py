from __future__ import annotations

import asyncio
import gc
import gzip
import weakref
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from exporter.metrics.exposition import RenderedFamily
from exporter.web.negotiation import OPENMETRICS, TEXT_0_0_4, TEXT_1_0_0, Format
from exporter.web.rendering import PIECE, Renderer


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def sessions(count: int, *, application: str = "support", pieces: int = 3) -> list[RenderedFamily]:
    """Families that are equal for equal arguments, and yet objects of their own, as those of each scrape are."""
    lines = [f'tccc_sessions{{application="{application}",piece="{piece}"}} {count}.0\n' for piece in range(pieces)]
    ages = [f'tccc_age_gcount{{application="{application}"}} {count}.0\n']
    return [
        RenderedFamily("tccc_sessions", "gauge", "Sessions.", lines),
        RenderedFamily("tccc_age", "gaugehistogram", "Ages.", ages),
    ]


def own() -> list[RenderedFamily]:
    return [RenderedFamily("tccc_api_requests", "counter", "Requests.", ["tccc_api_requests_total 7.0\n"])]


class Subject:
    """What pages can be about."""


EVERYTHING = Subject()

LARGE = PIECE // 30
"""Pieces that make a page of more than is rendered at once."""


@dataclass
class Counted:
    """The text format, and how often it was asked for which families. The first `failures` times it fails."""

    failures: int = 0
    asked: list[list[str]] = field(default_factory=list)

    def format(self) -> Format:
        return Format("text/plain", self.parts)

    def parts(self, families: Iterable[RenderedFamily]) -> Iterator[str]:
        families = list(families)
        self.asked.append([family.name for family in families])
        if len(self.asked) <= self.failures:
            raise ZeroDivisionError
        return TEXT_0_0_4.parts(families)

    @property
    def applications(self) -> int:
        return self.asked.count(["tccc_sessions", "tccc_age"])


@pytest.mark.parametrize("pieces", [0, 3, LARGE])
@pytest.mark.parametrize("chosen", [TEXT_0_0_4, TEXT_1_0_0, OPENMETRICS])
async def test_a_page_is_what_its_families_are(chosen: Format, pieces: int, renderer: Renderer) -> None:
    families = sessions(5, pieces=pieces)
    expected = "".join([*chosen.parts([*families, *own()]), chosen.end])
    for _ in range(2):
        plain = await renderer.render(chosen, families, own, subject=EVERYTHING, compressed=False)
        compressed = await renderer.render(chosen, families, own, subject=EVERYTHING, compressed=True)
        assert b"".join(plain).decode() == expected
        assert gzip.decompress(b"".join(compressed)).decode() == expected
        assert max(map(len, [*plain, *compressed])) < 2 * PIECE
    once = await renderer.render_once(chosen, [*families, *own()], compressed=True)
    assert gzip.decompress(b"".join(once)).decode() == expected


async def test_a_compressed_page_is_one_stream(renderer: Renderer) -> None:
    # Some clients, httpx among them, read no further than the end of the first.
    decompressor = zlib.decompressobj(16 + zlib.MAX_WBITS)
    page = b"".join(await renderer.render(TEXT_0_0_4, sessions(5), own, subject=EVERYTHING, compressed=True))
    assert b"tccc_api_requests_total" in decompressor.decompress(page)
    assert decompressor.eof
    assert decompressor.unused_data == b""


@pytest.mark.parametrize("pieces", [3, LARGE])
async def test_scrapes_that_are_shown_the_same_share_one_rendering(pieces: int, renderer: Renderer) -> None:
    text, openmetrics = Counted(), Counted()
    for compressed in (True, False):
        for counted in (text, openmetrics):
            async with asyncio.TaskGroup() as group:
                for _ in range(40):
                    families = sessions(5, pieces=pieces)
                    group.create_task(
                        renderer.render(counted.format(), families, own, subject=EVERYTHING, compressed=compressed)
                    )
    assert (text.applications, openmetrics.applications) == (2, 2)
    assert text.asked.count(["tccc_api_requests"]) == 80


@pytest.mark.parametrize("change", [{"count": 6}, {"application": "sales"}, {"pieces": 4}])
async def test_whatever_changes_is_rendered_anew(change: dict[str, int], renderer: Renderer) -> None:
    base: dict[str, int] = {"count": 5}
    for arguments in (base, base | change, base):
        families = sessions(**arguments)  # type: ignore[arg-type]
        page = b"".join(await renderer.render(TEXT_0_0_4, families, own, subject=EVERYTHING, compressed=False)).decode()
        assert page == "".join(TEXT_0_0_4.parts([*sessions(**arguments), *own()]))  # type: ignore[arg-type]


async def test_the_exporters_own_metrics_are_those_of_each_scrape(renderer: Renderer) -> None:
    for value in range(3):
        lines = [f"tccc_api_requests_total {value}.0\n"]
        family = RenderedFamily("tccc_api_requests", "counter", "Requests.", lines)
        own_of_now = partial(list[RenderedFamily], [family])
        page = await renderer.render(TEXT_0_0_4, sessions(5), own_of_now, subject=EVERYTHING, compressed=True)
        assert gzip.decompress(b"".join(page)).decode().endswith(lines[0])


async def test_a_scrape_that_is_given_up_takes_nothing_from_the_others(renderer: Renderer) -> None:
    counted = Counted()
    first, second = (
        asyncio.create_task(
            renderer.render(counted.format(), sessions(5, pieces=LARGE), own, subject=EVERYTHING, compressed=True)
        )
        for _ in range(2)
    )
    await asyncio.sleep(0)
    first.cancel()
    assert b"tccc_sessions" in gzip.decompress(b"".join(await second))
    assert counted.applications == 1


@pytest.mark.parametrize("pieces", [3, LARGE])
async def test_a_failure_is_not_remembered(pieces: int, renderer: Renderer) -> None:
    counted = Counted(failures=1)
    families = sessions(5, pieces=pieces)
    with pytest.raises(ZeroDivisionError):
        await renderer.render(counted.format(), families, own, subject=EVERYTHING, compressed=False)
    assert b"tccc_sessions" in b"".join(
        await renderer.render(counted.format(), families, own, subject=EVERYTHING, compressed=False)
    )


async def test_what_is_no_unicode_does_not_cost_the_page(renderer: Renderer) -> None:
    page = await renderer.render(
        TEXT_0_0_4, sessions(5, application="\ud800"), own, subject=EVERYTHING, compressed=False
    )
    assert b'tccc_sessions{application="?",piece="0"} 5.0' in b"".join(page)


async def test_pages_of_different_subjects_do_not_take_each_others_place(renderer: Renderer) -> None:
    counted, support, sales = Counted(), Subject(), Subject()
    for _ in range(3):
        for subject, application in ((support, "support"), (sales, "sales")):
            families = sessions(5, application=application)
            page = await renderer.render(counted.format(), families, own, subject=subject, compressed=False)
            assert f'application="{application}"'.encode() in b"".join(page)
    assert counted.applications == 2


async def test_the_page_of_a_subject_that_is_gone_is_not_kept(renderer: Renderer) -> None:
    subject = Subject()
    counted = Counted()
    await renderer.render(counted.format(), sessions(5), own, subject=subject, compressed=False)
    # What is rendered is kept by its format.
    kept = weakref.ref(counted)
    del counted
    assert kept() is not None
    del subject
    gc.collect()
    assert kept() is None
