from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.web.html import Html, element, together


def test_elements_and_texts() -> None:
    link = element("a", "one & ", element("b", "two"), href='/?a=1&b="', class_="x", data_label="y", title=None)
    assert link == '<a href="/?a=1&amp;b=&quot;" class="x" data-label="y">one &amp; <b>two</b></a>'
    assert together(["<", Html("<br>")]) == "&lt;<br>"


@given(text=st.text())
def test_no_text_ends_what_it_is_in(text: str) -> None:
    written = element("p", text, title=text)
    assert written.count("<") == written.count(">") == 2
    assert written.count('"') == 2
