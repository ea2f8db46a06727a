from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.tencent.answer import LONGEST_TEXT
from exporter.tencent.redaction import redact


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("no session of 13800138000", "no session of <number>"),
        ("call +86 138-0013-8000 ended", "call <number> ended"),
        ("call (021) 6888 1234 ended", "call (<number> ended"),
        ("session c2ff1c4f-2a42-4d8e-9a57-6d8bb0e5a111 is gone", "session <id> is gone"),
        ("session 1400000000_20261127_000123 is gone", "session <id> is gone"),
        ("staff li.wei+1@example.com has left", "staff <email> has left"),
        ("staff o'brien/x=1@example.com has left", "staff <email> has left"),
        ('staff "Li Wei"@example.com has left', "staff <email> has left"),
        ("id AKIDabc, key hush", "id <secret>, key <secret>"),
        ("no application 1400000000 here", "no application 1400000000 here"),
        ("exceeds the frequency limit `20` for a second", "exceeds the frequency limit `20` for a second"),
        ("TC3-HMAC-SHA256 is asked for", "TC3-HMAC-SHA256 is asked for"),
        ("FailedOperation.PermissionDenied-ForThisApplication", "FailedOperation.PermissionDenied-ForThisApplication"),
    ],
)
def test_what_is_secret_or_personal_is_blotted_out_and_nothing_else(text: str, redacted: str) -> None:
    assert redact(text, ["AKIDabc", "hush"], known=b'{"SdkAppId":1400000000}') == redacted


@pytest.mark.parametrize("text", ["a", "1", "a1", "-", "'", '"', '"a', "a@", "1 ", "1 (", "@", "\\"])
def test_a_long_text_takes_no_longer_for_what_it_is_made_of(text: str) -> None:
    began = time.process_time()
    redact(text * (LONGEST_TEXT // len(text)), ["hush"])
    assert time.process_time() - began < 1.0


@given(
    before=st.text(string.printable),
    number=st.from_regex(r"\+?[1-9][0-9]{6,14}", fullmatch=True),
    after=st.text(string.printable),
)
def test_no_phone_number_is_left_in_any_text(before: str, number: str, after: str) -> None:
    assert number not in redact(f"{before} {number} {after}", [])


@given(st.text(), st.uuids())
def test_no_id_of_a_session_is_left_in_any_text(text: str, session: object) -> None:
    assert str(session) not in redact(f"{text} {session}: {text}", [])
