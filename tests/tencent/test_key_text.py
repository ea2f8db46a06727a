from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.key_text import KeyTextError, check_key_text


@given(st.text())
def test_any_text_is_a_key_that_a_header_carries_or_is_refused(text: str) -> None:
    try:
        assert re.fullmatch("[!-~]{1,4096}", check_key_text(text))
    except KeyTextError as error:
        message = str(error)
        assert text not in message or len(text) < 4 or message.isascii()


@given(st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), min_size=20))
def test_what_tencent_cloud_gives_out_is_a_key(text: str) -> None:
    for key in (text, f"AKID{text}", f"AKID{text}==", f"{text}-{text}_{text}", f"{text}/+=="):
        assert check_key_text(key) == key


@pytest.mark.parametrize("key", ["key", "id", "secret-key", "my_token", "AKIDxxxxxxxx", "changed", "a=b", "$", "<"])
def test_what_only_resembles_a_placeholder_is_a_key(key: str) -> None:
    assert check_key_text(key) == key
