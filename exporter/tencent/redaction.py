"""What must not be shown of a text from outside: secrets, phone numbers, ids of sessions, email addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_EMAIL = re.compile(rf"""(?:"[^"]*"|(?<!{_LOCAL}){_LOCAL}+)@[\w-]+(?:\.[\w-]+)*""")
"""Begins where a run of such characters does: to begin anywhere in a long one would take minutes."""
_PHONE = re.compile(r"\+?\d[\d ()-]{5,}\d")
"""Seven digits and more, grouped or not: the shortest numbers of whole countries have as many."""
_ID = re.compile(r"(?<![\w-])(?=[\w-]*\d)[A-Za-z0-9_-]{16,}(?![\w-])")
"""What is as long as an id and holds a digit, which words and error codes do not."""


def redact(text: str, secrets: Iterable[str], *, known: bytes = b"") -> str:
    """Return a text with secrets and personal data blotted out.

    Numbers that stand in `known` are left, such as the id of an application in what was sent.
    """
    # The longest first, so that no part of one is left where another is contained in it.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "<secret>")
    text = _EMAIL.sub("<email>", text)
    text = _ID.sub("<id>", text)
    return _PHONE.sub(lambda match: match[0] if _is_known(match[0], known) else "<number>", text)


def _is_known(number: str, known: bytes) -> bool:
    written = number.encode()
    return written in known and re.search(rb"\b" + re.escape(written) + rb"\b", known) is not None
