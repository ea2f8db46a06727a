"""The label `status`, kept within a number of values."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.fields.texts import UNKNOWN

MOST_STATUSES = 20
"""How many statuses of an application are told apart at most, the documented ones included."""
OTHER = "other"
"""Stands in a label for all that have no value of their own."""


class StatusLabels:
    """What stands in the label `status` for the statuses of one application, which are whatever the API sends.

    The documented ones and those that come first keep their names, the rest is `other`.
    """

    def __init__(self, documented: Iterable[str]) -> None:
        self._known = {*documented, UNKNOWN}

    def label(self, status: str) -> str:
        """Return the label of a status."""
        if status in self._known:
            return status
        if len(self._known) >= MOST_STATUSES:
            return OTHER
        self._known.add(status)
        return status
