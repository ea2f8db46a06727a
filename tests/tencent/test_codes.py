from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.codes import KNOWN, label_of
from exporter.tencent.errors import ApiError, HttpStatusError


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("AuthFailure.SignatureExpire", "AuthFailure.SignatureExpire"),
        ("InvalidParameterValue.InstanceNotExist", "InvalidParameterValue.InstanceNotExist"),
        ("InvalidParameterValue.SomethingNew", "InvalidParameterValue"),
        ("RequestLimitExceeded.IPLimitExceeded", "RequestLimitExceeded.IPLimitExceeded"),
        ("AuthFailure.c0ffee", "AuthFailure"),
        ("Gateway.Session13800138000", "other"),
        ("", "other"),
    ],
)
def test_a_code_is_a_label_where_it_is_documented(code: str, label: str) -> None:
    assert label_of(code) == label


@given(st.text())
def test_labels_are_of_a_known_number_whatever_the_api_sends(code: str) -> None:
    assert ApiError(code, "").label in KNOWN | {"other"}


@given(st.integers())
def test_statuses_are_too(status: int) -> None:
    assert HttpStatusError(status).label in {f"http_{known}" for known in range(100, 600)} | {"other"}
