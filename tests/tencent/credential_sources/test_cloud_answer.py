from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.credential_sources.cloud_answer import LONGEST_LIFE, KeyParts, decode, temporary_key
from exporter.tencent.errors import NoCredentialsError

NOW = 1_700_000_000.0
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
"""The same."""
PARTS = KeyParts(TmpSecretId="AKIDtmp", TmpSecretKey="hush", Token="tok")


def remaining(expires: float, date: str | None = DATE, now: float = NOW) -> float:
    return temporary_key(PARTS, expires, identity="role", source="the cloud", date=date, now=now).remaining


@pytest.mark.parametrize(
    ("date", "now", "expected"),
    [
        (DATE, NOW, 100.0),
        (DATE, NOW + 86_400, 100.0),
        (None, NOW + 10, 90.0),
        ("nonsense", NOW + 10, 90.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", NOW + 10, 90.0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", NOW + 10, 90.0),
    ],
)
def test_life_is_measured_by_the_servers_clock_where_that_makes_sense(
    date: str | None, now: float, expected: float
) -> None:
    assert remaining(NOW + 100, date, now) == expected


@given(st.floats(allow_nan=False), st.none() | st.sampled_from([DATE, "nonsense"]))
def test_a_key_lives_for_a_time_that_can_be_or_is_refused(expires: float, date: str | None) -> None:
    try:
        assert 0 < remaining(expires, date) <= LONGEST_LIFE
    except NoCredentialsError:
        assert expires <= NOW or expires > NOW + LONGEST_LIFE


@given(st.binary() | st.from_type(dict).map(str).map(str.encode))
def test_any_answer_is_decoded_or_refused_without_a_word_of_it(content: bytes) -> None:
    shown = "the answer makes no sense"
    try:
        decode(msgspec.json.Decoder(KeyParts), content)
    except NoCredentialsError as error:
        shown = error.message
    assert shown == "the answer makes no sense"


def test_what_is_decoded_shows_no_secret() -> None:
    class Answer(KeyParts, frozen=True):
        ExpiredTime: float = 0.0

    answer = Answer(TmpSecretId="AKIDtmp", TmpSecretKey="hush", Token="tok")
    for shown in (repr(answer), str(answer), f"{answer}", repr(PARTS)):
        assert shown == "<secret>"
