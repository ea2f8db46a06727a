"""A page that was asked for, from the asking to what its answer hangs together with."""

from __future__ import annotations

from exporter.sessions.model import Page


class Request:
    """Made by the planner; `offset` is for the one who sends it."""

    __slots__ = ("link", "misses", "offset", "page", "seen", "tries")

    def __init__(self, offset: int, seen: float, tries: int = 0) -> None:
        self.offset = offset
        self.seen = seen
        """When it met the list, in the event loop's time: a guess until the answer is there."""
        self.tries = tries
        """How many pages have been spent on the same gap, this one included."""
        self.misses = 0
        """How many pages that were asked for beside it, at an end of the line, turned out to be empty."""
        self.page: Page | None = None
        self.link: Request | None = None
        """Another request of the same group; None for the one that stands for the group. Not itself: a cycle would keep
        its page until the garbage collector comes.
        """

    @property
    def group(self) -> Request:
        """The same for all requests whose pages hang together."""
        one = self
        while one.link is not None:
            one = one.link
        if one is not self:
            self.link = one
        return one

    def hang_together(self, other: Request) -> None:
        """Put two groups together."""
        group, others = self.group, other.group
        if group is not others:
            group.link = others

    def count_shared(self, other: Request) -> int:
        """Return how many sessions are on the pages of both, 0 where one has not come yet."""
        if self.page is None or other.page is None:
            return 0
        ids = {session.id for session in self.page.sessions}
        return sum(session.id in ids for session in other.page.sessions)
