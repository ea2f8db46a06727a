"""Answers in which fields are null or missing, as the fault `null-fields` has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

_NULL_LISTS = 0.2


def with_nulls(fields: Mapping[str, object], random: Random, *, kept: str | None = None) -> dict[str, object]:
    """Return an object in which random fields are null or missing, those of objects within it too; one is kept."""
    damaged: dict[str, object] = {}
    for name, value in fields.items():
        match "kept" if name == kept else random.choice(("null", "missing", "kept", "kept")):
            case "null":
                damaged[name] = None
            case "kept":
                damaged[name] = with_nulls(value, random) if isinstance(value, dict) else value
    return damaged


def with_null_items(
    items: Sequence[Mapping[str, object]], random: Random, *, kept: str
) -> list[dict[str, object]] | None:
    """Return a list of objects with random fields null or missing, or null in its place."""
    if random.random() < _NULL_LISTS:
        return None
    return [with_nulls(item, random, kept=kept) for item in items]
