"""The parts of a key as a source holds them, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.key_text import ALLOWED, KeyTextError, check_key_text
from exporter.tencent.secret import Secret

Part = tuple[str, str | None]
"""The words for where a part of the credentials is, and its text, None where there is none."""


def key_pair(parts: Sequence[Part], identity: str = "", source: str = "") -> Credentials | None:
    """Return credentials of an id, a key and a token, each with the words for where it is; None for no whole pair.

    Raises NoCredentialsError for text that is no key.
    """
    (_, secret_id), (_, secret_key), _ = parts
    if not (secret_id or "").strip() or not (secret_key or "").strip():
        return None
    checked_id, checked_key, token = [checked(part, where) if (part or "").strip() else "" for where, part in parts]
    return Credentials(checked_id, Secret(checked_key), Secret(token) if token else None, identity, source)


def half_set(parts: Sequence[Part]) -> str:
    """Return in words which parts are there while one of the pair is missing, nothing where that is not so."""
    there = [name for name, text in parts if (text or "").strip()]
    missing = [name for name, text in parts[:2] if not (text or "").strip()]
    if not there or not missing:
        return ""
    return f"{are(there)} set, {are(missing)} not"


def checked(text: str | None, where: str) -> str:
    """Return a part of a key without the blanks around it. Raises NoCredentialsError for text that is none."""
    try:
        return check_key_text((text or "").strip())
    except KeyTextError as error:
        allowed = f"{ALLOWED}, and nothing else"
        raise NoCredentialsError(f"{where}: found text {error}, allowed: {allowed}") from None


def are(names: Sequence[str]) -> str:
    """Return names with the verb: `a is`, `a and b are`."""
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'}"


def listed(names: Sequence[str]) -> str:
    """Return names as `a`, `a and b`, or `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
