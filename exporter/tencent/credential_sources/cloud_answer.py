"""What clouds answer when they are asked for a temporary key, checked before it is used."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from exporter.tencent.credential_sources.renewal import TemporaryKey
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.key_text import KeyTextError, check_key_text
from exporter.tencent.lenient_json import decode_json
from exporter.tencent.secret import Secret
from exporter.tencent.server_clock import parse_date

LARGEST_ANSWER = 64 * 1024
LONGEST_LIFE = 7 * 86_400.0
"""Seconds that no temporary key lives for: what claims to is no answer of a cloud."""

Content = TypeVar("Content")


class KeyParts(msgspec.Struct, frozen=True):
    """A key as the metadata service and STS write it."""

    TmpSecretId: str = ""
    TmpSecretKey: str = ""
    Token: str = ""

    def __repr__(self) -> str:
        return "<secret>"


def decode(decoder: msgspec.json.Decoder[Content], content: bytes) -> Content:
    """Decode an answer. Raises NoCredentialsError, which shows none of it."""
    try:
        return decode_json(decoder, content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NoCredentialsError("the answer makes no sense") from None


def temporary_key(
    parts: KeyParts, expires: float, *, identity: str, source: str, date: str | None, now: float
) -> TemporaryKey:
    """Return the key of an answer.

    `date` is the answer's header of that name, by which the life of the key is measured: this machine's clock, `now` in
    Unix seconds, may be off. Raises NoCredentialsError for what is no key, or has expired.
    """
    texts = {"TmpSecretId": parts.TmpSecretId, "TmpSecretKey": parts.TmpSecretKey, "Token": parts.Token}
    for name, text in texts.items():
        try:
            check_key_text(text)
        except KeyTextError as error:
            raise NoCredentialsError(f"the answer has a {name} {error}") from None
    clocks = [clock for clock in (parse_date(date), now) if clock is not None]
    remaining = [expires - clock for clock in clocks if 0 < expires - clock <= LONGEST_LIFE]
    if not remaining:
        has_expired = all(expires <= clock for clock in clocks)
        raise NoCredentialsError("the key has expired already" if has_expired else "its ExpiredTime makes no sense")
    credentials = Credentials(
        parts.TmpSecretId, Secret(parts.TmpSecretKey), Secret(parts.Token), identity=identity, source=source
    )
    return TemporaryKey(credentials, expires, remaining[0])
