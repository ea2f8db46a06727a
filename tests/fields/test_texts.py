from __future__ import annotations

import pytest

from exporter.fields.texts import LONGEST_TEXT, Scalar, Texts


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (None, ""),
        (" ", ""),
        (" free ", "free"),
        (7, "7"),
        (0, "0"),
        (1.5, "1.5"),
        ("a\x00b\nc", "a\ufffdb\ufffdc"),
        ("客" * 300, "客" * LONGEST_TEXT),
    ],
)
def test_texts_are_fit_for_labels(field: Scalar, text: str) -> None:
    assert Texts()[field] == text


def test_equal_texts_are_one() -> None:
    texts = Texts()
    assert texts["".join(["fr", "ee"])] is texts["".join([" free", " "])]
