"""The truth about a reading: which sessions were up all the while, from its first view of the list to its last."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.emulator.call import Call
from exporter.emulator.listing import Listing


class WatchedListing(Listing):
    """A listing that remembers what was up throughout a reading; every page is one view of it.

    Counted from view to view, it needs no clock: what leaves between two views was up at the first, and is not at the
    second.
    """

    def __init__(self, listing: Listing) -> None:
        """Watch a listing, which is to be used through this one only."""
        super().__init__()
        self._listing = listing
        self._up: set[Call] | None = None
        self._left: set[Call] = set()
        self._listed = 0

    def begin(self) -> None:
        """Let the next view be the first one of a reading."""
        self._up = None

    @property
    def listed(self) -> int:
        """How many sessions there were at the first view, 0 before it."""
        return 0 if self._up is None else self._listed

    @property
    def up_throughout(self) -> list[str]:
        """The ids of the sessions that were up at the first view, at the last one, and at every moment between."""
        return [session.session_id for session in self._up or ()]

    def add(self, session: Call) -> None:
        """Put a session where it belongs."""
        self._listing.add(session)

    def remove(self, session: Call) -> None:
        """Take a session out, which must be in the list."""
        self._listing.remove(session)
        self._left.add(session)

    def page(self, offset: int, limit: int) -> list[Call]:
        """Return a page, and take note of the view."""
        if self._up is None:
            self._up = set(self._listing)
            self._listed = len(self._up)
        else:
            self._up -= self._left
        self._left.clear()
        return self._listing.page(offset, limit)

    def __len__(self) -> int:
        return len(self._listing)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._listing)
