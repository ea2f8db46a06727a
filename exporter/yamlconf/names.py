"""Which characters names and other texts of a configuration may hold."""

from __future__ import annotations

import unicodedata

_FORBIDDEN = {
    "Cc": "the control character",
    "Cs": "the lone surrogate",
    "Zl": "the line separator",
    "Zp": "the paragraph separator",
}


def is_forbidden(character: str) -> bool:
    """Tell whether a character cannot stand in a line of text: a control character, a line end, half a character.

    What Python finds printable is no measure: it knows no emoji newer than itself, and calls a wide space unprintable.
    """
    return unicodedata.category(character) in _FORBIDDEN


def named(character: str) -> str:
    """Return the words for a forbidden character, such as `the control character U+0007`."""
    return f"{_FORBIDDEN[unicodedata.category(character)]} U+{ord(character):04X}"


def problem_of(text: str, most: int) -> str | None:
    """Return what keeps a text from being a name of at most so many characters, None for nothing."""
    for character in text:
        if is_forbidden(character):
            return f"with {named(character)}"
    if text != text.strip():
        return "with spaces around it"
    if not text or len(text) > most:
        return f"of {len(text)} characters"
    return None
