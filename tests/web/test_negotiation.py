from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.negotiation import (
    LONGEST_HEADER,
    OPENMETRICS,
    TEXT_0_0_4,
    TEXT_1_0_0,
    Format,
    accepts_gzip,
    choose_format,
)

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", TEXT_0_0_4),
        ("*/*", TEXT_0_0_4),
        ("text/html,application/xhtml+xml", TEXT_0_0_4),
        ("text/plain", TEXT_0_0_4),
        ("text/plain; version=0.0.4", TEXT_0_0_4),
        ("text/plain; version=1.0.0", TEXT_1_0_0),
        ("text/plain;version=1.0.0;escaping=dots", TEXT_1_0_0),
        ("application/openmetrics-text", OPENMETRICS),
        ('Application/OpenMetrics-Text; Version="1.0.0"', OPENMETRICS),
        ("application/openmetrics-text;version=abc", TEXT_0_0_4),
        ("application/openmetrics-text;version=99.0", TEXT_0_0_4),
        ("application/openmetrics-text;version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.9", TEXT_0_0_4),
        ("application/openmetrics-text;version=1.0.0;q=0", TEXT_0_0_4),
        ("application/openmetrics-text;version=1.0.0;q=high", TEXT_0_0_4),
        ("application/openmetrics-text;version=1.0.0;q=7", TEXT_0_0_4),
        (";;;,=,;q", TEXT_0_0_4),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        (PROMETHEUS_3.replace("openmetrics", "other"), TEXT_1_0_0),
        ("text/plain;version=1.0.0".rjust(LONGEST_HEADER), TEXT_1_0_0),
        ("text/plain;version=1.0.0".rjust(LONGEST_HEADER + 1), TEXT_0_0_4),
    ],
)
def test_format(accept: str, expected: Format) -> None:
    assert choose_format(accept) is expected


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.5, deflate", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*", True),
        ("identity", False),
        ("deflate, br", False),
        ("gzip;q=nonsense", False),
        ("gzip".rjust(LONGEST_HEADER), True),
        ("gzip".rjust(LONGEST_HEADER + 1), False),
    ],
)
def test_gzip(accept_encoding: str, expected: bool) -> None:
    assert accepts_gzip(accept_encoding) is expected


@given(st.text(max_size=60))
def test_no_header_is_too_odd(header: str) -> None:
    assert choose_format(header) in {TEXT_0_0_4, TEXT_1_0_0, OPENMETRICS}
    assert accepts_gzip(header) in {True, False}
