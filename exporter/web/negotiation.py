"""Which format and which encoding a client gets, from its `Accept` and `Accept-Encoding`.

Headers are read leniently: what makes no sense is passed over, and a client that asks for nothing known gets the text
format, as the Prometheus documentation on content negotiation asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from exporter.metrics.exposition import OPENMETRICS_END, RenderedFamily, openmetrics, text

LONGEST_HEADER = 4096
"""Characters of a header, all its lines joined, that are considered; Prometheus sends some 300."""


@dataclass(frozen=True, slots=True)
class Format:
    """An exposition format: its content type, the function that gives families in it, part by part, and the end."""

    content_type: str
    parts: Callable[[Iterable[RenderedFamily]], Iterator[str]]
    end: str = ""


TEXT_0_0_4 = Format("text/plain; version=0.0.4; charset=utf-8", text)
TEXT_1_0_0 = Format("text/plain; version=1.0.0; charset=utf-8; escaping=underscores", text)
OPENMETRICS = Format(
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
    openmetrics,
    OPENMETRICS_END,
)

_OFFERS = {
    ("application/openmetrics-text", "1.0.0"): OPENMETRICS,
    ("application/openmetrics-text", "0.0.1"): OPENMETRICS,
    ("application/openmetrics-text", ""): OPENMETRICS,
    ("text/plain", "1.0.0"): TEXT_1_0_0,
    ("text/plain", "0.0.4"): TEXT_0_0_4,
    ("text/plain", ""): TEXT_0_0_4,
}


def choose_format(accept: str) -> Format:
    """Return the format that an `Accept` header likes best, the first one of several liked alike.

    A header longer than `LONGEST_HEADER` counts as none.
    """
    best, best_quality = TEXT_0_0_4, 0.0
    for media_type, parameters in _elements(accept):
        offer = _OFFERS.get((media_type, parameters.get("version", "")))
        quality = _quality(parameters)
        if offer is not None and quality > best_quality:
            best, best_quality = offer, quality
    return best


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether an `Accept-Encoding` header allows gzip. One longer than `LONGEST_HEADER` counts as none."""
    qualities = {coding: _quality(parameters) for coding, parameters in _elements(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _elements(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    if len(header) > LONGEST_HEADER:
        return
    for element in header.lower().split(","):
        name, *rest = (part.strip() for part in element.split(";"))
        pairs = (part.partition("=") for part in rest)
        yield name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}


def _quality(parameters: dict[str, str]) -> float:
    """Anything but a number from 0 to 1 counts as 0."""
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
