"""What the pages of a snapshot under way show so far: what `proof` will ask for, kept up page by page."""

from __future__ import annotations

from exporter.sessions.model import Page
from exporter.sessions.proof import SHARED, Sightings, are_near, in_one_order, is_ambiguous, is_join, is_tail
from exporter.sessions.request import Request


class Evidence:
    """Puts the requests into groups whose pages hang together, see Request."""

    def __init__(self) -> None:
        self.is_orderly = True
        """Whether every two pages show what they share in the same order."""
        self._sightings = Sightings[Request]()
        self._heads: list[Request] = []
        self._last_ones: list[Request] = []

    def add(self, request: Request, page: Page, needed: int) -> dict[Request, tuple[int, int]]:
        """Take in the page of a request, where a join needs so many shared sessions.

        Returns for every earlier one that it is near to, where the first session that they share stands on the two;
        nothing where the list shows itself to be out of order, which says nothing of how it moves.
        """
        shared = self._sightings.add(request, page)
        if is_ambiguous(page) or not all(map(in_one_order, shared.values())):
            self.is_orderly = False
        if not self.is_orderly:
            return {}
        if page.offset == 0:
            self._heads.append(request)
        if page.offset + len(page.sessions) >= page.total:
            self._last_ones.append(request)
        near = {}
        for other, places in shared.items():
            if other.page and are_near(places, other.page, page):
                near[other] = places[0]
                if is_join(places, other.page, page, needed):
                    request.hang_together(other)
        return near

    def begins_and_ends(self, longest: int) -> bool:
        """Tell whether a page at 0 hangs together with one that nothing comes after, in one order."""
        heads = {head.group for head in self._heads}
        return self.is_orderly and any(
            one.group in heads and one.page is not None and is_tail(one.page, longest) for one in self._last_ones
        )

    def witnesses_lacking(self, needed: int) -> int:
        """Return how many more pairs of pages have to bear witness to the order for joins of so few sessions to hold;
        0 or less for none.
        """
        return 0 if needed >= SHARED else self._sightings.witnesses_lacking
