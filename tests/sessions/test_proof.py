from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sessions.model import Page, Session
from exporter.sessions.proof import LONG_LIST, Proof, needed_in

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def is_proven(pages: Sequence[Page], longest: int = 0) -> bool:
    proof = Proof(longest)
    for one in pages:
        proof.add(one)
    return proof.complete


def page(offset: int, total: int, ids: Sequence[str]) -> Page:
    return Page(offset, total, tuple(Session(name, "inProgress", "inbound") for name in ids), 0.0)


def pages_of(ids: Sequence[str], length: int, overlap: int, total: int | None = None) -> list[Page]:
    """Pages of a list that stands still, up to one that is shorter than the others."""
    pages = []
    for offset in range(0, len(ids) + length, length - overlap):
        pages.append(page(offset, len(ids) if total is None else total, ids[offset : offset + length]))
        if len(pages[-1].sessions) < length:
            break
    return pages


def numbered(count: int) -> list[str]:
    return [f"session-{number}" for number in range(count)]


def test_pages_that_overlap_from_end_to_end_prove_the_list() -> None:
    assert is_proven(pages_of(ALPHABET, 10, 3))


def test_the_sequence_in_which_pages_came_does_not_matter() -> None:
    assert is_proven(pages_of(ALPHABET, 10, 3)[::-1])


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_three_shared_sessions_are_asked_for(overlap: int) -> None:
    assert not is_proven(pages_of(ALPHABET, 10, overlap))


def test_of_a_page_of_two_all_must_be_shared() -> None:
    pages = [page(0, 10, "abcdefghij"), page(8, 10, "ij")]
    assert is_proven(pages)
    assert not is_proven([pages[0], page(8, 10, "jk")])


def test_in_a_long_list_that_many_joins_corroborate_one_shared_session_will_do() -> None:
    ids = numbered(LONG_LIST)
    pages = pages_of(ids, 25, 2)
    weak = [pages[0], page(23, LONG_LIST, ids[24:49]), *pages[2:]]
    assert needed_in(LONG_LIST, 25) == 1
    assert is_proven(pages)
    assert is_proven(weak)
    assert not is_proven(pages_of(ids, 25, 1))


def test_a_session_that_was_put_elsewhere_joins_nothing_by_itself() -> None:
    """What it left behind and what it came before may be far apart."""
    ids = numbered(LONG_LIST)
    pages = pages_of(ids, 25, 2)
    apart = [pages[0], page(23, LONG_LIST, [*ids[26:36], ids[10], *ids[36:50]]), *pages[2:]]
    assert not is_proven(apart)


def test_a_single_inversion_disproves_all() -> None:
    first, second, *rest = pages_of(ALPHABET, 10, 3)
    inverted = page(second.offset, 26, "ihj" + ALPHABET[10:17])
    assert not is_proven([first, inverted, *rest])


def test_an_inversion_between_pages_that_are_no_neighbors_disproves_all() -> None:
    pages = pages_of(ALPHABET, 10, 3)
    assert not is_proven([*pages, page(0, 26, "acb")])


@pytest.mark.parametrize("ids", ["aab", ["a", "", "b"]])
def test_a_page_that_cannot_be_told_apart_proves_nothing(ids: Sequence[str]) -> None:
    assert not is_proven([page(0, 3, ids)], longest=25)


def test_without_the_first_page_nothing_is_proven() -> None:
    assert not is_proven(pages_of(ALPHABET, 10, 3)[1:])


def test_without_the_last_page_nothing_is_proven() -> None:
    assert not is_proven(pages_of(ALPHABET, 10, 3)[:-1])


def test_a_short_page_is_no_end_where_the_api_counts_more() -> None:
    assert not is_proven(pages_of(ALPHABET, 10, 3, total=27))


def test_a_full_page_is_no_end_even_where_the_api_counts_no_more() -> None:
    assert not is_proven([page(0, 10, ALPHABET[:10])], longest=10)
    assert is_proven([page(0, 9, ALPHABET[:9])], longest=10)


def test_a_page_is_not_known_to_be_short_until_a_longer_one_has_been_seen() -> None:
    assert not is_proven([page(0, 10, ALPHABET[:10])])
    assert is_proven([page(0, 10, ALPHABET[:10]), page(7, 10, ALPHABET[7:10])])


def test_the_smallest_pages_are_short_by_themselves() -> None:
    assert is_proven([page(0, 0, "")])
    assert is_proven([page(0, 4, "abcd")])
    assert not is_proven([page(0, 1, "")])
    assert not is_proven([])


def test_an_empty_page_joins_nothing() -> None:
    assert not is_proven([page(0, 10, ALPHABET[:10]), page(10, 10, "")], longest=10)


@given(st.data())
def test_what_is_proven_lacks_nothing(data: st.DataObject) -> None:
    """Any pages of any views of a list in a strict order: what is in all views is on a page."""
    everyone = range(30)
    size = data.draw(st.integers(5, 12))
    views = data.draw(st.lists(st.sets(st.sampled_from(everyone), min_size=10), min_size=1, max_size=6))
    pages = []
    for view in views:
        offset = data.draw(st.integers(0, len(view)))
        total = data.draw(st.integers(0, 30))
        pages.append(page(offset, total, [str(number) for number in sorted(view)[offset : offset + size]]))
    if is_proven(pages):
        shown = {int(session.id) for one in pages for session in one.sessions}
        throughout = set(everyone).intersection(*views)
        longest = max(len(one.sessions) for one in pages)
        # Assumption 3: the page size that the server keeps to has been seen.
        assert throughout <= shown or longest < size
