"""HTML that cannot be injected into: every text that goes into an element is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """A text that is HTML. Any other text is escaped where it is put into an element."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | None) -> Html:
    """Return an element. In the names of attributes `_` stands for `-`, at the end for nothing; those that are None are
    left out.

    An attribute of a URL must be made by whoever calls this: escaping makes no URL harmless.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Html(f"<{tag}{written}>{together(children)}</{tag}>")


def together(children: Iterable[str]) -> Html:
    """Return several texts and elements, one behind the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))
