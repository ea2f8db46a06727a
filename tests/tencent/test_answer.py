from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.answer import Header, read_header


@pytest.mark.parametrize("lone", [r"\ud800", r"\udfff", r"\\\ud800", r"\ud83d\ude00\ud83d"])
def test_a_lone_surrogate_anywhere_hides_neither_the_id_nor_the_error(lone: str) -> None:
    content = f'{{"Response": {{"Caller": "{lone}", "Error": {{"Code": "InternalError"}}, "RequestId": "r-1"}}}}'
    assert read_header(content.encode()) == Header("r-1", "InternalError", "no message", "")


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda one: json.dumps(one).encode())
)
def test_of_what_is_no_answer_nothing_is_read(content: bytes) -> None:
    assert read_header(content) == Header()
