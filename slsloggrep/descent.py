"""The way from the newest to the oldest: when it is far enough, and what lies at its end.

What is looked for on the way is `slsloggrep.recent`'s knowledge.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import islice

from slsloggrep.model import Event, Millis
from slsloggrep.stitch import Collection


class Descent:
    """Watches a source that is asked for the newest first, and knows when it may be left.

    Not every source can do so, and some can do so for some windows only: what does not descend is
    read to its end.
    """

    def __init__(self, find_floor: Callable[[], Millis | None], first: int) -> None:
        self._find_floor = find_floor
        self._source: str | None = None
        self._first = first
        self.count = 0
        """Events that may be shown, since the source began."""
        self._next = first
        self._last: Millis | None = None
        self._descends = True
        self._floor: Millis | None = None

    def look(self, event: Event) -> None:
        """Hear of the next event."""
        if event.source != self._source:
            self._source = event.source
            self._descends, self._last = True, None
        if self._last is not None and event.timestamp > self._last:
            self._descends = False
        self._last = event.timestamp

    def enough(self) -> bool:
        """Tell whether nothing that is still to come of this source can matter."""
        if self._last is None or not self._descends:
            return False
        if self.count >= self._next:
            self._next = max(2 * self.count, self._first)
            self._floor = self._find_floor()
        return self._floor is not None and self._last < self._floor


class Last:
    """The greatest of many times."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._times: list[Millis] = []

    def add(self, time: Millis) -> None:
        """Take a time in."""
        if len(self._times) < self._count:
            heapq.heappush(self._times, time)
        else:
            heapq.heappushpop(self._times, time)

    @property
    def first(self) -> Millis | None:
        """The least of them; None: there are not so many."""
        return self._times[0] if len(self._times) == self._count else None


class Rest:
    """What is behind the first events of a collection; iterate it any number of times."""

    def __init__(self, collection: Collection, skipped: int) -> None:
        self._collection = collection
        self._skipped = skipped

    def __iter__(self) -> Iterator[Event]:
        return islice(self._collection, self._skipped, None)
