"""Page tokens that lead on, told from those that lead in circles.

A service that gives a token again that it gave before (a proxy's cache, an emulator's defect) would
be asked for ever. What comes of that is decided by those who read.
"""

from __future__ import annotations

from typing import NamedTuple

from slsloggrep.sources.cloudwatch.refusals import Refused, Why


class Trail(NamedTuple):
    """A chain of pages, as far as it must be known to notice that it has become a circle.

    One token is remembered, and a later one in its place at steps that double (Brent's algorithm):
    a circle of any length is noticed within three rounds or so, in the memory of one token.
    """

    marked: str | None = None
    steps: int = 0
    """Tokens since the one that is remembered."""
    reach: int = 1

    def after(self, token: str) -> Trail:
        """Return the trail with the next page's token; raises Refused where it is a circle."""
        if token == self.marked:
            raise Refused(
                Why.GARBLED,
                "the service's pages lead in circles (the token for the next page is one that it "
                "gave before): what comes behind them is not read",
                "try again; check --endpoint-url, and any proxy in between",
            )
        if self.marked is None or self.steps + 1 >= self.reach:
            return Trail(token, 0, self.reach * 2)
        return self._replace(steps=self.steps + 1)


BEGINNING = Trail()
"""Of a chain of which no page was read."""
