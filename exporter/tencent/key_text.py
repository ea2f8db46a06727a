"""What the text of a key or a token may be, whichever source it comes from: the rule, and what breaks it, in words."""

from __future__ import annotations

import re
import unicodedata

LONGEST_KEY = 4096
LONGEST_PLACEHOLDER = 200
ALLOWED = f"1 to {LONGEST_KEY} characters of printable ASCII without spaces"
"""The rule in words: what fits into an HTTP header and a signature, and no more."""


class KeyTextError(ValueError):
    """A text that is no key. The message tells what it is like, such as `that looks like JSON`, and shows none of it.

    `is_placeholder`: it should have been filled in by something that was never run over it.
    """

    def __init__(self, message: str, *, is_placeholder: bool = False) -> None:
        self.is_placeholder = is_placeholder
        super().__init__(message)


def check_key_text(text: str) -> str:
    """Return a text that can be a key or a token. Raises KeyTextError."""
    if not text:
        raise KeyTextError("that is empty")
    if len(text) > LONGEST_KEY:
        raise KeyTextError(f"of more than {LONGEST_KEY} characters")
    if len(text) <= LONGEST_PLACEHOLDER and any(pattern.fullmatch(text) for pattern in _PLACEHOLDERS):
        raise KeyTextError("that looks like a placeholder which nothing has filled in", is_placeholder=True)
    for pattern, likeness in _LIKENESSES:
        if pattern.match(text):
            raise KeyTextError(f"that looks like {likeness}")
    for position, character in enumerate(text, 1):
        if not "!" <= character <= "~":
            raise KeyTextError(f"whose character {position} is {_kind(character)}")
    return text


_WORDS = "me|here|in|with|the|your|my|tencent|cloud|api|secret|access|id|key|token|value"
_PLACEHOLDERS = [
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r".*(\$\{.*\}|\$\(.*\)|\$\[.*\]|\{\{.*\}\}|<%.*%>).*",
        r"\$+\w+\$?|%\w+%|@\w+@|__\w+__|#\{.*\}#?",
        r"<[^<>]*>|\{[\w .-]*\}|\[[\w .-]*\]",
        # A real key is of letters and digits at random, so that these words are none, whatever joins them.
        rf"(your|insert|replace|change|enter|fill)([ _-]?({_WORDS}))+[!.]*",
    )
]
_NAME = r"(tencent\w*[_.-])?(secret|token|access[_-]?key|api[_-]?key|session[_-]?token)([_-]?(id|key))?"
_LIKENESSES = [
    (re.compile(pattern, re.IGNORECASE), likeness)
    for pattern, likeness in (
        (r"\s*-----BEGIN", "a PEM file"),
        (r"\s*[{\[]\s*[\"'\]}{\[\n]", "JSON"),
        (r"\s*\[[^\[\]\n]+\]\s*\n", "an INI file: a profile has a place of its own"),
        (rf"\s*(export|set|setx|declare|\$env:)\b.*?{_NAME}", "a line of a shell script"),
        (rf"\s*[\"']?{_NAME}[\"']?\s*=", "a line with the name of a variable before its value"),
        (rf"\s*[\"']?{_NAME}[\"']?\s*:", "a line of YAML with the key before its value"),
        (rf"\s*[\"']?{_NAME}[\"']?\s*,", "a CSV file"),
        (r"\s*([\"'`]).*\1\s*$", "text in quotes, which are no part of a key"),
        (r"\s*\S+\s*[\n\r]\s*\S", "several lines"),
        (r"\s*AKID\w+[:;,|]", "a secret id with something behind it"),
    )
]
_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d\uff02\uff07\u00b4"


def _kind(character: str) -> str:
    """Return the words for a character that no key has; the character itself is not told."""
    category = unicodedata.category(character)
    if character in _QUOTES:
        return "a typographic quotation mark"
    if category == "Cc":
        return "a control character"
    if category in {"Zs", "Zl", "Zp"}:
        return "a space" if character.isascii() else "a space other than the common one"
    if category == "Cf":
        return "invisible"
    if category.startswith("L"):
        script = unicodedata.name(character, "other").split()[0]
        return f"a letter that is not ASCII ({script.capitalize()})"
    return "not ASCII"
