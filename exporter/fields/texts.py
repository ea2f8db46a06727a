"""Texts as the API gives them: as strings or numbers, null or missing, of any length."""

from __future__ import annotations

import re

LONGEST_TEXT = 256
"""Characters of a text; what follows is cut off."""
MOST_TEXTS = 100_000
"""How many texts are kept at most, whatever the API sends."""
UNKNOWN = "unknown"
"""Stands for what the API left out, where a label needs a text."""

Scalar = str | int | float | None


class Texts(dict[Scalar, str]):
    """Looks up the text that a field stands for, fit for a label: `texts[field]`.

    Statuses and staff members come again and again, so one is kept of all equal ones. A snapshot takes half the memory
    so, and what is remembered of it shares its texts with the next one.
    """

    def __missing__(self, field: Scalar) -> str:
        text = _UNFIT.sub("\ufffd", plain_text(field).strip()[:LONGEST_TEXT])
        if not isinstance(field, str) or len(field) > LONGEST_TEXT:
            return text
        if len(self) >= MOST_TEXTS:
            self.clear()
        self[field] = text = self.setdefault(text, text)
        return text


def plain_text(field: Scalar) -> str:
    """Return a field as a text, just as it is; nothing for null."""
    if type(field) is str:
        return field
    return "" if field is None else str(field)


_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters: the parser of Prometheus takes a NUL for the end, and other tools others for that of a line."""
