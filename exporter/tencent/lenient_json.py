"""JSON as it comes from the API: a half of a surrogate pair, legal in JSON and no text, must not cost the rest."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

Content = TypeVar("Content")


def decode_json(decoder: msgspec.json.Decoder[Content], content: bytes) -> Content:
    """Decode a document. Lone surrogates stand for themselves as they are written, so texts that differ go on doing so.

    Raises msgspec.DecodeError, UnicodeDecodeError and RecursionError, as the decoder does.
    """
    try:
        return decoder.decode(content)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _ESCAPE.sub(lambda escape: b"\\" + escape[0] if escape["lone"] else escape[0], content)
        if mended == content:
            raise
        return decoder.decode(mended)


_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"%b%b|(?P<lone>%b|%b)|\\." % (_HIGH, _LOW, _HIGH, _LOW), re.DOTALL)
