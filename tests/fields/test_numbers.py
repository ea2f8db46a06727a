from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.fields.numbers import MOST, Number, read_count, read_id


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), ("0", 0), (7, 7), ("7", 7), ("007", 7), (7.0, 7), (MOST, MOST), (str(MOST), MOST)]
)
def test_counts_come_as_numbers_or_texts(value: str | float, count: int) -> None:
    assert read_count(value, "QueueCount") == count


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (-1, "QueueCount is negative"),
        ("-1", "QueueCount is negative"),
        (MOST + 1, "QueueCount is over 1000000000"),
        ("9" * 20, "QueueCount is over 1000000000"),
        ("9" * 21, "QueueCount is no whole number"),
        ("many", "QueueCount is no whole number"),
        ("", "QueueCount is no whole number"),
        ("1_000", "QueueCount is no whole number"),
        ("٣", "QueueCount is no whole number"),
        ("1.0", "QueueCount is no whole number"),
        (1.5, "QueueCount is no whole number"),
        (float("inf"), "QueueCount is no whole number"),
        (float("nan"), "QueueCount is no whole number"),
    ],
)
def test_what_is_no_count_is_refused_by_its_name(value: str | float, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        read_count(value, "QueueCount")


@pytest.mark.parametrize(
    ("value", "key"),
    [(12, 12), ("12", 12), ("-12", -12), (2**63 - 1, 2**63 - 1), (str(-(2**63)), -(2**63)), (None, None), ("", None)],
)
def test_ids_have_64_bits_and_may_be_missing(value: Number, key: int | None) -> None:
    assert read_id(value, "SkillGroupId") == key


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, str(2**63), 10**400])
def test_an_id_of_more_than_64_bits_is_refused(value: Number) -> None:
    with pytest.raises(ValueError, match=r"^SkillGroupId has more than 64 bits$"):
        read_id(value, "SkillGroupId")


@given(st.integers() | st.floats() | st.text())
def test_anything_else_is_refused_by_a_value_error(value: float | str) -> None:
    for read in (read_count, read_id):
        try:
            number = read(value, "Name")
        except ValueError:
            continue
        assert number is None or isinstance(number, int)
